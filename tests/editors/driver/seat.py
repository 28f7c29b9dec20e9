"""What every editor in a terminal has: keys in, screen out, captures that are kept, a start and an end."""

from __future__ import annotations

from abc import ABC, abstractmethod
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, TypeVar

from tests.editors.driver.run import ProgramFailed, eventually
from tests.editors.driver.terminal import Terminal, terminal

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Mapping, Sequence
    from pathlib import Path

    from tests.editors.driver.desk import Desk

E = TypeVar("E", bound="Seat")


class Seat(ABC):
    """One running editor at a desk."""

    def __init__(self, desk: Desk, screen: Terminal) -> None:
        self.desk = desk
        self.terminal = screen

    @abstractmethod
    async def up(self) -> bool:
        """Whether it has started and hears keys."""

    @abstractmethod
    async def evidence(self) -> str:
        """What else than the screen says why a test failed."""

    async def seen(self, *words: str, seconds: float = 10.0) -> str:
        """Wait until all ``words`` are on the screen; answers the screen."""

        async def look() -> str:
            screen = await self.terminal.screen()
            return screen if all(word in screen for word in words) else ""

        return await eventually(look, f"{words} on the screen", seconds)

    async def capture(self, name: str) -> str:
        """Keep what is on the screen as NAME.txt and NAME.ansi beside the desk; answers the text."""
        seen = await self.terminal.screen()
        path = self.desk.folder / f"{name}.txt"
        path.write_text(seen)
        path.with_suffix(".ansi").write_text(await self.terminal.screen(colours=True))
        print(f"--- {path}\n{seen.rstrip()}\n---")  # noqa: T201 — pytest shows it when a test fails, and with -s
        return seen


@asynccontextmanager
async def seated(
    tmux: Path,
    socket: Path,
    command: Sequence[str],
    environ: Mapping[str, str],
    desk: Desk,
    made: Callable[[Terminal], E],
) -> AsyncIterator[E]:
    """The editor ``made`` for a terminal in which ``command`` runs, until the block ends; then all of it is gone."""
    try:
        async with terminal(tmux, socket, command, desk.project, environ) as screen:
            editor = made(screen)
            try:
                await eventually(editor.up, f"{command[0]} is up")
                yield editor
            except BaseException:
                await _leave_evidence(editor)
                raise
    finally:
        desk.sweep()


async def _leave_evidence(editor: Seat) -> None:
    try:
        await editor.capture("failed")
        print(await editor.evidence())  # noqa: T201 — for the report of the failed test
    except ProgramFailed as error:
        print(error)  # noqa: T201 — the editor is gone; so say it
