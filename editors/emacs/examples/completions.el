(setq lsp-codex-ghost-text nil)
