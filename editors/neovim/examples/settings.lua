vim.lsp.config('codex', {
  filetypes = { 'python', 'lua', 'rust' }, -- default: every file that has a filetype
  settings = { codex = { completion = { trigger = 'manual' } } },
})
