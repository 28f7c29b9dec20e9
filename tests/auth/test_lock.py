"""Rules of lsp_codex/auth/lock.py."""

from __future__ import annotations

import asyncio
import fcntl
import os
import re
import signal
import stat
import sys
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

import pytest

from lsp_codex.auth.lock import locked
from lsp_codex.errors import StoreError

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

pytestmark = pytest.mark.real_time

# Takes the lock as the Codex CLI does, says so, and holds it until its standard input ends.
HOLDER = """
import fcntl, sys
file = open(sys.argv[1], "a")
fcntl.flock(file, fcntl.LOCK_EX)
print("held", flush=True)
sys.stdin.read()
"""


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """The lock file."""
    return tmp_path / "auth.json.lock"


@asynccontextmanager
async def holder(path: Path) -> AsyncIterator[asyncio.subprocess.Process]:
    """Another process that holds the lock."""
    pipe = asyncio.subprocess.PIPE
    process = await asyncio.create_subprocess_exec(sys.executable, "-c", HOLDER, str(path), stdin=pipe, stdout=pipe)
    assert process.stdout is not None
    assert process.stdin is not None
    assert await process.stdout.readline() == b"held\n"
    try:
        yield process
    finally:
        process.stdin.close()
        await process.wait()


def free(path: Path) -> bool:
    """Whether another program could take the lock now."""
    with path.open("a") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            return False
        return True


def described(path: Path) -> tuple[int, int]:
    """Size and permission bits."""
    status = path.stat()
    return status.st_size, stat.S_IMODE(status.st_mode)


async def test_the_lock_is_the_codex_clis(path: Path) -> None:
    """``flock`` on an empty file, 0600, that stays when the lock is given back (spec/auth.md 4.7)."""
    async with locked(path):
        assert not free(path)
    assert free(path)
    assert described(path) == (0, 0o600)


async def test_one_at_a_time_within_the_process_too(path: Path) -> None:
    """Two tasks that want the lock have it one after the other."""
    inside = most = 0

    async def work() -> None:
        nonlocal inside, most
        async with locked(path):
            inside += 1
            most = max(most, inside)
            await asyncio.sleep(0)
            inside -= 1

    await asyncio.gather(*(work() for _ in range(4)))
    assert most == 1


async def test_waiting_for_another_process_has_an_end(path: Path) -> None:
    """After the given time a StoreError says who is in the way."""
    async with holder(path):
        with pytest.raises(StoreError, match="Another program"):
            async with locked(path, wait=0.1):
                pytest.fail("the lock is held elsewhere")


async def test_a_killed_holder_frees_the_lock(path: Path) -> None:
    """The system gives the lock back when its holder dies (field-notes pain 1)."""
    async with holder(path) as process:
        os.kill(process.pid, signal.SIGKILL)
        async with asyncio.timeout(5), locked(path):
            pass


async def test_a_cancelled_waiter_gives_the_lock_back_when_it_gets_it(path: Path) -> None:
    """The thread that waits cannot be cancelled; what it gets must not stay taken."""

    async def wait() -> None:
        async with locked(path):
            pytest.fail("cancelled before it had the lock")

    async with holder(path):
        waiting = asyncio.create_task(wait())
        await asyncio.sleep(0.1)
        waiting.cancel()
        await asyncio.wait({waiting})
        assert waiting.cancelled()
    async with asyncio.timeout(5), locked(path):
        pass
    assert free(path)


async def test_an_error_inside_gives_the_lock_back(path: Path) -> None:
    """However the block ends."""
    with pytest.raises(RuntimeError):
        async with locked(path):
            raise RuntimeError
    assert free(path)


async def test_a_lock_that_cannot_be_made_is_a_store_error(path: Path) -> None:
    """The cause is named, the wait not served."""
    assert free(path)  # which creates it
    with pytest.raises(StoreError, match="cannot be used"):
        async with locked(path / "below a file"):
            pass


async def test_a_lock_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    """Whoever is told that a login cannot be saved has to know where."""
    (tmp_path / "file").write_text("", encoding="utf-8")
    path = tmp_path / "file" / "auth.lock"
    with pytest.raises(StoreError, match=re.escape(str(path))):
        async with locked(path):
            raise AssertionError
