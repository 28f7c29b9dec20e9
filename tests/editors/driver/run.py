"""Programs run to their end, with a time limit, and waiting for what a person would wait to see."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping

T = TypeVar("T")


class ProgramFailed(Exception):
    """A program ended with an error or not in time; the message has what it wrote."""


async def run(*command: str, environ: Mapping[str, str], seconds: float = 10.0) -> str:
    """The standard output of ``command``. Raises :class:`ProgramFailed`."""
    process = await asyncio.create_subprocess_exec(
        *command, env=dict(environ), stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE
    )
    try:
        async with asyncio.timeout(seconds):
            out, err = await process.communicate()
    except TimeoutError:
        process.kill()
        await process.communicate()
        raise ProgramFailed(f"{command} did not end within {seconds} s") from None
    if process.returncode != 0:
        raise ProgramFailed(f"{command} ended with {process.returncode}: {err.decode(errors='replace')}")
    return out.decode()


async def eventually(look: Callable[[], Awaitable[T]], what: str, seconds: float = 10.0) -> T:
    """The first true answer of ``look``. Raises ``AssertionError`` naming ``what`` and the last answer."""
    deadline = asyncio.get_running_loop().time() + seconds
    while True:
        answer = await look()
        if answer:
            return answer
        if asyncio.get_running_loop().time() > deadline:
            raise AssertionError(f"not within {seconds} s: {what}; last seen: {answer!r}")
        await asyncio.sleep(0.05)
