(setq lsp-codex-command '("lsp-codex" "serve" "--sandbox"))
