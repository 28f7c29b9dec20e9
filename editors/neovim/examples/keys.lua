require('codex').setup({ keys = { accept = '<C-l>', next = false, prev = false } })
vim.o.statusline = "%f %m%=%{v:lua.require'codex'.status()} "
