"""Helix as a person has it: in a terminal, with a home, a languages.toml and a PATH of its own."""

from __future__ import annotations

import asyncio
import shutil
import tempfile
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from tests.editors.driver.desk import capture, editor_process, sweep
from tests.editors.driver.neovim import ROOT
from tests.editors.driver.run import ProgramFailed, eventually
from tests.editors.driver.terminal import Terminal, terminal

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Mapping

    from tests.editors.driver.neovim import Desk

FOLDER = ROOT / "editors" / "helix"
EXAMPLES = FOLDER / "examples"


@dataclass(frozen=True, slots=True)
class HelixPrograms:
    """The programs that are driven."""

    hx: Path
    tmux: Path


class Helix:
    """One running Helix: keys in, screen and files out; it has no other ear or mouth."""

    def __init__(self, desk: Desk, screen: Terminal, file: str) -> None:
        self._file = desk.project / file
        self.desk = desk
        self.terminal = screen

    async def attached(self) -> None:
        """Wait until the server has answered ``initialize`` and has the file."""

        async def look() -> bool:
            return 'codex -> {"jsonrpc":"2.0","method":"textDocument/didOpen"' in self.log()

        await eventually(look, "Codex serves the file", 20.0)

    def log(self) -> str:
        """Helix' log: the conversation with its servers."""
        path = self.desk.home / ".cache" / "helix" / "helix.log"
        return path.read_text(errors="replace") if path.exists() else ""

    async def normal(self) -> None:
        """Leave every mode and prompt."""
        await self.terminal.press("Escape")
        await asyncio.sleep(0.15)  # a key right after Escape would be Alt and that key

    async def command(self, line: str) -> None:
        """Type ``:line`` in normal mode and press Enter."""
        await self.normal()
        await self.terminal.press(":")
        await self.terminal.paste(line)
        await self.terminal.press("Enter")

    async def seen(self, *words: str, seconds: float = 10.0) -> str:
        """Wait until all ``words`` are on the screen; answers the screen."""

        async def look() -> str:
            screen = await self.terminal.screen()
            return screen if all(word in screen for word in words) else ""

        return await eventually(look, f"{words} on the screen", seconds)

    async def written(self) -> str:
        """The text of the buffer, by way of the file."""
        self._file.unlink(missing_ok=True)
        await self.command("write!")

        async def there() -> str:
            # Helix writes another file and renames it
            return self._file.read_text() if self._file.exists() else ""

        return await eventually(there, "the file is written")

    def pid(self) -> int:
        """The process that is the parent of the language server."""
        return editor_process(self.desk, "hx")

    async def capture(self, name: str) -> str:
        """Keep what is on the screen as NAME.txt and NAME.ansi beside the desk; answers the text."""
        return await capture(self.desk, self.terminal, name)


@asynccontextmanager
async def helix(
    programs: HelixPrograms, desk: Desk, languages: str, file: str, more: Mapping[str, str], config: str = ""
) -> AsyncIterator[Helix]:
    """Helix with ``languages`` as the user's languages.toml and ``file`` of the project open until the block ends."""
    desk.lay_out()
    folder = desk.home / ".config" / "helix"
    folder.mkdir(parents=True)
    (folder / "languages.toml").write_text(languages)
    (folder / "config.toml").write_text(config)
    environ = desk.environ(more)
    sockets = Path(tempfile.mkdtemp(prefix="codex-helix-"))  # short: a socket's path has at most 107 characters
    command = (str(programs.hx), "-v", file)
    try:
        async with terminal(programs.tmux, sockets / "tmux", command, desk.project, environ) as screen:
            editor = Helix(desk, screen, file)
            try:
                await editor.seen("NOR")
                yield editor
            except BaseException:
                await _leave_evidence(editor)
                raise
    finally:
        sweep(desk)
        shutil.rmtree(sockets, ignore_errors=True)


async def _leave_evidence(editor: Helix) -> None:
    print(editor.log()[-8000:])  # noqa: T201 — for the report of the failed test
    try:
        await editor.capture("failed")
    except ProgramFailed as error:
        print(error)  # noqa: T201 — the terminal is gone; so say it
