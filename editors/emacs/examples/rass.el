(add-to-list 'load-path "~/lsp-codex/editors/emacs")
(require 'lsp-codex-eglot)
(add-hook 'python-base-mode-hook
          (lambda () (lsp-codex-eglot-ensure "rass" "--" "lsp-codex" "--" "pylsp")))
