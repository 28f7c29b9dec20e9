"""The virtual clock itself."""

from __future__ import annotations

import asyncio
import time
from functools import partial

import pytest

from tests.harness.clock import VirtualLoop


async def test_sleeping_costs_nothing_and_is_exact() -> None:
    """A week of sleep passes at once, and the loop's clock shows exactly that week."""
    loop, before, wall = asyncio.get_running_loop(), asyncio.get_running_loop().time(), time.monotonic()
    await asyncio.sleep(7 * 86_400)
    assert loop.time() - before == 7 * 86_400
    assert time.monotonic() - wall < 5


async def test_a_time_limit_does_not_jump_over_a_working_thread() -> None:
    """While a worker thread runs, the clock stands still, so a limit around it does not fire."""
    async with asyncio.timeout(0.001):
        assert await asyncio.to_thread(sum, range(300_000)) > 0


def test_waiting_for_what_never_comes_fails_instead_of_hanging() -> None:
    """A test that awaits for ever ends with an error that says so."""

    async def hopeless() -> None:
        await asyncio.get_running_loop().create_future()

    with (
        asyncio.Runner(loop_factory=partial(VirtualLoop, 0.05)) as runner,
        pytest.raises(RuntimeError, match="deadlock"),
    ):
        runner.run(hopeless())
