"""What every driver does at a desk: captures of the screen, a look at the browser, an end without remains."""

from __future__ import annotations

import fcntl
import os
import signal
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from tests.editors.driver.neovim import processes

if TYPE_CHECKING:
    from tests.editors.driver.neovim import Desk
    from tests.editors.driver.terminal import Terminal


async def capture(desk: Desk, terminal: Terminal, name: str) -> str:
    """Keep what is on the screen as NAME.txt and NAME.ansi beside the desk; answers the text."""
    seen = await terminal.screen()
    (desk.folder / f"{name}.txt").write_text(seen)
    (desk.folder / f"{name}.ansi").write_text(await terminal.screen(colours=True))
    print(f"--- {desk.folder / name}.txt\n{seen.rstrip()}\n---")  # noqa: T201 — pytest shows it when a test fails, and with -s
    return seen


async def asked_to_open(desk: Desk) -> str:
    """The last address that a browser was asked to open, or nothing."""
    return desk.opened.read_text().splitlines()[-1] if desk.opened.exists() else ""


def sweep(desk: Desk) -> None:
    """End every process that has this desk's home."""
    for pid in processes(str(desk.home)):
        with suppress(ProcessLookupError):  # it may have ended by itself
            os.kill(pid, signal.SIGKILL)


def editor_process(desk: Desk, program: str) -> int:
    """The process at this desk that runs ``program``."""
    for pid in processes(str(desk.home)):
        with suppress(OSError):  # it ended while we looked
            if Path(f"/proc/{pid}/comm").read_text().strip() == program:
                return pid
    raise AssertionError(f"no {program} runs at {desk.folder}")


def locked(home: Path) -> list[Path]:
    """The lock files below ``home`` that some process holds."""
    held = []
    for path in home.rglob("*.lock"):
        with path.open() as file:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                held.append(path)
    return held
