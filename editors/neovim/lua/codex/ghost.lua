--- Ghost text in Neovim 0.12 or later: accepted whole or in part, so that it fits the text as it is now.

local M = {}

--- Accepts the ghost text.
---@return boolean accepted false when there is none
function M.accept()
  return vim.lsp.inline_completion.get({ on_accept = M._settle })
end

--- Accepts the next word of the ghost text, with the blanks before it; what is left of it stays.
---@return boolean accepted false when there is none
function M.accept_word()
  return M._accept_part(function(text)
    return text:match('^%s*[%w_\128-\255]+') or text:match('^%s*[^%w%s_]+') or text
  end)
end

--- Accepts the ghost text up to the end of its next line that says something; what is left of it stays.
---@return boolean accepted false when there is none
function M.accept_line()
  return M._accept_part(function(text)
    return text:match('^%s*[^\n]*')
  end)
end

--- Shows the next suggestion; where there is one only, asks for others, and where there is none, for one. A negative
--- count goes back.
---@param count integer
function M.cycle(count)
  local completor = M._completor()
  if completor and (not completor.current or completor:count_items() < 2) then
    completor:request(vim.lsp.protocol.InlineCompletionTriggerKind.Invoked)
  else
    vim.lsp.inline_completion.select({ count = count })
  end
end

--- Takes the ghost text away until the next key.
---@return boolean dismissed false when there is none
function M.dismiss()
  local completor = M._completor()
  local shown = completor ~= nil and completor.current ~= nil
  if completor then
    completor:abort()
  end
  return shown
end

--- Without true colours Neovim's own schemes give ghost text no colour at all: it looks like the code. Makes it grey
--- there, unless a colour scheme has something to say about it.
function M.dim()
  local hint = vim.api.nvim_get_hl(0, { name = 'ComplHint', link = false })
  if not hint.ctermfg and not next(hint.cterm or {}) then
    vim.api.nvim_set_hl(0, 'ComplHint', vim.tbl_extend('force', hint, { ctermfg = 'DarkGrey' }))
  end
end

--- What Neovim keeps about the ghost text of this buffer. It is private there and may be gone in a later version;
--- then the keys that need it do less, and nothing else.
---@return table?
function M._completor()
  local ok, capability = pcall(require, 'vim.lsp._capability')
  local all = ok and capability.all and capability.all.inline_completion
  return all and all.active and all.active[vim.api.nvim_get_current_buf()] or nil
end

--- Accepts the part of the ghost text that `part` takes of what is not typed yet.
---@param part fun(text: string): string
---@return boolean accepted
function M._accept_part(part)
  return vim.lsp.inline_completion.get({
    on_accept = function(item)
      item = M._settle(item)
      if not item or not item.range or type(item.insert_text) ~= 'string' then
        return item
      end
      local row, start_col, _, end_col = item.range:to_extmark()
      local buffer, col = vim.api.nvim_get_current_buf(), vim.api.nvim_win_get_cursor(0)[2]
      local typed = item.insert_text:sub(1, col - start_col)
      local taken = part(item.insert_text:sub(#typed + 1))
      if #typed + #taken == #item.insert_text then
        return item
      end
      local rest = vim.tbl_extend('force', {}, item)
      rest.insert_text = item.insert_text:sub(#typed + #taken + 1)
      item.insert_text, item.command = typed .. taken, nil
      -- What the whole would have replaced right of the cursor stays until its end is accepted.
      item.range = vim.range(buffer, row, start_col, row, col)
      vim.schedule(function()
        M._leave(rest, buffer, end_col - col)
      end)
      return item
    end,
  })
end

--- Shows what is left of an item at once; the server would say so too, but only after Neovim has waited and asked.
---@param rest vim.lsp.inline_completion.Item
---@param buffer integer
---@param covered integer bytes right of the cursor that it replaces
function M._leave(rest, buffer, covered)
  local completor = M._completor()
  if not completor or completor.current or vim.api.nvim_get_current_buf() ~= buffer then
    return
  end
  local cursor = vim.api.nvim_win_get_cursor(0)
  local row, col = cursor[1] - 1, cursor[2]
  rest.range = vim.range(buffer, row, col, row, math.min(col + covered, #vim.api.nvim_get_current_line()))
  completor.current = rest
  completor:show()
end

--- Makes an item fit the text as it is now. Neovim 0.12.0 to 0.12.4 apply it as if nothing had been typed since it
--- was asked for (neovim 36529): what was typed through the ghost would stay, an old ghost would land where it was.
---@param item vim.lsp.inline_completion.Item
---@return vim.lsp.inline_completion.Item? nil refuses it
function M._settle(item)
  if not item.range or type(item.insert_text) ~= 'string' then
    return item
  end
  local start_row, start_col, end_row, end_col = item.range:to_extmark()
  local cursor = vim.api.nvim_win_get_cursor(0)
  local row, col = cursor[1] - 1, cursor[2]
  if row ~= start_row or row ~= end_row or col < start_col then
    return nil
  end
  local typed = vim.api.nvim_buf_get_text(0, row, start_col, row, col, {})[1]
  if not vim.startswith(item.insert_text, typed) then
    return nil
  end
  local client = vim.lsp.get_client_by_id(item.client_id)
  if end_col > start_col and client and client.name == 'codex' and vim.fn.has('nvim-0.12.5') == 0 then
    -- Our ranges start at the cursor and reach right over what the text repeats: that moved right with the typing.
    end_col = end_col + #typed
  end
  end_col = math.min(math.max(end_col, col), #vim.api.nvim_get_current_line())
  item.range = vim.range(vim.api.nvim_get_current_buf(), row, start_col, row, end_col)
  return item
end

return M
