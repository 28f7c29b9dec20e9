"""Terminal: a real terminal of a fixed size (tmux with a server of its own) in which one program runs."""

from __future__ import annotations

from contextlib import asynccontextmanager, suppress
from typing import TYPE_CHECKING

from tests.editors.driver.run import ProgramFailed, run

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Mapping, Sequence
    from pathlib import Path


class Terminal:
    """What is typed into it and what can be seen on it."""

    def __init__(self, tmux: Path, socket: Path, environ: Mapping[str, str]) -> None:
        self._tmux = (str(tmux), "-u", "-S", str(socket), "-f", "/dev/null")
        self._environ = environ

    async def start(self, command: Sequence[str], folder: Path, columns: int, rows: int) -> None:
        """Run ``command`` in ``folder`` on a screen of ``columns`` by ``rows``."""
        where = ("-c", str(folder), "-x", str(columns), "-y", str(rows))
        # 256 colours and no more: what must be told apart there can be told apart everywhere.
        options = ("set", "-s", "escape-time", "0", ";", "set", "-g", "default-terminal", "tmux-256color")
        await self._run("start-server", ";", *options, ";", "new-session", "-d", *where, *command)

    async def press(self, *keys: str) -> None:
        """Press keys by tmux's names: ``Tab``, ``Escape``, ``M-]``."""
        await self._run("send-keys", *keys)

    async def type(self, text: str) -> None:
        """Type ``text`` character by character, as a person would; a line end is Enter."""
        for character in text:
            if character == "\n":
                await self.press("Enter")
            else:
                await self._run("send-keys", "-l", "--", character)

    async def paste(self, text: str) -> None:
        """Put in ``text`` at once."""
        await self._run("send-keys", "-l", "--", text)

    async def screen(self, *, colours: bool = False) -> str:
        """What can be seen now, line by line; with ``colours`` the escape sequences too."""
        return await self._run("capture-pane", "-p", *(["-e"] if colours else []))

    async def resize(self, columns: int, rows: int) -> None:
        """Give the screen another size."""
        await self._run("resize-window", "-x", str(columns), "-y", str(rows))

    async def cursor(self) -> tuple[int, int]:
        """Column and row of the cursor, from 0."""
        column, row = (await self._run("display-message", "-p", "#{cursor_x} #{cursor_y}")).split()
        return int(column), int(row)

    async def close(self) -> None:
        """End the terminal and what runs in it."""
        with suppress(ProgramFailed):  # it may have ended by itself
            await self._run("kill-server")

    async def _run(self, *arguments: str) -> str:
        return await run(*self._tmux, *arguments, environ=self._environ)


@asynccontextmanager
async def terminal(
    tmux: Path, socket: Path, command: Sequence[str], folder: Path, environ: Mapping[str, str]
) -> AsyncIterator[Terminal]:
    """A terminal of 100 by 30 in which ``command`` runs, in ``folder``, until the block ends."""
    opened = Terminal(tmux, socket, environ)
    try:
        await opened.start(command, folder, columns=100, rows=30)
        yield opened
    finally:
        await opened.close()
