(add-to-list 'load-path "~/lsp-codex/editors/emacs")
(require 'lsp-codex-lsp)
(add-hook 'prog-mode-hook #'lsp-deferred)
