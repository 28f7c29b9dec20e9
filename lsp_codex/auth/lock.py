"""One lock across processes, as an async context manager over a lock file."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

from lsp_codex.errors import StoreError

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from filelock import BaseFileLock

# Longer than one refresh may take, for that is what another process does while it holds the lock.
WAIT_SECONDS = 40.0


@asynccontextmanager
async def locked(path: Path, wait: float = WAIT_SECONDS) -> AsyncIterator[None]:
    """Hold the lock on ``path`` (an empty file, created 0600 if missing, never removed; spec/auth.md 4.7).

    The system frees it when the process dies. Raises :class:`StoreError` after ``wait`` seconds.
    """
    import filelock  # 22 ms: imported with the first refresh or save

    lock = filelock.FileLock(path, timeout=wait, mode=0o600, thread_local=False)
    acquiring = asyncio.ensure_future(asyncio.to_thread(_acquire, lock))
    try:
        # A thread cannot be cancelled: who leaves early must still give the lock back once the thread has it.
        await asyncio.shield(acquiring)
        yield
    finally:
        if acquiring.done():
            _release(lock, acquiring)
        else:
            acquiring.add_done_callback(lambda done: _release(lock, done))


def _acquire(lock: BaseFileLock) -> None:
    import filelock

    try:
        lock.acquire()
    except filelock.Timeout:
        raise StoreError("Another program keeps the credentials locked") from None
    except OSError as error:
        raise StoreError(f"The lock {lock.lock_file} cannot be used ({error.strerror})") from error


def _release(lock: BaseFileLock, acquiring: asyncio.Future[None]) -> None:
    if not acquiring.cancelled() and acquiring.exception() is None:
        lock.release()
