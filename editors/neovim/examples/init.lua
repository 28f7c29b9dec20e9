vim.opt.runtimepath:prepend(vim.fn.expand('~/lsp-codex/editors/neovim'))
require('codex').setup()
