--- Code actions in Neovim: the menu with every tool's diagnostics, and the question behind "Rewrite as I say".

local M = {}

--- Opens Codex's code actions at the cursor, or for a range of lines. Neovim's own `vim.lsp.buf.code_action` (`gra`)
--- shows each server its own diagnostics alone, and Codex has none: here it is shown those of all tools.
---@param lines? integer[] first and last line, from 1
function M.menu(lines)
  local first = lines and lines[1] or vim.api.nvim_win_get_cursor(0)[1]
  local last = lines and lines[2] or first
  local found = vim.tbl_filter(function(diagnostic)
    return diagnostic.lnum < last and (diagnostic.end_lnum or diagnostic.lnum) >= first - 1
  end, vim.diagnostic.get(0))
  local range = lines
      and { start = { first, 0 }, ['end'] = { last, #vim.fn.getline(last) } }
    or nil
  vim.lsp.buf.code_action({
    range = range,
    context = { diagnostics = vim.tbl_map(M._diagnostic, found) },
    filter = function(_, client_id)
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
