-- A language server inside Neovim, for test_neovim_accept.py: answers the first request for ghost text with the item
-- in $ITEM (JSON; `before` and `after` count the characters of the line that its range covers around the cursor),
-- and no request after it: what is on the screen then stays until a key is pressed.
vim.opt.runtimepath:prepend(vim.fn.expand('~/lsp-codex/editors/neovim'))

local answered = false

local function item(position)
  local given = vim.json.decode(vim.env.ITEM)
  return {
    insertText = given.text,
    range = {
      start = { line = position.line, character = position.character - (given.before or 0) },
      ['end'] = { line = position.line, character = position.character + (given.after or 0) },
    },
  }
end

vim.lsp.config('codex', {
  cmd = function()
    local closing = false
    return {
      request = function(method, params, callback)
        if method == 'initialize' then
          callback(nil, { capabilities = { inlineCompletionProvider = true, positionEncoding = 'utf-8' } })
        elseif method == 'textDocument/inlineCompletion' and not answered then
          answered = true
          callback(nil, { items = { item(params.position) } })
        elseif method == 'shutdown' then
          callback(nil, nil)
        end
        return true, 1
      end,
      notify = function(method)
        closing = closing or method == 'exit'
        return true
      end,
      is_closing = function()
        return closing
      end,
      terminate = function()
        closing = true
      end,
    }
  end,
})
require('codex').setup()
