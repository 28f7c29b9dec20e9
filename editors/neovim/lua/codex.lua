--- Codex in Neovim: ghost text, the keys that accept it, `:Codex`, and the status for a statusline.

local M = {}

---@class codex.Keys
---@field accept? string|false accepts the ghost text; elsewhere the key does what it did
---@field word? string|false accepts the next word of it
---@field line? string|false accepts the next line of it
---@field next? string|false shows the next suggestion; where there is one only, asks for others
---@field prev? string|false shows the one before
---@field dismiss? string|false takes the ghost text away until the next key

---@class codex.Opts
---@field keys? codex.Keys insert mode keys; `false` maps none

local defaults = {
  accept = '<Tab>',
  word = '<M-Right>',
  line = '<M-C-Right>',
  next = '<M-]>',
  prev = '<M-[>',
  dismiss = '<C-]>',
}

---@type table? the object of the server's last `codex/didChangeStatus`
local current
---@type integer? the window that shows the sign-in address
local address_window

--- Starts the server with every file from now on, shows its ghost text, maps the keys, adds `:Codex`.
---@param opts? codex.Opts
function M.setup(opts)
  if vim.fn.has('nvim-0.12') == 0 then
    vim.notify('Codex: ghost text needs Neovim 0.12 or later', vim.log.levels.ERROR)
    return
  end
  vim.lsp.enable('codex')
  vim.lsp.inline_completion.enable()
  M._map(vim.tbl_extend('force', defaults, opts and opts.keys or {}))
  M._dim()
  vim.api.nvim_create_autocmd('ColorScheme', {
    group = vim.api.nvim_create_augroup('codex', {}),
    callback = M._dim,
  })
  vim.api.nvim_create_user_command('Codex', function(command)
    M._run(command.args, command)
  end, {
    nargs = 1,
    range = true,
    complete = M._complete,
    desc = 'Codex: actions, ask, explain, signin, complete, signout, status',
  })
  vim.lsp.commands['codex.applyAction'] = function(command, context)
    require('codex.actions').apply(command, context)
  end
  -- What the server offers as "explain" is shown here, and not in a message.
  vim.lsp.commands['codex.ask'] = function(command, context)
    local client = vim.lsp.get_client_by_id(context.client_id)
    if client then
      require('codex.ask').ask(client, (command.arguments or {})[1] or {})
    end
  end
end

--- Accepts the ghost text. For mappings of your own: `if not require('codex').accept() then … end`.
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

--- Shows the next suggestion; where there is one only, asks for others. A negative count goes back.
---@param count integer
function M.cycle(count)
  local completor = M._completor()
  if completor and completor.current and completor:count_items() < 2 then
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

--- One or two words for a statusline; empty where Codex is not at work.
---@return string
function M.status()
  if #vim.lsp.get_clients({ name = 'codex', bufnr = 0 }) == 0 then
    return ''
  end
  local status = current or {}
  if status.state == 'signedOut' then
    return 'Codex: signed out'
  elseif status.state == 'signingIn' then
    return 'Codex: signing in'
  elseif status.state == 'failed' then
    return 'Codex: sign in again'
  end
  local paused = status.completion and status.completion.paused and ' paused' or ''
  return (status.sandbox and 'Codex sandbox' or 'Codex') .. paused
end

--- The handler of `codex/didChangeStatus`; announces it as `User CodexStatus`.
---@param status table
function M.on_status(status)
  status = M._plain(status)
  current = status
  if status.state ~= 'signingIn' then
    M._close_address()
  end
  vim.api.nvim_exec_autocmds('User', { pattern = 'CodexStatus', modeline = false, data = status })
  vim.cmd.redrawstatus({ bang = true })
end

