--- The Codex language server: ghost text from a ChatGPT plan. See README.md in this folder.
--- `vim.lsp.enable('codex')` finds this file once the folder is on the runtimepath; change it with
--- `vim.lsp.config('codex', { … })`.

---@type vim.lsp.Config
return {
  cmd = { 'lsp-codex' },
  -- No `filetypes`: every file that has one. Narrow it with vim.lsp.config('codex', { filetypes = { 'python' } }).
  root_markers = { '.git', '.hg', '.jj' },
  -- One server for all projects of this Neovim: there is one sign-in and one cursor.
  reuse_client = function(client, config)
    return client.name == config.name and not client:is_stopped()
  end,
  init_options = { codex = { notifications = true } },
  capabilities = { workspace = { textDocumentContent = { dynamicRegistration = false } } },
  handlers = {
    ['codex/didChangeStatus'] = function(_, status)
      require('codex').on_status(status)
    end,
    ['$/progress'] = function(err, progress, context)
      if not require('codex.ask').on_progress(progress) then
        vim.lsp.handlers['$/progress'](err, progress, context)
      end
    end,
    ['window/showDocument'] = function(err, params, context)
      return require('codex.pages').show(err, params, context)
    end,
    ['workspace/textDocumentContent/refresh'] = function(err, params, context)
      return require('codex.pages').refresh(err, params, context)
    end,
    ['workspace/applyEdit'] = function(err, params, context)
      return require('codex.actions').on_apply_edit(err, params, context)
    end,
    ['window/showMessage'] = function(_, message)
      require('codex').on_message(message)
    end,
  },
}
