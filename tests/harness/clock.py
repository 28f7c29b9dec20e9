"""VirtualLoop: an event loop whose sleeps cost nothing, so that waits and time limits are exact in tests."""

from __future__ import annotations

import asyncio
import selectors
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable


class _JumpingSelector(selectors.DefaultSelector):
    """Instead of waiting for the next timer, moves the clock to it; waits truly only for worker threads."""

    def __init__(self, patience: float) -> None:
        super().__init__()
        self.now = 1_000.0
        self.threads = 0
        self._patience = patience

    def select(self, timeout: float | None = None) -> Any:
        ready = super().select(0)
        if ready or timeout == 0:
            return ready
        if self.threads:
            # A thread is at work: let it finish at its own speed; the clock stands still meanwhile.
            return super().select(0.05)
        if timeout is None:
            # No timer, no thread of ours: only a foreign thread could still wake us, and it gets its chance.
            ready = super().select(self._patience)
            if not ready:
                raise RuntimeError("deadlock: everything waits, and nothing will ever happen")
            return ready
        self.now += timeout
        return ready


class VirtualLoop(asyncio.SelectorEventLoop):
    """Jumps to the next timer when nothing is ready. Not for real sockets or processes.

    ``patience``: real seconds after which a loop that waits for nothing in particular is given up.
    """

    def __init__(self, patience: float = 5.0) -> None:
        self._jumping = _JumpingSelector(patience)
        super().__init__(self._jumping)

    def time(self) -> float:
        """Seconds on the virtual clock."""
        return self._jumping.now

    def run_in_executor(self, executor: Any, func: Callable[..., Any], *args: Any) -> asyncio.Future[Any]:  # type: ignore[override]
        """As always, but the clock stands still until ``func`` has returned."""
        self._jumping.threads += 1
        future = super().run_in_executor(executor, func, *args)
        future.add_done_callback(self._thread_ended)
        return future

    def _thread_ended(self, _future: asyncio.Future[Any]) -> None:
        self._jumping.threads -= 1
