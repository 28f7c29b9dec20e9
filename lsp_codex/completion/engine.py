"""CompletionEngine owns what runs for ghost text: one request per document, who waits for it, what is remembered."""

from __future__ import annotations

import time
from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable
    from contextlib import AbstractAsyncContextManager

    from lsp_codex import config
    from lsp_codex.backend.models import Model
    from lsp_codex.backend.request import ResponsesRequest
    from lsp_codex.text import Snapshot, Span


class Trigger(Enum):
    """Why the editor asks: the user typed or moved, or asked by hand."""

    AUTOMATIC = "automatic"
    INVOKED = "invoked"


@dataclass(frozen=True, slots=True)
class Suggestion:
    """Text to insert and the span of the snapshot that it replaces; the span lies within one line."""

    text: str
    replace: Span


@dataclass(frozen=True, slots=True)
class Statistics:
    """What happened so far; the times are medians of the last requests, in milliseconds, None before the first."""

    requests: int = 0
    joined: int = 0
    from_cache: int = 0
    shown: int = 0
    first_token_ms: float | None = None
    total_ms: float | None = None


class Client(Protocol):
    """What we need of ``backend.client.CodexClient``."""

    def stream(self, request: ResponsesRequest) -> AbstractAsyncContextManager[AsyncIterator[str]]:
        """The pieces of the answer; leaving the block closes the connection."""
        ...

    async def models(self) -> tuple[Model, ...]:
        """The models of the account."""
        ...


class CompletionEngine:
    """Answers "what could stand here?" for all documents of a session."""

    def __init__(self, client: Client, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._client = client
        self._clock = clock

    async def complete(
        self,
        snapshot: Snapshot,
        offset: int,
        trigger: Trigger,
        settings: config.Completion,
        *,
        client_wait: float = 0.0,
    ) -> tuple[Suggestion, ...]:
        """Suggestions for ``offset`` of ``snapshot``; interface only for now, the body follows."""
        return ()

    def statistics(self) -> Statistics:
        """What happened so far."""
        return Statistics()

    def forget(self, uri: str) -> None:
        """Drop everything about a document that was closed."""

    async def aclose(self) -> None:
        """Stop what runs."""
