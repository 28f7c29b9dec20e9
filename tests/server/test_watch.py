"""The end of another process is noticed."""

from __future__ import annotations

import asyncio
import os
import subprocess
import time
from pathlib import Path

import pytest

from lsp_codex.server import watch

pytestmark = pytest.mark.real_time


def start(*command: str) -> subprocess.Popen[bytes]:
    """A process to watch."""
    return subprocess.Popen(command)


def descriptors() -> int:
    """How many descriptors are open, where the system says so."""
    folder = Path("/proc/self/fd")
    return sum(1 for _ in folder.iterdir()) if folder.is_dir() else 0


@pytest.mark.parametrize("wait", [watch.process_ended, watch._look_again_and_again])
async def test_the_end_is_noticed(wait: object) -> None:
    """By the descriptor of a process where there is one, otherwise by looking every second."""
    child = start("sleep", "60")
    try:
        watching = asyncio.create_task(wait(child.pid))  # type: ignore[operator]
        await asyncio.sleep(0.1)
        assert not watching.done()
        child.kill()
        if wait is not watch.process_ended:
            await asyncio.to_thread(child.wait)  # looking does not tell a zombie from a process
        begin = time.monotonic()
        await asyncio.wait_for(watching, 2)
        assert time.monotonic() - begin < 1.5
    finally:
        child.kill()
        child.wait()


@pytest.mark.parametrize("wait", [watch.process_ended, watch._look_again_and_again])
async def test_a_process_that_is_not_here(wait: object) -> None:
    """A number of another machine, or of nothing."""
    child = start("true")
    child.wait()
    with pytest.raises(ProcessLookupError):
        await wait(child.pid)  # type: ignore[operator]


@pytest.mark.parametrize("pid", [0, -1, 2**40, 10**30])
async def test_a_number_that_is_no_process(pid: int) -> None:
    """Nothing is watched, and the caller hears the one error that it knows."""
    with pytest.raises(ProcessLookupError):
        await watch.process_ended(pid)


async def test_watching_leaves_nothing_behind() -> None:
    """Cancelled, it closes its descriptor."""
    before = descriptors()
    watching = asyncio.create_task(watch.process_ended(os.getpid()))
    await asyncio.sleep(0)
    watching.cancel()
    with pytest.raises(asyncio.CancelledError):
        await watching
    assert descriptors() == before
