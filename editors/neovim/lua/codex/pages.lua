--- Documents whose text the server gives (LSP 3.18, workspace/textDocumentContent): an answer that became no edit.

local M = {}

local SCHEME = 'codex:'
---@type table<string, integer> buffers by address
local shown = {}

--- The handler of `window/showDocument`.
---@param params lsp.ShowDocumentParams
---@param context lsp.HandlerContext
---@return lsp.ShowDocumentResult
function M.show(err, params, context)
  if not vim.startswith(params.uri, SCHEME) then
    return vim.lsp.handlers['window/showDocument'](err, params, context)
  end
  if not shown[params.uri] then
    local buffer = require('codex.window').beside(params.takeFocus == true)
    shown[params.uri] = buffer
    vim.keymap.set('n', 'q', '<Cmd>close<CR>', { buffer = buffer, nowait = true, desc = 'Close' })
    vim.api.nvim_create_autocmd('BufWipeout', {
      buffer = buffer,
      once = true,
      callback = function()
        shown[params.uri] = nil
      end,
    })
  end
  M._fill(params.uri, context.client_id)
  return { success = true }
end

--- The handler of `workspace/textDocumentContent/refresh`.
---@param params { uri: string }
---@param context lsp.HandlerContext
function M.refresh(_, params, context)
  M._fill(params.uri, context.client_id)
  return vim.NIL
end

---@param uri string
---@param client_id integer
function M._fill(uri, client_id)
  local client = vim.lsp.get_client_by_id(client_id)
  if not (client and shown[uri]) then
    return
  end
  client:request('workspace/textDocumentContent', { uri = uri }, function(err, answer)
    local buffer = shown[uri]
    if not buffer or err or not answer then
      return
    end
    vim.bo[buffer].modifiable = true
    vim.api.nvim_buf_set_lines(buffer, 0, -1, false, vim.split(vim.trim(answer.text), '\n', { plain = true }))
    vim.bo[buffer].modifiable = false
  end)
end

return M
