vim.opt.runtimepath:prepend(vim.fn.expand('~/lsp-codex/editors/neovim'))
vim.lsp.config('codex', { cmd = { 'lsp-codex', 'serve', '--sandbox' } })
require('codex').setup()