--- The handler of `window/showMessage`. Neovim's own puts a sign-in address, which is longer than any line, where one
--- must press Enter before anything else happens; even the browser would wait for that.
---@param message lsp.ShowMessageParams
function M.on_message(message)
  local address = message.message:match('https?://%S+')
  if address and vim.fn.strdisplaywidth(message.message) > vim.o.columns then
    -- A code to enter, or what is wrong with the usual way, must be read as well.
    local more = message.type ~= vim.lsp.protocol.MessageType.Info or message.message:find('enter the code', 1, true)
    M._show_address(address, more and message.message:gsub('^Codex: ', ''):gsub(vim.pesc(address), 'this address') or nil)
  else
    local levels = { vim.log.levels.ERROR, vim.log.levels.WARN }
    vim.notify(message.message, levels[message.type] or vim.log.levels.INFO)
  end
end

local commands = {
  actions = function(_, _, place)
    require('codex.actions').menu(place and place.range > 0 and { place.line1, place.line2 } or nil)
  end,
  ask = function(client, prompt, place)
    require('codex.ask').command(client, prompt, place)
  end,
  explain = function(client, _, place)
    require('codex.ask').explain(client, place)
  end,
  signin = function(client, way)
    local argument = way == 'device' and { method = 'deviceCode' } or nil
    M._execute(client, 'codex.signIn', function() end, argument) -- the server says what to do, and what went wrong
  end,
  complete = function(client, address)
    local function finish(pasted)
      if pasted and pasted ~= '' then
        M._execute(client, 'codex.completeSignIn', function() end, { callbackUrl = pasted })
      end
    end
    if address == '' then
      vim.ui.input({ prompt = 'The address that the browser ended on: ' }, finish)
    else
      finish(address)
    end
  end,
  signout = function(client)
    M._execute(client, 'codex.signOut', function() end) -- the server says so itself
  end,
  status = function(client)
    M._execute(client, 'codex.status', function(answer)
      vim.notify(M._sentence(answer))
    end)
  end,
}

--- `:Codex NAME MORE`; starts a server if no file has started one yet.
---@param line string
---@param place? table what Neovim says of the command's range
function M._run(line, place)
  local name, rest = line:match('^(%S+)%s*(.-)%s*$')
  local command = commands[name]
  if not command then
    local known = table.concat(M._complete(''), ', ')
    vim.notify(('Codex: no command "%s"; there are %s'):format(name, known), vim.log.levels.ERROR)
    return
  end
  local client = vim.lsp.get_clients({ name = 'codex' })[1]
  if client then
    return command(client, rest, place)
  end
  local config = vim.deepcopy(vim.lsp.config.codex)
  local after = config.on_init
  config.on_init = function(started, result)
    for _, callback in ipairs(type(after) == 'function' and { after } or after or {}) do
      callback(started, result)
    end
    command(started, rest, place)
  end
  vim.lsp.start(config, { attach = false, reuse_client = config.reuse_client })
end

---@param lead string
---@return string[]
function M._complete(lead)
  return vim.tbl_filter(function(name)
    return vim.startswith(name, lead)
  end, vim.fn.sort(vim.tbl_keys(commands)))
end

---@param client vim.lsp.Client
---@param command string
---@param done fun(answer: table)
---@param argument? table
function M._execute(client, command, done, argument)
  local call = { title = command, command = command, arguments = argument and { argument } or nil }
  client:exec_cmd(call, nil, function(err, answer)
    -- A sign-in that fails on purpose the server has told already.
    if err and err.code == vim.lsp.protocol.ErrorCodes.RequestFailed and command:find('SignIn', 1, true) then
      return
    elseif err then
      vim.notify('Codex: ' .. err.message, vim.log.levels.ERROR)
    else
      done(M._plain(answer) or {})
    end
  end)
end

--- JSON without its nulls: Neovim keeps them as `vim.NIL`, which is true.
---@param value any
---@return any
function M._plain(value)
  if value == vim.NIL then
    return nil
  end
  return type(value) == 'table' and vim.tbl_map(M._plain, value) or value
end

