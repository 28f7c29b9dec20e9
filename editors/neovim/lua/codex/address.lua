--- The small window with a sign-in's address, for when no browser opened.

local M = {}

---@type integer? the window that shows an address
local window

--- Shows `address`, with what to do there; the window that shows the same already stays.
---@param address string
---@param what? string what to do with it
function M.show(address, what)
  what = what or 'Continue in your browser. If none opened, open this address yourself:'
  if window and vim.api.nvim_win_is_valid(window) then
    local shown = vim.api.nvim_buf_get_lines(vim.api.nvim_win_get_buf(window), 0, 3, false)
    if shown[1] == what and shown[3] == address then
      return
    end
  end
  M.close()
  local lines = { what, '', address, '', 'gx on it opens it, yy copies it, q closes this window.' }
  window = require('codex.window').open(lines, { title = 'Sign in to Codex', width = 80, row = 3, verbatim = true })
end

--- Closes it: the sign-in has ended.
function M.close()
  require('codex.window').close(window)
  window = nil
end

return M
