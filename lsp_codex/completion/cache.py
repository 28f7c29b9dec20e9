"""CompletionCache remembers what was suggested where, and answers when the user types through it; bounded, no I/O."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from lsp_codex.completion.context import CompletionContext

SIZE = 64
"""Suggestions kept over all documents; each holds its surroundings, up to 16,000 characters."""


@dataclass(frozen=True, slots=True)
class _Entry:
    place: CompletionContext
    text: str


class CompletionCache:
    """The last definite answers, newest first. An empty text says that nothing is to be suggested at its place."""

    def __init__(self, size: int = SIZE) -> None:
        self._entries: deque[_Entry] = deque(maxlen=size)

    def remember(self, place: CompletionContext, text: str) -> None:
        """``text`` is the definite answer for ``place``: never that of a failed, cancelled or cut off request."""
        self._entries.appendleft(_Entry(place, text))

    def find(self, place: CompletionContext) -> str | None:
        """What remains of the newest suggestion that leads through ``place``; None if the model has to be asked."""
        for entry in self._entries:
            typed = place.typed_since(entry.place)
            if typed is None:
                continue
            if (remainder := remaining(entry.text, typed)) is not None:
                return remainder
        return None

    def forget(self, uri: str) -> None:
        """Drop what is known about one document."""
        kept = [entry for entry in self._entries if entry.place.uri != uri]
        self._entries = deque(kept, maxlen=self._entries.maxlen)


def remaining(text: str, typed: str) -> str | None:
    """What of the suggestion ``text`` is left after ``typed``; None if it no longer fits or is used up.

    An empty text is an answer for its own place only: where one key was typed, the question is another.
    """
    if not typed:
        return text
    return text[len(typed) :] or None if text.startswith(typed) else None
