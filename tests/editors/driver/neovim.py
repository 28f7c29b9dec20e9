"""Neovim as a person has it: the real TUI in a terminal, with a home, a configuration and a PATH of its own."""

from __future__ import annotations

import json
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from tests.editors.driver.desk import ROOT, sockets
from tests.editors.driver.run import ProgramFailed, eventually, run
from tests.editors.driver.seat import Seat, seated

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Mapping
    from pathlib import Path

    from tests.editors.driver.desk import Desk
    from tests.editors.driver.terminal import Terminal

EXAMPLES = ROOT / "editors" / "neovim" / "examples"

_GHOST = """(function()
  local ns = vim.api.nvim_get_namespaces()['nvim.lsp.inline_completion']
  local mark = ns and vim.api.nvim_buf_get_extmarks(0, ns, 0, -1, { details = true })[1]
  if not mark then return '' end
  local lines = { mark[4].virt_text }
  vim.list_extend(lines, mark[4].virt_lines or {})
  return table.concat(vim.tbl_map(function(chunks)
    return table.concat(vim.tbl_map(function(chunk) return chunk[1] end, chunks))
  end, lines), '\\n')
end)()"""


@dataclass(frozen=True, slots=True)
class Editors:
    """The programs that are driven."""

    nvim: Path
    tmux: Path


class Neovim(Seat):
    """One running Neovim: keys in, screen and state out."""

    def __init__(self, nvim: Path, socket: Path, desk: Desk, screen: Terminal, environ: Mapping[str, str]) -> None:
        super().__init__(desk, screen)
        self._nvim = nvim
        self._socket = socket
        self._environ = environ

    async def ask(self, expression: str) -> Any:
        """The value of a Lua expression inside Neovim, as JSON allows it."""
        quoted = f"vim.json.encode({expression})".replace("'", "''")
        answer = await run(
            str(self._nvim),
            *("--server", str(self._socket), "--remote-expr", f"luaeval('{quoted}')"),
            environ=self._environ,
        )
        return json.loads(answer)

    async def up(self) -> bool:
        """Whether Neovim is up and takes questions."""
        try:
            return bool(await self.ask("vim.v.vim_did_enter") == 1)
        except ProgramFailed:
            return False

    async def attached(self, seconds: float = 15.0) -> None:
        """Wait until the server has answered ``initialize`` and has the current file."""
        await eventually(
            lambda: self.ask("#vim.lsp.get_clients({ name = 'codex', bufnr = 0 })"), "codex attached", seconds
        )

    async def command(self, line: str) -> None:
        """Leave every mode, type ``:line`` and press Enter."""
        await self.terminal.press("Escape")
        await self.terminal.type(f":{line}\n")

    async def text(self) -> str:
        """The text of the current buffer."""
        return "\n".join(await self.ask("vim.api.nvim_buf_get_lines(0, 0, -1, false)"))

    async def ghost(self) -> str:
        """The ghost text shown now, or nothing."""
        return str(await self.ask(_GHOST))

    async def messages(self) -> str:
        """What Neovim has told its user so far."""
        return str(await self.ask("vim.api.nvim_exec2('messages', { output = true }).output"))

    async def pid(self) -> int:
        """The process that is the parent of the language server."""
        return int(await self.ask("vim.uv.os_getpid()"))

    def log(self) -> str:
        """Neovim's LSP log: where the server's stderr goes."""
        path = self.desk.home / ".local" / "state" / "nvim" / "lsp.log"
        return path.read_text(errors="replace") if path.exists() else ""

    async def evidence(self) -> str:
        """The log."""
        return self.log()


@asynccontextmanager
async def neovim(
    editors: Editors, desk: Desk, init: str, file: str, more: Mapping[str, str], text: str = ""
) -> AsyncIterator[Neovim]:
    """Neovim with ``init`` as the user's init.lua and ``file`` of the project (none: an empty buffer) open.

    Until the block ends; then it is gone. Without ``text`` the file does not exist yet.
    """
    desk.lay_out({".config/nvim/init.lua": init}, file, text)
    environ = desk.environ(more)
    with sockets() as folder:
        command = (str(editors.nvim), "--listen", str(folder / "nvim"), *([file] if file else []))

        def made(screen: Terminal) -> Neovim:
            return Neovim(editors.nvim, folder / "nvim", desk, screen, environ)

        async with seated(editors.tmux, folder / "tmux", command, environ, desk, made) as editor:
            yield editor
