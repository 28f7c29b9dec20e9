(add-to-list 'load-path "~/lsp-codex/editors/emacs")
(require 'lsp-codex-eglot)
(add-hook 'prog-mode-hook #'lsp-codex-eglot-ensure)
