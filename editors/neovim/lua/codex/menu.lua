--- Suggestions as an entry of the completion menu: for Neovim 0.11, which has no ghost text for language servers.

local M = {}

--- Opens the menu in `buffer` while one types, and takes a suggestion of several lines as a whole.
---@param client vim.lsp.Client
---@param buffer integer
function M.attach(client, buffer)
  local provider = client.server_capabilities.completionProvider
  if not provider then
    return
  end
  -- Neovim asks after these characters alone, and a suggestion may be due after each.
  provider.triggerCharacters = M._printable()
  vim.lsp.completion.enable(true, client.id, buffer, { autotrigger = true, convert = M._convert })
  if not vim.o.completeopt:find('noselect') and not vim.o.completeopt:find('noinsert') then
    vim.bo[buffer].completeopt = 'menuone,noselect,popup' -- else the first entry is typed for whoever goes on typing
  end
  vim.api.nvim_create_autocmd('CompleteDone', {
    group = vim.api.nvim_create_augroup('codex.menu.' .. buffer, {}),
    buffer = buffer,
    callback = M._done,
  })
end

--- Takes the suggestion of the open menu: the chosen entry, or the first where none is.
---@return boolean accepted false when there is none, or it is another server's
function M.accept()
  if vim.fn.pumvisible() == 0 then
    return false
  end
  local info = vim.fn.complete_info({ 'items', 'selected' })
  local chosen = info.items[math.max(info.selected, 0) + 1]
  if not chosen or not M._item(chosen) then
    return false
  end
  M._press(info.selected < 0 and '<C-n><C-y>' or '<C-y>')
  return true
end

--- The menu has whole suggestions only.
---@return boolean accepted
function M.accept_word()
  return false
end
M.accept_line = M.accept_word

--- Goes on to the next entry of the open menu, or back; asks for one where none is open.
---@param count integer
function M.cycle(count)
  if vim.fn.pumvisible() == 0 then
    vim.lsp.completion.get()
  else
    M._press(count > 0 and '<C-n>' or '<C-p>')
  end
end

--- Closes the menu.
---@return boolean dismissed false when none is open
function M.dismiss()
  local open = vim.fn.pumvisible() == 1
  if open then
    M._press('<C-e>')
  end
  return open
end

---@param keys string
function M._press(keys)
  vim.api.nvim_feedkeys(vim.keycode(keys), 'in', false)
end

---@return string[]
function M._printable()
  local characters = {}
  for byte = 32, 126 do
    characters[#characters + 1] = string.char(byte)
  end
  return characters
end

--- Remembers how far the suggestion reaches right of the cursor: Neovim's menu replaces the word before it only.
--- And has it insert the first line: 0.11 would stop at the first blank.
---@param item lsp.CompletionItem
---@return table
function M._convert(item)
  local cursor = vim.api.nvim_win_get_cursor(0)
  local line = vim.api.nvim_get_current_line()
  local range = vim.tbl_get(item, 'textEdit', 'range')
  local client = vim.lsp.get_clients({ name = 'codex' })[1]
  if range and client and range['end'].line == cursor[1] - 1 then
    local reach = vim.str_byteindex(line, client.offset_encoding, range['end'].character, false)
    item.data = { codex = true, over = math.max(0, reach - cursor[2]) }
  end
  local text = vim.tbl_get(item, 'textEdit', 'newText')
  return text and { word = text:match('^[^\r\n]*') } or {}
end

--- The suggestion that an entry of the menu is, unless it is another server's.
---@param entry table
---@return lsp.CompletionItem?
function M._item(entry)
  local user = type(entry.user_data) == 'table' and entry.user_data or {}
  local item = vim.tbl_get(user, 'nvim', 'lsp', 'completion_item')
  local client = vim.lsp.get_client_by_id(vim.tbl_get(user, 'nvim', 'lsp', 'client_id') or -1)
  return client and client.name == 'codex' and item or nil
end

--- Neovim's menu inserts the first line of a text: adds the others, and removes what the text repeats.
function M._done()
  if vim.v.event.reason ~= 'accept' then
    return
  end
  local item = M._item(vim.v.completed_item)
  local text = item and vim.tbl_get(item, 'textEdit', 'newText')
  if not text then
    return
  end
  local lines = vim.split(text, '\r?\n')
  lines[1] = '' -- is there
  local row, col = unpack(vim.api.nvim_win_get_cursor(0))
  local over = vim.tbl_get(item, 'data', 'over') or 0
  local last = math.min(col + over, #vim.api.nvim_get_current_line())
  vim.api.nvim_buf_set_text(0, row - 1, col, row - 1, last, lines)
  if #lines > 1 then
    vim.api.nvim_win_set_cursor(0, { row + #lines - 1, #lines[#lines] })
  end
end

return M
