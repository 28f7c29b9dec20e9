"""Waiting: told from the first second on, on a terminal, and taken away again."""

from __future__ import annotations

import asyncio
import io

import pytest

from lsp_codex.terminal.waiting import FORGET, waiting


class Screen(io.StringIO):
    """A stream that is a terminal, or says so."""

    def __init__(self, *, terminal: bool = True) -> None:
        super().__init__()
        self.terminal = terminal

    def isatty(self) -> bool:
        return self.terminal


async def told(seconds: float, screen: Screen, **environ: str) -> str:
    """What was written during a wait."""
    async with waiting("Asking", screen, environ):
        await asyncio.sleep(seconds)
    return screen.getvalue()


async def test_what_is_quick_says_nothing() -> None:
    """Not even that it says nothing."""
    assert await told(0.9, Screen()) == ""


async def test_the_seconds_go_on_and_nothing_is_left() -> None:
    """Each line takes the place of the one before; the last thing is an empty one."""
    dim = [f"{FORGET}\x1b[2mAsking … {seconds} s\x1b[0m" for seconds in (1, 2, 3)]
    assert await told(3.5, Screen()) == "".join(dim) + FORGET


async def test_without_colours_it_is_told_in_none() -> None:
    """``NO_COLOR`` asks for no colours, not for no news."""
    assert await told(1.5, Screen(), NO_COLOR="1") == f"{FORGET}Asking … 1 s{FORGET}"


@pytest.mark.parametrize(("terminal", "term"), [(False, "xterm"), (True, "dumb")])
async def test_elsewhere_nothing_is_told(terminal: bool, term: str) -> None:
    """A file keeps what it is told, and so does a terminal that cannot clear a line."""
    assert await told(5, Screen(terminal=terminal), TERM=term) == ""


async def test_a_failure_leaves_nothing_either() -> None:
    """The error is told on a clean line."""
    screen = Screen()
    with pytest.raises(OSError, match="gone"):
        async with waiting("Asking", screen, {}):
            await asyncio.sleep(1.5)
            raise OSError("gone")
    assert screen.getvalue().endswith(FORGET)


async def test_a_narrow_terminal_gets_one_line(monkeypatch: pytest.MonkeyPatch) -> None:
    """A second one could not be cleared."""
    monkeypatch.setenv("COLUMNS", "8")
    assert "Asking…" in await told(1.5, Screen())
