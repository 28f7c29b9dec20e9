"""FakeClient: a scripted model; it records what it was asked, and when each stream opened and closed."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from lsp_codex.backend.models import Model

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from lsp_codex.backend.request import ResponsesRequest

MODELS = (Model("gpt-big", "Big", efforts=("low", "high")), Model("gpt-mini", "Mini", efforts=("low", "high")))


@dataclass(frozen=True, slots=True)
class Reply:
    """``pieces`` come ``first`` seconds after the request and then ``between`` seconds apart; then maybe an error.

    ``closing`` is how long the stream takes to close.
    """

    pieces: tuple[str, ...] = ()
    first: float = 0.3
    between: float = 0.05
    error: Exception | None = None
    closing: float = 0.0


@dataclass(slots=True)
class Stream:
    """One request as the fake saw it; times are the loop's."""

    request: ResponsesRequest
    opened: float
    closed: float | None = None
    given: list[str] = field(default_factory=list)


class FakeClient:
    """Replies in order; the last one is repeated."""

    def __init__(self, *replies: Reply) -> None:
        self.replies = replies
        self.streams: list[Stream] = []
        self.most_open = 0

    @property
    def open(self) -> int:
        """How many streams are open now."""
        return sum(stream.closed is None for stream in self.streams)

    @asynccontextmanager
    async def stream(self, request: ResponsesRequest) -> AsyncIterator[AsyncIterator[str]]:
        """As ``CodexClient.stream``."""
        reply = self.replies[min(len(self.streams), len(self.replies) - 1)]
        seen = Stream(request, _now())
        self.streams.append(seen)
        self.most_open = max(self.most_open, self.open)
        try:
            yield _pieces(reply, seen)
        finally:
            if reply.closing:
                await asyncio.sleep(reply.closing)
            seen.closed = _now()

    async def models(self) -> tuple[Model, ...]:
        """As ``CodexClient.models``."""
        return MODELS


async def _pieces(reply: Reply, seen: Stream) -> AsyncIterator[str]:
    await asyncio.sleep(reply.first)
    for piece in reply.pieces:
        seen.given.append(piece)
        yield piece
        await asyncio.sleep(reply.between)
    if reply.error:
        raise reply.error


def _now() -> float:
    return asyncio.get_running_loop().time()
