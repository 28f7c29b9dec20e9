"""EventStream: the events of one open answer; owns the idle watchdog and the closing of the connection."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Protocol

from lsp_codex.backend import failures
from lsp_codex.backend.events import Completed, ResponseEvent, parse
from lsp_codex.backend.sse import EventParser

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Callable

    import httpx2

    from lsp_codex.errors import BackendError

LAST_BYTES = 0.03
"""Seconds that closing waits for the end of a complete answer: only then the connection can be used again."""


class Answer(Protocol):
    """One answer as it comes in, over whichever transport."""

    def named(self, error: BackendError) -> BackendError:
        """``error`` with the service's own name for this request."""
        ...

    def events(self) -> AsyncGenerator[ResponseEvent, None]:
        """Each event until the last."""
        ...

    async def aclose(self) -> None:
        """Nobody reads on."""
        ...


class EventStream:
    """Reads one answer; ``idle`` is the longest silence in seconds, counted from event to event.

    ``on_close`` is told whether the connection can be used again.
    """

    def __init__(
        self, response: httpx2.Response, idle: float, *, on_close: Callable[[bool], None] | None = None
    ) -> None:
        self._response = response
        self._chunks = response.aiter_bytes()
        self._parser = EventParser()
        self._idle = idle
        self._on_close = on_close
        self._completed = False
        self._ended = False

    def named(self, error: BackendError) -> BackendError:
        """``error`` with the service's own name for this request."""
        error.request_id = failures.request_id(self._response.headers)
        return error

    async def events(self) -> AsyncGenerator[ResponseEvent, None]:
        """Each event until the body ends. Raises ``TimedOut``, ``Unreachable`` or ``Unreadable``."""
        while not self._ended:
            async with failures.guarded(self._idle):
                batch = await self._next_batch()
            for data in batch:
                event = parse(data)
                self._completed = self._completed or isinstance(event, Completed)
                yield event

    async def aclose(self) -> None:
        """Close at once, or, after a complete answer, when its last bytes are there."""
        try:
            if self._completed and not self._ended:
                await self._read_last_bytes()
        finally:
            if self._on_close is not None:
                self._on_close(self._ended)
            await self._response.aclose()

    async def _next_batch(self) -> list[str]:
        async for chunk in self._chunks:
            if batch := self._parser.feed(chunk):
                return batch
        self._ended = True
        return self._parser.finish()

    async def _read_last_bytes(self) -> None:
        import httpx2  # imported long since: there is a response

        try:
            async with asyncio.timeout(LAST_BYTES):
                async for _ in self._chunks:
                    pass
                self._ended = True
        except (TimeoutError, httpx2.HTTPError):
            # The answer is complete; the connection is merely not worth keeping.
            return
