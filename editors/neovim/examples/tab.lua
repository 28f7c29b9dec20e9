vim.keymap.set('i', '<Tab>', function()
  return require('codex').accept() and '' or vim.fn.pumvisible() == 1 and '<C-n>' or '<Tab>'
end, { expr = true })
