"""Helix as a person has it: in a terminal, with a home, a languages.toml and a PATH of its own."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from tests.editors.driver.desk import ROOT, sockets
from tests.editors.driver.run import eventually
from tests.editors.driver.seat import Seat, seated

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Mapping

    from tests.editors.driver.desk import Desk
    from tests.editors.driver.terminal import Terminal

FOLDER = ROOT / "editors" / "helix"
EXAMPLES = FOLDER / "examples"


@dataclass(frozen=True, slots=True)
class HelixPrograms:
    """The programs that are driven."""

    hx: Path
    tmux: Path


class Helix(Seat):
    """One running Helix: keys in, screen and files out; it has no other ear or mouth."""

    def __init__(self, desk: Desk, screen: Terminal, file: str) -> None:
        super().__init__(desk, screen)
        self._file = desk.project / file

    async def up(self) -> bool:
        """Whether its screen is drawn."""
        return "NOR" in await self.terminal.screen()

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
        for pid in self.desk.processes():
            with suppress(OSError):  # it ended while we looked
                if Path(f"/proc/{pid}/comm").read_text().strip() == "hx":
                    return pid
        raise AssertionError(f"no Helix runs at {self.desk.folder}")

    async def evidence(self) -> str:
        """The end of the log."""
        return self.log()[-8000:]


@asynccontextmanager
async def helix(
    programs: HelixPrograms,
    desk: Desk,
    languages: str,
    config: str,
    file: str,
    more: Mapping[str, str],
    text: str = "",
) -> AsyncIterator[Helix]:
    """Helix with the user's languages.toml and config.toml and ``file`` of the project open until the block ends.

    Without ``text`` the file does not exist yet.
    """
    desk.lay_out({".config/helix/languages.toml": languages, ".config/helix/config.toml": config}, file, text)
    environ = desk.environ(more)
    with sockets() as folder:
        command = (str(programs.hx), "-v", file)
        made = partial(Helix, desk, file=file)
        async with seated(programs.tmux, folder / "tmux", command, environ, desk, made) as editor:
            yield editor
