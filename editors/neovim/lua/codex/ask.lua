--- Questions to Codex in Neovim: a Markdown buffer that fills while the answer comes; the conversation goes on in it.

local M = {}

---@class codex.Talk one conversation and the buffer that shows it
---@field client vim.lsp.Client
---@field buffer integer
---@field thread? string
---@field token? string that the running answer comes with
---@field request? integer the running request
---@field about? table uri and range of the question that is not answered yet

---@type table<string, codex.Talk> by token
local running = {}
---@type table<integer, codex.Talk> by buffer
local talks = {}
local number = 0

--- `:[range]Codex ask …`; without words asks for them, in the window of a conversation goes on with it.
---@param client vim.lsp.Client
---@param prompt string
---@param place? table what Neovim says of the command's range
function M.command(client, prompt, place)
  local talk = talks[vim.api.nvim_get_current_buf()]
  -- What was not answered is asked about still.
  local argument = talk and vim.deepcopy(talk.about or {}) or M._argument(client, place)
  M._with_words(prompt, function(words)
    argument.prompt = words
    M.ask(talk and talk.client or client, argument, talk)
  end)
end

--- `:[range]Codex explain`: what was selected, or the line with its diagnostics, or the whole file.
---@param client vim.lsp.Client
---@param place? table
function M.explain(client, place)
  local argument = M._argument(client, place)
  local line = vim.api.nvim_win_get_cursor(0)[1]
  local first, last = line, line
  if place and place.range > 0 then
    first, last = place.line1, place.line2
  end
  local found = vim.tbl_filter(function(diagnostic)
    return diagnostic.lnum + 1 <= last and (diagnostic.end_lnum or diagnostic.lnum) + 1 >= first
  end, vim.diagnostic.get(0))
  if #found > 0 then
    argument.range = argument.range or M._range(client, first, last)
    argument.diagnostics = vim.tbl_map(function(diagnostic)
      return { message = diagnostic.message }
    end, found)
  end
  M.ask(client, argument)
end

--- Asks, and shows the answer as it comes.
---@param client vim.lsp.Client
---@param argument table of the command `codex.ask`
---@param talk? codex.Talk the conversation to go on with
function M.ask(client, argument, talk)
  talk = talk or M._open(client)
  if talk.request then
    return vim.notify('Codex: this conversation still waits for an answer; <C-c> in it cancels', vim.log.levels.WARN)
  end
  number = number + 1
  local token = ('codex-ask-%d'):format(number)
  talk.token = token
  running[token] = talk
  talk.about = { uri = argument.uri, range = argument.range }
  argument.threadId = talk.thread
  M._put(talk, M._question(argument))
  M._wait(talk, 'thinking, <C-c> cancels')
  local params = { command = 'codex.ask', arguments = { argument }, partialResultToken = token }
  local sent, id = client:request('workspace/executeCommand', params, function(err, answer)
    M._done(talk, token, err, answer)
  end)
  talk.request = sent and id or nil
  if not sent then
    M._done(talk, token, { message = 'The server has ended.' })
  end
end

--- The handler of `$/progress`, as far as it is about an answer.
---@param progress lsp.ProgressParams
---@return boolean ours
function M.on_progress(progress)
  local talk = running[progress.token]
  if not talk then
    return false
  end
  talk.thread = progress.value.threadId
  if progress.value.text ~= '' then
    M._wait(talk)
    M._put(talk, progress.value.text)
  end
  return true
end

--- Ends the running answer of the conversation in `buffer`.
---@param buffer integer
function M.cancel(buffer)
  local talk = talks[buffer]
  if talk and talk.request then
    talk.client:cancel_request(talk.request)
    M._done(talk, talk.token, { code = vim.lsp.protocol.ErrorCodes.RequestCancelled }) -- Neovim keeps that answer to itself
  end
end

---@param prompt string
---@param next fun(words: string)
function M._with_words(prompt, next)
  if prompt ~= '' then
    return next(prompt)
  end
  vim.ui.input({ prompt = 'Ask Codex: ' }, function(words)
    if words and words:find('%S') then
      next(words)
    end
  end)
end

