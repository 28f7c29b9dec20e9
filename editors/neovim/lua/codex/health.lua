--- `:checkhealth codex`: Neovim, the program, the running server, and what `lsp-codex doctor` says.

local M = {}

--- Seconds that the doctor has: it waits for the network itself.
local PATIENCE = 60

--- Reports through `vim.health`; changes nothing.
function M.check()
  vim.health.start('Codex in Neovim')
  M._neovim()
  local program = M._program()
  local version = program and M._version(program)
  M._client(version)
  if version then
    vim.health.start('lsp-codex doctor')
    M._doctor(program)
  end
end

function M._neovim()
  local it = vim.version()
  local version = ('%d.%d.%d'):format(it.major, it.minor, it.patch)
  if vim.lsp.inline_completion then
    vim.health.ok(('Neovim %s shows ghost text'):format(version))
  else
    vim.health.warn(
      ('Neovim %s has no ghost text for language servers: suggestions are in the completion menu'):format(version),
      { 'Neovim 0.12 or later shows them as ghost text' }
    )
  end
  if vim.fn.exists(':Codex') == 2 then
    vim.health.ok("require('codex').setup() has run")
  else
    vim.health.error("require('codex').setup() has not run", { "Call require('codex').setup() in your init.lua" })
  end
end

--- How to call the program: the configured command without what it is told to serve.
---@return string[]? program
function M._program()
  local config = vim.lsp.config.codex
  local cmd = config and config.cmd
  if type(cmd) ~= 'table' then
    vim.health.warn('The server is started by a function of your own: it cannot be looked into')
    return nil
  end
  local program = {}
  for _, word in ipairs(cmd) do
    if word == 'serve' or vim.startswith(word, '--') then
      break
    end
    program[#program + 1] = word
  end
  if vim.fn.executable(program[1] or '') == 0 then
    vim.health.error(('"%s" is not in the PATH of this Neovim'):format(program[1] or ''), {
      'Install it: `uv tool install .` or `pipx install .` in the folder of lsp_codex',
      "Or name it: vim.lsp.config('codex', { cmd = { '/full/path/of/lsp-codex' } })",
    })
    return nil
  end
  if vim.list_contains(cmd, '--sandbox') then
    vim.health.info('The server is configured to run in the sandbox: it needs neither the login nor the network below')
  end
  return program
end

---@param program string[]
---@return string? version
function M._version(program)
  local done = M._run(program, '--version')
  local version = done.code == 0 and done.stdout:match('^lsp%-codex (%S+)')
  if not version then
    local said = vim.trim(done.stderr ~= '' and done.stderr or done.stdout)
    vim.health.error(('`%s --version` failed: %s'):format(table.concat(program, ' '), said), {
      'Install lsp_codex anew; it needs Python 3.11 or later',
    })
    return nil
  end
  vim.health.ok(('lsp-codex %s is %s'):format(version, vim.fn.exepath(program[1])))
  return version
end

---@param version? string of the program in PATH
function M._client(version)
  local client = vim.lsp.get_clients({ name = 'codex' })[1]
  if not client then
    vim.health.warn('No server runs', { 'Open a file that has a filetype, or type `:Codex status`' })
    return
  end
  local running = vim.tbl_get(client, 'server_info', 'version')
  local files = #vim.tbl_keys(client.attached_buffers)
  vim.health.ok(('The server runs (%s), for %d file%s'):format(running or 'no version', files, files == 1 and '' or 's'))
  if version and running and version ~= running then
    vim.health.warn(('It is %s, and the installed one is %s'):format(running, version), { 'Start Neovim anew' })
  end
  local status = require('codex').last_status()
  if status and status.state then
    local say = (status.state == 'signedIn' or status.state == 'external') and vim.health.ok or vim.health.warn
    say(require('codex')._sentence(status), status.state == 'signedOut' and { 'Type `:Codex signin`' } or nil)
  end
end

---@param program string[]
function M._doctor(program)
  local done = M._run(program, 'doctor', '--json')
  local readable, report = pcall(vim.json.decode, done.stdout, { luanil = { object = true, array = true } })
  if not readable or type(report) ~= 'table' or type(report.checks) ~= 'table' then
    local said = done.code == 124 and ('no answer within %d s'):format(PATIENCE) or vim.trim(done.stderr)
    vim.health.error('`lsp-codex doctor --json` failed: ' .. said, { 'Run `lsp-codex doctor` in a terminal' })
    return
  end
  local say = { ok = vim.health.ok, warning = vim.health.warn, failed = vim.health.error }
  for _, check in ipairs(report.checks) do
    local words = ('%s: %s'):format(check.id, check.evidence)
    local next_step = check.nextStep and check.nextStep ~= '' and { check.nextStep } or nil
    local report_it = say[check.verdict] or vim.health.info
    report_it(words, next_step)
  end
end

--- Runs the program as the server is run, with its environment.
---@param program string[]
---@param ... string
---@return vim.SystemCompleted
function M._run(program, ...)
  local command = vim.list_extend(vim.list_slice(program), { ... })
  local env = vim.lsp.config.codex.cmd_env
  local started, process = pcall(vim.system, command, { text = true, timeout = PATIENCE * 1000, env = env })
  if not started then
    return { code = 126, signal = 0, stdout = '', stderr = tostring(process) }
  end
  return process:wait()
end

return M
