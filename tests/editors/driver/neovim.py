"""Neovim as a person has it: the real TUI in a terminal, with a home, a configuration and a PATH of its own."""

from __future__ import annotations

import json
import os
import shutil
import signal
import sys
import tempfile
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tests.editors.driver.run import ProgramFailed, eventually, run
from tests.editors.driver.terminal import Terminal, terminal

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Mapping

ROOT = Path(__file__).parents[3]
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


@dataclass(frozen=True, slots=True)
class Desk:
    """The folder in which one Neovim lives: its home, its programs, the project it edits."""

    folder: Path

    @property
    def home(self) -> Path:
        """What ``~`` is."""
        return self.folder / "home"

    @property
    def project(self) -> Path:
        """The folder that is edited in."""
        return self.folder / "project"

    @property
    def opened(self) -> Path:
        """The addresses a browser was asked to open, one a line."""
        return self.folder / "opened"

    def prepare(self, init: str) -> None:
        """Lay out home and project, with ``init`` as the user's init.lua, as the README says."""
        self.lay_out()
        config = self.home / ".config" / "nvim"
        config.mkdir(parents=True)
        (config / "init.lua").write_text(init)

    def lay_out(self) -> None:
        """Make home and project, with this checkout where the READMEs have it, and the server in the PATH."""
        programs = self.folder / "bin"
        for made in (self.home, programs, self.project / ".git"):
            made.mkdir(parents=True, exist_ok=True)
        (self.home / "lsp-codex").symlink_to(ROOT)
        # -P: as the installed program, it imports nothing from the project that is edited.
        _program(programs / "lsp-codex", f'PYTHONPATH="{ROOT}" exec "{sys.executable}" -P -m lsp_codex "$@"')
        # Editors open addresses with xdg-open; this one is the user who looks at the address bar.
        _program(programs / "xdg-open", f'echo "$1" >> "{self.opened}"')

    def environ(self, more: Mapping[str, str]) -> dict[str, str]:
        """The whole environment of Neovim: nothing of the developer's own."""
        return {
            "HOME": str(self.home),
            "PATH": f"{self.folder / 'bin'}:/usr/local/bin:/usr/bin:/bin",
            "LANG": "C.UTF-8",
            "LC_ALL": "C.UTF-8",
            # Two Neovims that start at once race for the folder of the log, and the loser waits for a key.
            "NVIM_LOG_FILE": str(self.folder / "nvim.log"),
            "TERM": "xterm-256color",
            "LSP_CODEX_HOME": str(self.home / "codex"),
            "LSP_CODEX_LOG": "debug",
            **more,
        }


class Neovim:
    """One running Neovim: keys in, screen and state out."""

    def __init__(self, nvim: Path, socket: Path, desk: Desk, screen: Terminal, environ: Mapping[str, str]) -> None:
        self._nvim = nvim
        self._socket = socket
        self._environ = environ
        self.desk = desk
        self.terminal = screen

    async def ask(self, expression: str) -> Any:
        """The value of a Lua expression inside Neovim, as JSON allows it."""
        quoted = f"vim.json.encode({expression})".replace("'", "''")
        answer = await run(
            str(self._nvim),
            *("--server", str(self._socket), "--remote-expr", f"luaeval('{quoted}')"),
            environ=self._environ,
        )
        return json.loads(answer)

    async def answers(self) -> bool:
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

    async def capture(self, name: str) -> str:
        """Keep what is on the screen as NAME.txt and NAME.ansi beside the desk; answers the text."""
        seen = await self.terminal.screen()
        (self.desk.folder / f"{name}.txt").write_text(seen)
        (self.desk.folder / f"{name}.ansi").write_text(await self.terminal.screen(colours=True))
        print(f"--- {self.desk.folder / name}.txt\n{seen.rstrip()}\n---")  # noqa: T201 — pytest shows it when a test fails, and with -s
        return seen


@asynccontextmanager
async def neovim(editors: Editors, desk: Desk, file: str, more: Mapping[str, str]) -> AsyncIterator[Neovim]:
    """Neovim with ``file`` of the project (none: an empty buffer) open until the block ends; then it is gone."""
    environ = desk.environ(more)
    sockets = Path(tempfile.mkdtemp(prefix="codex-nvim-"))  # short: a socket's path has at most 107 characters
    command = (str(editors.nvim), "--listen", str(sockets / "nvim"), *([file] if file else []))
    try:
        async with terminal(editors.tmux, sockets / "tmux", command, desk.project, environ) as screen:
            editor = Neovim(editors.nvim, sockets / "nvim", desk, screen, environ)
            try:
                await eventually(editor.answers, "Neovim is up")
                yield editor
            except BaseException:
                await _leave_evidence(editor)
                raise
    finally:
        for pid in processes(environ["HOME"]):
            with suppress(ProcessLookupError):  # it may have ended by itself
                os.kill(pid, signal.SIGKILL)
        shutil.rmtree(sockets, ignore_errors=True)


async def _leave_evidence(editor: Neovim) -> None:
    print(editor.log())  # noqa: T201 — for the report of the failed test
    try:
        await editor.capture("failed")
    except ProgramFailed as error:
        print(error)  # noqa: T201 — the terminal is gone; so say it


def servers(desk: Desk) -> list[int]:
    """The language servers that run with this desk's home."""
    found = []
    for pid in processes(str(desk.home)):
        try:
            command = Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")
        except OSError:
            continue  # it ended while we looked
        if b"lsp_codex" in command:
            found.append(pid)
    return found


def processes(home: str) -> list[int]:
    """Every live process whose environment has this home."""
    mark = f"HOME={home}".encode()
    found = []
    for entry in Path("/proc").iterdir():
        if not entry.name.isdigit() or int(entry.name) == os.getpid():
            continue
        try:
            if mark in (entry / "environ").read_bytes().split(b"\0"):
                found.append(int(entry.name))
        except OSError:
            continue  # not ours, or it ended while we looked
    return found


def _program(path: Path, line: str) -> None:
    path.write_text(f"#!/bin/sh\n{line}\n")
    path.chmod(0o755)
