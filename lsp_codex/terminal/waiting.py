"""Says in a terminal what is being waited for, from the first second on, and takes it away again."""

from __future__ import annotations

import asyncio
import sys
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

from lsp_codex.tasks import Tasks
from lsp_codex.terminal.paint import Paint, clipped

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Mapping
    from typing import TextIO

PATIENCE = 1.0
"""Seconds in which nobody wonders."""

FORGET = "\r\x1b[K"
"""To the line's beginning, and clear it."""


@asynccontextmanager
async def waiting(
    what: str, stream: TextIO | None = None, environ: Mapping[str, str] | None = None
) -> AsyncIterator[None]:
    """While the block runs, ``what`` and the seconds so far stand on ``stream`` (standard error).

    A stream that goes elsewhere, and a terminal that cannot clear a line, are told nothing.
    """
    stream = sys.stderr if stream is None else stream
    paint = Paint.of(stream, environ)
    if not paint.obeyed:
        yield
        return
    async with Tasks() as tasks:
        tasks.start(_tell(what, stream, paint), "say what is waited for")
        yield


async def _tell(what: str, stream: TextIO, paint: Paint) -> None:
    seconds = PATIENCE
    await asyncio.sleep(PATIENCE)
    try:
        while True:
            stream.write(f"{FORGET}{paint.dim(clipped(f'{what} … {seconds:.0f} s', stream))}")
            stream.flush()
            await asyncio.sleep(PATIENCE)
            seconds += PATIENCE
    finally:
        stream.write(FORGET)
        stream.flush()
