--- Code actions in Neovim: the menu with every tool's diagnostics, and the question behind "Rewrite as I say".

local M = {}

---@type table<vim.lsp.Client, true>
local shown = setmetatable({}, { __mode = 'k' })

--- From now on the server is shown the diagnostics of every tool with a request for code actions. Neovim shows each
--- server its own alone, and Codex has none: `gra` would never offer to fix anything.
---@param client vim.lsp.Client
function M.show_all(client)
  if shown[client] then
    return
  end
  shown[client] = true
  local request = client.request
  client.request = function(self, method, params, handler, bufnr)
    if method == 'textDocument/codeAction' and #params.context.diagnostics == 0 then
      local context = vim.tbl_extend('force', params.context, { diagnostics = M._found(params) })
      params = vim.tbl_extend('force', params, { context = context })
    end
    return request(self, method, params, handler, bufnr)
  end
end

--- Opens Codex's own code actions at the cursor, or for a range of lines; Neovim's `gra` shows those of all servers.
---@param lines? integer[] first and last line, from 1
function M.menu(lines)
  vim.lsp.buf.code_action({
    range = lines and { start = { lines[1], 0 }, ['end'] = { lines[2], #vim.fn.getline(lines[2]) } } or nil,
    filter = function(action, client_id)
      if not client_id then -- Neovim 0.11 does not say whose it is
        return vim.startswith(action.title, 'Codex: ')
      end
      return vim.lsp.get_client_by_id(client_id).name == 'codex'
    end,
  })
end

--- The client's side of `codex.applyAction`: asks for what the action needs to know, then lets the server do it.
---@param command lsp.Command
---@param context { client_id: integer, bufnr?: integer }
function M.apply(command, context)
  local client = vim.lsp.get_client_by_id(context.client_id)
  local argument = (command.arguments or {})[1] or {}
  if not client then
    return
  end
  if argument.asks ~= 'instruction' or argument.instruction then
    return M._send(client, argument, context.bufnr)
  end
  vim.ui.input({ prompt = 'Codex, what shall I do? ' }, function(said)
    if said and said:find('%S') then
      M._send(client, vim.tbl_extend('force', argument, { instruction = said }), context.bufnr)
    end
  end)
end

--- The handler of `workspace/applyEdit`. Neovim's own leaves an empty line at the end of a file that it makes, and
--- would write it.
---@param err? lsp.ResponseError
---@param params lsp.ApplyWorkspaceEditParams
---@param context lsp.HandlerContext
---@return lsp.ApplyWorkspaceEditResult
function M.on_apply_edit(err, params, context)
  local answer = vim.lsp.handlers['workspace/applyEdit'](err, params, context)
  for _, change in ipairs(answer.applied and params.edit.documentChanges or {}) do
    local made = change.kind == 'create' and vim.uri_to_bufnr(change.uri)
    if made and vim.api.nvim_buf_line_count(made) > 1 and vim.api.nvim_buf_get_lines(made, -2, -1, false)[1] == '' then
      vim.api.nvim_buf_set_lines(made, -2, -1, false, {})
    end
  end
  return answer
end

---@param client vim.lsp.Client
---@param argument table
---@param bufnr? integer
function M._send(client, argument, bufnr)
  local params = { command = 'codex.applyAction', arguments = { argument } }
  client:request('workspace/executeCommand', params, function(err)
    if err and err.code ~= vim.lsp.protocol.ErrorCodes.RequestCancelled then
      vim.notify(err.message, vim.log.levels.ERROR)
    end
  end, bufnr)
end

--- What every tool has found in the lines that a request is about.
---@param params lsp.CodeActionParams
---@return lsp.Diagnostic[]
function M._found(params)
  local first, last = params.range.start.line, params.range['end'].line
  local found = vim.tbl_filter(function(diagnostic)
    return diagnostic.lnum <= last and (diagnostic.end_lnum or diagnostic.lnum) >= first
  end, vim.diagnostic.get(vim.uri_to_bufnr(params.textDocument.uri)))
  return vim.tbl_map(M._diagnostic, found)
end

--- A diagnostic as LSP has it; tools that are no language servers have not said it so themselves. Columns are bytes,
--- which is the encoding that Neovim and the server agree on.
---@param diagnostic vim.Diagnostic
---@return lsp.Diagnostic
function M._diagnostic(diagnostic)
  local from = vim.tbl_get(diagnostic, 'user_data', 'lsp') or {}
  return {
    range = {
      start = { line = diagnostic.lnum, character = diagnostic.col },
      ['end'] = { line = diagnostic.end_lnum or diagnostic.lnum, character = diagnostic.end_col or diagnostic.col },
    },
    message = diagnostic.message,
    severity = diagnostic.severity,
    code = diagnostic.code or from.code,
    source = diagnostic.source,
  }
end

return M
