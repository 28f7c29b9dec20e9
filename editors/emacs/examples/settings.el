(setq lsp-codex-settings '(:completion (:trigger "manual")))