---@param status table the answer of `codex.status`
---@return string
function M._sentence(status)
  local words = { signedOut = 'signed out', signingIn = 'signing in', failed = 'please sign in again' }
  local parts = { words[status.state] or 'signed in' }
  local account = status.account
  if account and account.email then
    local plan = account.planType and (' (%s)'):format(account.planType) or ''
    parts[1] = ('%s as %s%s'):format(parts[1], account.email, plan)
  end
  if status.model then
    parts[#parts + 1] = 'model ' .. status.model
  end
  if status.latency and status.latency.firstTokenMs then
    parts[#parts + 1] = ('first token after %d ms'):format(status.latency.firstTokenMs)
  end
  if status.completion and status.completion.paused and status.completion.reason then
    parts[#parts + 1] = 'no ghost text: ' .. status.completion.reason
  end
  return (status.sandbox and 'Codex (sandbox): ' or 'Codex: ') .. table.concat(parts, ', ')
end

---@param keys codex.Keys
function M._map(keys)
  local function map(key, action, opts)
    if key then
      vim.keymap.set('i', key, action, opts)
    end
  end
  map(keys.accept, function()
    if M.accept() then
      return ''
    end
    -- What the key does by default in Neovim, and what it is.
    if keys.accept:lower() == '<tab>' and vim.snippet.active({ direction = 1 }) then
      return '<Cmd>lua vim.snippet.jump(1)<CR>'
    end
    return keys.accept
  end, { expr = true, desc = 'Codex: accept the ghost text' })
  --- Where there is no ghost text the key does what it did.
  local function or_itself(key, action, desc)
    map(key, function()
      return action() and '' or key
    end, { expr = true, desc = desc })
  end
  or_itself(keys.word, M.accept_word, 'Codex: accept the next word of the ghost text')
  or_itself(keys.line, M.accept_line, 'Codex: accept the next line of the ghost text')
  or_itself(keys.dismiss, M.dismiss, 'Codex: dismiss the ghost text')
  map(keys.next, function()
    M.cycle(1)
  end, { desc = 'Codex: next suggestion' })
  map(keys.prev, function()
    M.cycle(-1)
  end, { desc = 'Codex: previous suggestion' })
end

--- Without true colours Neovim's own schemes give ghost text no colour at all: it looks like the code. Makes it grey
--- there, unless a colour scheme has something to say about it.
function M._dim()
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

--- A small window with the address, for when no browser opened; it closes when the sign-in ends.
---@param address string
---@param what? string what to do with it
function M._show_address(address, what)
  what = what or 'Continue in your browser. If none opened, open this address yourself:'
  if address_window and vim.api.nvim_win_is_valid(address_window) then
    local shown = vim.api.nvim_buf_get_lines(vim.api.nvim_win_get_buf(address_window), 0, 3, false)
    if shown[1] == what and shown[3] == address then
      return
    end
  end
  M._close_address()
  local lines = {
    what,
    '',
    address,
    '',
    'gx on it opens it, yy copies it, q closes this window.',
  }
  local buffer = vim.api.nvim_create_buf(false, true)
  vim.api.nvim_buf_set_lines(buffer, 0, -1, false, lines)
  vim.bo[buffer].bufhidden = 'wipe'
  vim.bo[buffer].modifiable = false
  local width = math.max(20, math.min(80, vim.o.columns - 4))
  local height = #lines
  for _, line in ipairs(lines) do
    height = height + math.floor(vim.fn.strdisplaywidth(line) / width)
  end
  address_window = vim.api.nvim_open_win(buffer, true, {
    relative = 'editor',
    width = width,
    height = math.min(height, vim.o.lines - 4),
    row = 1,
    col = math.floor((vim.o.columns - width) / 2),
    style = 'minimal',
    border = 'rounded',
    title = ' Sign in to Codex ',
  })
  vim.wo[address_window].wrap = true
  vim.api.nvim_win_set_cursor(address_window, { 3, 0 })
  vim.keymap.set('n', 'q', M._close_address, { buf = buffer, desc = 'Close' })
end

function M._close_address()
  if address_window and vim.api.nvim_win_is_valid(address_window) then
    vim.api.nvim_win_close(address_window, true)
  end
  address_window = nil
end

return M
