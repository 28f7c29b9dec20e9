--- Windows for what is read: a small one over the text, or a split beside it; `q` closes it.

local M = {}

---@alias codex.Piece string|[string, string] a text, or a text and its highlight group
---@class codex.WindowOpts
---@field title string
---@field width? integer what the lines are wrapped to; default: the longest of them
---@field verbatim? boolean breaks lines where they end and not between words: an address
---@field row? integer where the cursor begins, from 1

--- Shows lines, each a text or a list of pieces, in the middle of the screen, and goes there.
---@param lines (string|codex.Piece[])[]
---@param opts codex.WindowOpts
---@return integer window
function M.open(lines, opts)
  local buffer = vim.api.nvim_create_buf(false, true)
  local space = vim.api.nvim_create_namespace('codex.window')
  local widest = vim.fn.strdisplaywidth(opts.title)
  for row, line in ipairs(lines) do
    local text, marks = M._line(line)
    widest = math.max(widest, vim.fn.strdisplaywidth(text))
    vim.api.nvim_buf_set_lines(buffer, row - 1, row, false, { text })
    for _, mark in ipairs(marks) do
      vim.api.nvim_buf_set_extmark(buffer, space, row - 1, mark[1], { end_col = mark[2], hl_group = mark[3] })
    end
  end
  vim.bo[buffer].bufhidden = 'wipe'
  vim.bo[buffer].modifiable = false
  local most = math.max(1, vim.o.lines - vim.o.cmdheight - 4) -- the border, and the status line below it
  local width = math.max(20, math.min(opts.width or widest, vim.o.columns - 4))
  local window = vim.api.nvim_open_win(buffer, true, {
    relative = 'editor',
    width = width,
    height = math.min(#lines, most),
    row = 1,
    col = math.max(0, math.floor((vim.o.columns - width) / 2) - 1),
    style = 'minimal',
    border = 'rounded',
    title = (' %s '):format(opts.title),
  })
  vim.wo[window].wrap = true
  vim.wo[window].linebreak = not opts.verbatim
  vim.wo[window].breakindent = true
  local height = vim.api.nvim_win_text_height(window, {}).all
  vim.api.nvim_win_set_height(window, math.min(height, most))
  vim.api.nvim_win_set_cursor(window, { opts.row or 1, 0 })
  vim.keymap.set('n', 'q', function()
    M.close(window)
  end, { buffer = buffer, nowait = true, desc = 'Close' })
  return window
end

--- A split with an empty Markdown buffer that goes with it; beside the code where there is room, else below it.
---@param enter boolean whether to go there
---@return integer buffer
function M.beside(enter)
  local buffer = vim.api.nvim_create_buf(false, true)
  local window = vim.api.nvim_open_win(buffer, enter, { split = vim.o.columns >= 120 and 'right' or 'below' })
  vim.bo[buffer].bufhidden = 'wipe'
  vim.bo[buffer].filetype = 'markdown'
  vim.bo[buffer].modifiable = false
  vim.wo[window].wrap = true
  vim.wo[window].linebreak = true
  vim.wo[window].number = false
  return buffer
end

--- Closes a window that may be closed already.
---@param window? integer
function M.close(window)
  if window and vim.api.nvim_win_is_valid(window) then
    vim.api.nvim_win_close(window, true)
  end
end

--- The text of a line without line ends, and where in it which highlight group is.
---@param line string|codex.Piece[]
---@return string text
---@return [integer, integer, string][] marks
function M._line(line)
  local text, marks = '', {}
  for _, piece in ipairs(type(line) == 'table' and line or { line }) do
    local words = (type(piece) == 'table' and piece[1] or piece):gsub('[\r\n]', ' ')
    if type(piece) == 'table' then
      marks[#marks + 1] = { #text, #text + #words, piece[2] }
    end
    text = text .. words
  end
  return text, marks
end

return M