---@param talk codex.Talk
---@param token string of the question that has ended
---@param err? lsp.ResponseError
---@param answer? table
function M._done(talk, token, err, answer)
  if not running[token] then
    return
  end
  running[token] = nil
  talk.request = nil
  M._wait(talk)
  if err then
    local cancelled = err.code == vim.lsp.protocol.ErrorCodes.RequestCancelled
    M._put(talk, cancelled and '\n\n*Cancelled.*' or ('\n\n**%s**'):format(err.message))
  elseif answer then
    talk.thread = answer.threadId
    talk.about = nil
  end
end

--- What the question is about: the selection or the lines of the range, and the document, if the server has it.
---@param client vim.lsp.Client
---@param place? table
---@return table
function M._argument(client, place)
  local buffer = vim.api.nvim_get_current_buf()
  if not client.attached_buffers[buffer] then
    return {}
  end
  local argument = { uri = vim.uri_from_bufnr(buffer) }
  if place and place.range > 0 then
    local selected = place.range == 2
      and vim.fn.visualmode() == 'v'
      and vim.fn.line("'<") == place.line1
      and vim.fn.line("'>") == place.line2
    argument.range = selected and vim.lsp.util.make_given_range_params(nil, nil, buffer, client.offset_encoding).range
      or M._range(client, place.line1, place.line2)
  end
  return argument
end

--- The lines from `first` to `last`, both included and counted from one, without the last line's end.
---@param client vim.lsp.Client
---@param first integer
---@param last integer
---@return lsp.Range
function M._range(client, first, last)
  local line = vim.api.nvim_buf_get_lines(0, last - 1, last, false)[1] or ''
  local units = vim.str_utfindex(line, client.offset_encoding)
  return { start = { line = first - 1, character = 0 }, ['end'] = { line = last - 1, character = units } }
end

--- A split with an empty conversation.
---@param client vim.lsp.Client
---@return codex.Talk
function M._open(client)
  local buffer = require('codex.window').beside(true)
  local talk = { client = client, buffer = buffer }
  talks[buffer] = talk
  local function map(key, action, what)
    vim.keymap.set('n', key, action, { buffer = buffer, nowait = true, desc = what })
  end
  map('q', '<Cmd>close<CR>', 'Close, and cancel what is running')
  map('<C-c>', function()
    M.cancel(buffer)
  end, 'Cancel the answer')
  map('a', function()
    M.command(client, '')
  end, 'Ask on')
  vim.api.nvim_create_autocmd('BufWipeout', {
    buffer = buffer,
    once = true,
    callback = function()
      M.cancel(buffer)
      talks[buffer] = nil
    end,
  })
  return talk
end

---@param argument table
---@return string
function M._question(argument)
  local words = argument.prompt or 'Explain this.'
  return '> ' .. words:gsub('\n', '\n> ') .. '\n\n'
end

--- Appends `text`; the window follows unless its cursor has been moved up.
---@param talk codex.Talk
---@param text string
function M._put(talk, text)
  local buffer = talk.buffer
  if not vim.api.nvim_buf_is_valid(buffer) then
    return
  end
  local last = vim.api.nvim_buf_line_count(buffer)
  local line = vim.api.nvim_buf_get_lines(buffer, last - 1, last, false)[1]
  if text:sub(1, 1) == '>' and not (last == 1 and line == '') then
    text = '\n\n' .. text -- the next question
  end
  vim.bo[buffer].modifiable = true
  vim.api.nvim_buf_set_text(buffer, last - 1, #line, last - 1, #line, vim.split(text, '\n', { plain = true }))
  vim.bo[buffer].modifiable = false
  for _, window in ipairs(vim.fn.win_findbuf(buffer)) do
    if vim.api.nvim_win_get_cursor(window)[1] >= last then
      vim.api.nvim_win_set_cursor(window, { vim.api.nvim_buf_line_count(buffer), 0 })
    end
  end
end

--- Says below the text what is waited for; nothing without `what`.
---@param talk codex.Talk
---@param what? string
function M._wait(talk, what)
  if not vim.api.nvim_buf_is_valid(talk.buffer) then
    return
  end
  local space = vim.api.nvim_create_namespace('codex.ask')
  vim.api.nvim_buf_clear_namespace(talk.buffer, space, 0, -1)
  if what then
    local last = vim.api.nvim_buf_line_count(talk.buffer) - 1
    vim.api.nvim_buf_set_extmark(talk.buffer, space, last, 0, {
      virt_text = { { '… ' .. what, 'Comment' } },
      virt_text_pos = 'overlay',
    })
  end
end

return M
