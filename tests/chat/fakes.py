"""FakeClient: a scripted model for conversations; it records what it was asked and whether each stream was closed."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from lsp_codex.backend.asking import Part, Whole
from lsp_codex.backend.models import Model
from lsp_codex.backend.request import Message
from lsp_codex.text import Snapshot

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from lsp_codex.backend.request import ResponsesRequest

MODELS = (
    Model("gpt-big", "Big", efforts=("low", "high"), default_effort="low", context_window=100_000, priority=1),
    Model("gpt-mini", "Mini", efforts=("low",), tiers=("priority",), lite=True, priority=2),
)
THOUGHT = '{"type":"reasoning","summary":[],"encrypted_content":"abc"}'
APP = Snapshot("file:///home/anna/demo/src/app.py", "python", 3, "import sys\n\n\ndef main():\n    sys.exit(0)\n")


@dataclass(frozen=True, slots=True)
class Reply:
    """An answer in pieces, a virtual tenth of a second apart, with ``thoughts`` before; or ``error`` at its end."""

    pieces: tuple[str, ...] = ()
    error: Exception | None = None
    thoughts: tuple[str, ...] = ()


@dataclass(slots=True)
class FakeClient:
    """Replies in order. ``account`` is who is signed in."""

    replies: list[Reply] = field(default_factory=list)
    account: object = "anna"
    models_error: Exception | None = None
    asked: list[ResponsesRequest] = field(default_factory=list)
    closed: int = 0

    async def models(self) -> tuple[Model, ...]:
        """The list, after a turn of the loop."""
        await asyncio.sleep(0)
        if self.models_error is not None:
            raise self.models_error
        return MODELS

    @asynccontextmanager
    async def converse(self, request: ResponsesRequest) -> AsyncIterator[AsyncIterator[Part]]:
        """As ``CodexClient.converse``."""
        self.asked.append(request)
        try:
            yield self._parts(self.replies.pop(0))
        finally:
            self.closed += 1

    async def _parts(self, reply: Reply) -> AsyncIterator[Part]:
        for piece in reply.pieces:
            await asyncio.sleep(0.1)
            yield piece
        if reply.error is not None:
            raise reply.error
        yield Whole((Message("assistant", "".join(reply.pieces), None, reply.thoughts),))
