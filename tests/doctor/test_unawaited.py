"""Calls that hang hold up nobody."""

from __future__ import annotations

import asyncio
import threading

import pytest

from lsp_codex.doctor.unawaited import Unawaited

pytestmark = pytest.mark.real_time


def test_the_end_of_a_loop_waits_for_no_call() -> None:
    """As when nobody answers the look-up of a name: the loop closes while the call still hangs."""
    release, begun = threading.Event(), threading.Event()

    def hang() -> bool:
        begun.set()
        return release.wait(30)

    async def ask() -> None:
        asyncio.get_running_loop().set_default_executor(Unawaited())
        waiting = asyncio.create_task(asyncio.to_thread(hang))
        await asyncio.to_thread(begun.wait)
        waiting.cancel()

    asyncio.run(ask())
    assert any(each.name == "unawaited" and each.daemon for each in threading.enumerate())
    release.set()


async def test_results_and_errors_come_as_from_every_executor() -> None:
    """Whoever waits gets what the call gave or raised."""
    loop, executor = asyncio.get_running_loop(), Unawaited()
    assert await loop.run_in_executor(executor, int, "7") == 7
    with pytest.raises(ValueError, match="invalid literal"):
        await loop.run_in_executor(executor, int, "x")
