-- Neovim 0.11 as far as it matters here, for test_neovim_menu.py: without inline completion, which clients of that
-- version do not announce (here: what `menuCompletion` says). One cannot be had from the suites of Debian.
vim.opt.runtimepath:prepend(vim.fn.expand('~/lsp-codex/editors/neovim'))
vim.lsp.inline_completion = false -- nil would load it again
vim.lsp.config('codex', { init_options = { codex = { menuCompletion = true } } })
require('codex').setup()
