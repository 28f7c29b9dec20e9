"""Journal owns what happened to the last completions, for ``codex.explainCompletion``: in memory, bounded."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    from lsp_codex.backend.request import ResponsesRequest
    from lsp_codex.completion.context import CompletionContext
    from lsp_codex.completion.postprocess import Outcome

SIZE = 32
"""Entries kept over all documents; one may hold a request, up to 60,000 characters."""


@dataclass(frozen=True, slots=True)
class Unasked:
    """Nothing was asked at ``place``, because of ``why``: the end of a sentence that begins "nothing was asked: "."""

    place: CompletionContext
    why: str


@dataclass(frozen=True, slots=True)
class Remembered:
    """The cache answered for ``place`` with ``text``, "" for nothing."""

    place: CompletionContext
    text: str


@dataclass(frozen=True, slots=True)
class Sent:
    """``request`` went out for ``place``."""

    place: CompletionContext
    request: ResponsesRequest


@dataclass(frozen=True, slots=True)
class Received:
    """The model's ``answer`` to ``request``, and what the filters made of each suggestion in it.

    ``led_on`` unless something else was typed meanwhile; then nothing was made of it. ``complete`` unless it took too
    long; then its whole lines were used.
    """

    place: CompletionContext
    request: ResponsesRequest
    answer: str
    outcomes: tuple[Outcome, ...] = ()
    led_on: bool = True
    complete: bool = True


Entry: TypeAlias = "Unasked | Remembered | Sent | Received"


class Journal:
    """The last entries of all documents, in the order in which they came."""

    def __init__(self, size: int = SIZE) -> None:
        self._entries: deque[Entry] = deque(maxlen=size)

    def note(self, entry: Entry) -> None:
        """Keep ``entry``; the oldest goes."""
        self._entries.append(entry)

    def about(self, uri: str) -> tuple[Entry, ...]:
        """The entries of a document, oldest first."""
        return tuple(entry for entry in self._entries if entry.place.uri == uri)

    def forget(self, uri: str) -> None:
        """Drop what is known about one document."""
        self._entries = deque((entry for entry in self._entries if entry.place.uri != uri), self._entries.maxlen)
