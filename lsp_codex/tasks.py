"""Background tasks that end with their owner: started by name, their failure logged, none left behind."""

from __future__ import annotations

import asyncio
import logging
from typing import TYPE_CHECKING, Any, Self, TypeVar

from lsp_codex.advice import Advice
from lsp_codex.errors import Unanswered

if TYPE_CHECKING:
    from collections.abc import Coroutine
    from types import TracebackType

log = logging.getLogger(__name__)

T = TypeVar("T")


class Tasks:
    """A set of running tasks with a lexical end: ``async with Tasks() as tasks``."""

    def __init__(self) -> None:
        self._running: set[asyncio.Task[Any]] = set()

    def spawn(self, work: Coroutine[Any, Any, T], name: str) -> asyncio.Task[T]:
        """Run ``work`` beside the caller; a failure is logged under ``name``."""
        task = asyncio.create_task(work, name=name)
        self._running.add(task)
        task.add_done_callback(self._finished)
        return task

    def start(self, work: Coroutine[Any, Any, object], name: str) -> None:
        """As :meth:`spawn`, for work whose end nobody waits for."""
        _ = self.spawn(work, name)

    async def whole(self, work: Coroutine[Any, Any, T], name: str) -> T:
        """The result of ``work``, which goes on to its end even if the caller is cancelled; raises what it raises.

        A failure is logged only if nobody waits for it any more.
        """
        task = asyncio.create_task(work, name=name)
        self._running.add(task)
        task.add_done_callback(self._running.discard)
        try:
            return await asyncio.shield(task)
        finally:
            if not task.done():
                task.add_done_callback(self._finished)

    def _finished(self, task: asyncio.Task[Any]) -> None:
        self._running.discard(task)
        if not task.cancelled() and (error := task.exception()) is not None:
            log.warning("background task %s failed: %s", task.get_name(), type(error).__name__, exc_info=error)

    async def aclose(self) -> None:
        """Cancel what still runs, and what that starts while it ends, and wait until all of it has ended."""
        while running := [task for task in self._running if task is not asyncio.current_task()]:
            for task in running:
                task.cancel()
            await asyncio.gather(*running, return_exceptions=True)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.aclose()


async def shared(task: asyncio.Task[T]) -> T:
    """The result of a ``task`` that others wait for too: a caller that is cancelled leaves it running.

    Raises what the task raised, and ``Unanswered`` if its owner ended it: that is no cancellation of the caller.
    """
    await asyncio.wait({task})
    if task.cancelled():
        raise Unanswered("A connection setting was changed meanwhile", Advice.AGAIN)
    return task.result()
