"""Run something at the n-th suspension of everything that runs: every await of a flow, not a lucky moment."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from typing import TYPE_CHECKING, Any, Self

if TYPE_CHECKING:
    from collections.abc import Callable


class Interrupter:
    """Counts how often a task of this loop gives way while it watches; at number ``moment`` starts ``interrupt``.

    A task counts whoever started it: the flow's own and those it starts. What ``interrupt`` starts does not count.
    """

    def __init__(self, moment: int, interrupt: Callable[[], Coroutine[Any, Any, None]]) -> None:
        self._moment = moment
        self._interrupt = interrupt
        self._seen = 0
        self.task: asyncio.Task[None] | None = None
        self.where = ""

    def __enter__(self) -> Self:
        asyncio.get_running_loop().set_task_factory(self._factory)
        return self

    def __exit__(self, *_: object) -> None:
        asyncio.get_running_loop().set_task_factory(None)

    def _factory(self, loop: asyncio.AbstractEventLoop, work: Any, **options: Any) -> asyncio.Task[Any]:
        return asyncio.Task(work if self.task is not None else _Watched(work, self), loop=loop, **options)

    def gave_way(self, work: Coroutine[Any, Any, Any]) -> None:
        """One more suspension."""
        self._seen += 1
        if self._seen == self._moment and self.task is None:
            self.where = _place(work)
            self.task = asyncio.Task(self._interrupt(), loop=asyncio.get_running_loop(), name="interrupt")


class _Watched(Coroutine[Any, Any, Any]):
    """A coroutine that tells each time it gives way."""

    def __init__(self, work: Coroutine[Any, Any, Any], owner: Interrupter) -> None:
        self._work = work
        self._owner = owner

    def send(self, value: Any) -> Any:
        found = self._work.send(value)
        self._owner.gave_way(self._work)
        return found

    def throw(self, *error: Any) -> Any:
        found = self._work.throw(*error)
        self._owner.gave_way(self._work)
        return found

    def close(self) -> None:
        self._work.close()

    def __await__(self) -> Any:
        return self._work.__await__()


def _place(work: Any) -> str:
    """Where ``work`` waits, outermost first: what a failing case needs to say."""
    names: list[str] = []
    while work is not None and len(names) < 30:
        frame = getattr(work, "cr_frame", None) or getattr(work, "gi_frame", None)
        if frame is not None:
            names.append(f"{frame.f_code.co_name}:{frame.f_lineno}")
        work = getattr(work, "cr_await", None) or getattr(work, "gi_yieldfrom", None)
    return " > ".join(names)
