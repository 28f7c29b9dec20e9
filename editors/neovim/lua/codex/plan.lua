--- What the account has: how much of the plan is used, and which models there are, as lines of a window.

local M = {}

local BAR = 24
--- Percent of use from which a bar warns: automatic completion is about to pause.
local FULL_FROM = 80

--- `:Codex usage`
---@param answer table of `codex.usage`
function M.show_usage(answer)
  local plan = answer.planType and (' (%s)'):format(answer.planType) or ''
  require('codex.window').open(M.usage(answer, os.time()), { title = 'Usage of your ChatGPT plan' .. plan })
end

--- `:Codex models`
---@param answer table of `codex.models`
function M.show_models(answer)
  require('codex.window').open(M.models(answer), { title = 'Models', width = 78 })
end

--- `:Codex model [slug]`: the setting `codex.model`, until Neovim ends.
---@param client vim.lsp.Client
---@param answer table of `codex.models`
---@param slug string empty: asks which
function M.choose_model(client, answer, slug)
  local slugs = vim.tbl_map(function(model)
    return model.slug
  end, answer.models)
  local function take(chosen)
    if not chosen then
      return
    elseif not vim.list_contains(slugs, chosen) then
      local known = table.concat(slugs, ', ')
      return vim.notify(('Codex: no model "%s"; there are %s'):format(chosen, known), vim.log.levels.ERROR)
    end
    client.settings = vim.tbl_deep_extend('force', client.settings or {}, { codex = { model = chosen } })
    client:notify('workspace/didChangeConfiguration', { settings = client.settings })
    vim.notify(('Codex: %s answers questions and code actions'):format(chosen))
  end
  if slug ~= '' then
    return take(slug)
  end
  vim.ui.select(slugs, { prompt = 'The model for questions and code actions:' }, take)
end

--- A line for each window of the plan: its length, a bar, percent, and when it starts anew.
---@param answer table of `codex.usage`
---@param now integer Unix seconds
---@return (string|codex.Piece[])[]
function M.usage(answer, now)
  local rows, widest = {}, 0
  local function add(of, limits)
    for _, name in ipairs({ 'primary', 'secondary' }) do
      local window = limits[name]
      if window then
        rows[#rows + 1] = { of .. M._length(window.windowMinutes), window }
        widest = math.max(widest, #rows[#rows][1])
      end
    end
  end
  add('', answer)
  for _, other in ipairs(answer.others or {}) do
    add((other.name or other.limitId) .. ', ', other)
  end
  local lines = vim.tbl_map(function(row)
    local percent = math.min(math.max(row[2].usedPercent, 0), 100)
    local when = row[2].resetsAt and '  starts anew ' .. M._moment(row[2].resetsAt, now) or ''
    return {
      row[1] .. (' '):rep(widest - #row[1] + 2),
      { M._bar(percent), percent >= FULL_FROM and 'DiagnosticWarn' or 'DiagnosticOk' },
      (' %3.0f %%'):format(percent),
      { when, 'Comment' },
    }
  end, rows)
  if #lines == 0 then
    lines[1] = 'No window is in use.'
  end
  if answer.reached then
    lines[#lines + 1] = ('A limit is reached: %s.'):format((answer.reached:gsub('_', ' ')))
  end
  local credits = answer.credits
  local balance = credits and (credits.unlimited and 'unlimited' or credits.hasCredits and credits.balance)
  if balance then
    lines[#lines + 1] = 'Credits: ' .. balance
  end
  return lines
end

--- A line for each model, and what it takes beneath it.
---@param answer table of `codex.models`
---@return (string|codex.Piece[])[]
function M.models(answer)
  local lines = {}
  for _, model in ipairs(answer.models) do
    local used = {}
    if model.slug == answer.default then
      used[#used + 1] = 'default'
    end
    if answer.completion and model.slug == answer.completion.model then
      used[#used + 1] = 'ghost text'
    end
    lines[#lines + 1] = { { model.slug, 'Title' }, { #used > 0 and '  ' .. table.concat(used, ', ') or '', 'DiagnosticOk' } }
    lines[#lines + 1] = { { '    ' .. M._facts(model), 'Comment' } }
  end
  return #lines > 0 and lines or { 'This account has no models.' }
end

---@param model table
---@return string
function M._facts(model)
  local facts = { ((model.description or ''):gsub('%.$', '')) }
  if #model.efforts > 0 then
    facts[#facts + 1] = 'effort: ' .. table.concat(model.efforts, ' ')
  end
  if #model.serviceTiers > 0 then
    facts[#facts + 1] = 'tiers: ' .. table.concat(model.serviceTiers, ' ')
  end
  if model.contextWindow then
    facts[#facts + 1] = ('context: %dk tokens'):format(math.floor(model.contextWindow / 1000))
  end
  return table.concat(facts, '; ')
end

--- What is used shows from the first percent, and what is left until the last.
---@param percent number
---@return string
function M._bar(percent)
  local full = math.floor(BAR * percent / 100 + 0.5)
  full = math.min(math.max(full, percent > 0 and 1 or 0), percent < 100 and BAR - 1 or BAR)
  return ('█'):rep(full) .. ('░'):rep(BAR - full)
end

--- The length of a window in words.
---@param minutes? integer
---@return string
function M._length(minutes)
  for _, unit in ipairs({ { 'week', 10080 }, { 'day', 1440 }, { 'hour', 60 }, { 'minute', 1 } }) do
    if minutes and minutes >= unit[2] and minutes % unit[2] == 0 then
      local count = minutes / unit[2]
      return ('%d %s%s'):format(count, unit[1], count == 1 and '' or 's')
    end
  end
  return 'window'
end

--- Local time: the hour for today, else the day with it. The number came from the service.
---@param seconds number Unix
---@param now integer
---@return string
function M._moment(seconds, now)
  local readable, then_ = pcall(os.date, '%a %d %b at %H:%M', math.floor(seconds))
  if not readable then
    return 'at a time that cannot be read'
  end
  local today = os.date('%Y-%m-%d', math.floor(seconds)) == os.date('%Y-%m-%d', now)
  return today and os.date('at %H:%M', math.floor(seconds)) --[[@as string]]
    or 'on ' .. then_
end

return M
