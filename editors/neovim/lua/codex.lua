--- Codex in Neovim: ghost text, the keys that accept it, `:Codex`, and the status for a statusline.

local M = {}

---@class codex.Keys
---@field accept? string|false accepts the suggestion; elsewhere the key does what it did
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

--- Starts the server with every file from now on, shows its suggestions, maps the keys, adds `:Codex`.
---@param opts? codex.Opts
function M.setup(opts)
  if not vim.lsp.enable then
    vim.notify('Codex: Neovim 0.11 or later is needed', vim.log.levels.ERROR)
    return
  end
  local group = vim.api.nvim_create_augroup('codex', {})
  vim.api.nvim_create_autocmd('LspAttach', { group = group, callback = M._attached })
  vim.lsp.enable('codex')
  M._map(vim.tbl_extend('force', defaults, opts and opts.keys or {}))
  if vim.lsp.inline_completion then
    vim.lsp.inline_completion.enable()
    require('codex.ghost').dim()
    vim.api.nvim_create_autocmd('ColorScheme', { group = group, callback = require('codex.ghost').dim })
  end
  vim.api.nvim_create_user_command('Codex', function(command)
    M._run(command.args, command)
  end, {
    nargs = 1,
    range = true,
    complete = M._complete,
    desc = 'Codex: ' .. table.concat(M._complete('', 'Codex '), ', '),
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

--- What shows suggestions: ghost text, or the completion menu in Neovim 0.11.
local function surface()
  return require(vim.lsp.inline_completion and 'codex.ghost' or 'codex.menu')
end

--- Accepts the suggestion. For mappings of your own: `if not require('codex').accept() then … end`.
---@return boolean accepted false when there is none
function M.accept()
  return surface().accept()
end

--- Accepts the next word of the ghost text, with the blanks before it; what is left of it stays.
---@return boolean accepted false when there is none
function M.accept_word()
  return surface().accept_word()
end

--- Accepts the ghost text up to the end of its next line that says something; what is left of it stays.
---@return boolean accepted false when there is none
function M.accept_line()
  return surface().accept_line()
end

--- Shows the next suggestion; where there is one only, asks for others, and where there is none, for one. A negative
--- count goes back.
---@param count integer
function M.cycle(count)
  surface().cycle(count)
end

--- Takes the suggestion away until the next key.
---@return boolean dismissed false when there is none
function M.dismiss()
  return surface().dismiss()
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
  local lent = status.state == 'external' and ' (lent account)' or ''
  return (status.sandbox and 'Codex sandbox' or 'Codex') .. lent .. paused
end

--- The whole of what `status()` is made from: the answer of `codex.status`; none before the server has said anything.
---@return table?
function M.last_status()
  return current
end

--- The handler of `codex/didChangeStatus`; announces it as `User CodexStatus`.
---@param status table
function M.on_status(status)
  status = M._plain(status)
  current = status
  if status.state ~= 'signingIn' then
    require('codex.address').close()
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
    local what = more and message.message:gsub('^Codex: ', ''):gsub(vim.pesc(address), 'this address') or nil
    require('codex.address').show(address, what)
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
  usage = function(client)
    M._execute(client, 'codex.usage', function(answer)
      require('codex.plan').show_usage(answer)
    end)
  end,
  model = function(client, slug)
    M._execute(client, 'codex.models', function(answer)
      require('codex.plan').choose_model(client, answer, slug)
    end)
  end,
  models = function(client)
    M._execute(client, 'codex.models', function(answer)
      require('codex.plan').show_models(answer)
    end)
  end,
  toggle = function(client, to)
    if to ~= '' and to ~= 'on' and to ~= 'off' then
      vim.notify('Codex: there are `:Codex toggle`, `:Codex toggle on` and `:Codex toggle off`', vim.log.levels.ERROR)
      return
    end
    M._execute(client, 'codex.toggleCompletion', function(answer)
      vim.notify('Codex: suggestions are ' .. (answer.enabled and 'on' or 'off'))
    end, to ~= '' and { enabled = to == 'on' } or nil)
  end,
}

--- What may follow a command's name.
local ways = { signin = { 'device' }, toggle = { 'off', 'on' } }

--- `:Codex NAME MORE`; starts a server if no file has started one yet.
---@param line string
---@param place? table what Neovim says of the command's range
function M._run(line, place)
  local name, rest = line:match('^(%S+)%s*(.-)%s*$')
  local command = commands[name]
  if not command then
    local known = table.concat(M._complete('', 'Codex '), ', ')
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
---@param line string what is typed so far
---@return string[]
function M._complete(lead, line)
  local name = line:match('Codex%s+(%S+)%s')
  return vim.tbl_filter(function(word)
    return vim.startswith(word, lead)
  end, name and (ways[name] or {}) or vim.fn.sort(vim.tbl_keys(commands)))
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
  local words = {
    signedOut = 'signed out',
    signingIn = 'signing in',
    failed = 'please sign in again',
    external = 'lent an account by the program that started it',
  }
  local parts = { words[status.state] or 'signed in' }
  local account = status.account
  if account and account.email then
    local plan = account.planType and (' (%s)'):format(account.planType) or ''
    local who = status.state == 'external' and '%s, %s%s' or '%s as %s%s'
    parts[1] = who:format(parts[1], account.email, plan)
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

--- A file and its server have met.
---@param event { buf: integer, data: { client_id: integer } }
function M._attached(event)
  local client = vim.lsp.get_client_by_id(event.data.client_id)
  if not client or client.name ~= 'codex' then
    return
  end
  require('codex.actions').show_all(client)
  if not vim.lsp.inline_completion then
    require('codex.menu').attach(client, event.buf)
  end
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

return M
