"""CompletionCache remembers what was suggested where, and answers when the user types through it; bounded, no I/O."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from typing import TYPE_CHECKING

from lsp_codex.completion.cover import covered
from lsp_codex.completion.typed import between

if TYPE_CHECKING:
    from collections.abc import Iterator

    from lsp_codex.completion.context import CompletionContext

SIZE = 64
"""Answers kept over all documents; each holds its surroundings, up to 16,000 characters."""


@dataclass(frozen=True, slots=True)
class Known:
    """What is left of an answer, the best first; "" alone says that nothing is to be suggested.

    ``several`` tells whether more than one was asked for.
    """

    texts: tuple[str, ...]
    several: bool = False


@dataclass(frozen=True, slots=True)
class _Entry:
    place: CompletionContext
    known: Known


class CompletionCache:
    """The last definite answers, newest first."""

    def __init__(self, size: int = SIZE) -> None:
        self._entries: deque[_Entry] = deque(maxlen=size)

    def remember(self, place: CompletionContext, texts: tuple[str, ...], *, several: bool = False) -> None:
        """``texts`` is the definite answer for ``place``: never that of a failed, cancelled or cut off request."""
        self._entries.appendleft(_Entry(place, Known(texts or ("",), several)))

    def find(self, place: CompletionContext) -> Known | None:
        """What remains of the newest answer that leads through ``place``; None if the model has to be asked.

        At the end of a suggestion nothing remains, and nothing is to be asked before the next key.
        """
        used_up = None
        for entry in self._entries:
            left = tuple(_left(entry, place))
            if any(left):
                return Known(tuple(text for text in left if text), entry.known.several)
            if left and used_up is None:
                used_up = Known(("",), entry.known.several)
        return used_up

    def forget(self, uri: str | None = None) -> None:
        """Drop what is known about one document, or all of them."""
        kept = [entry for entry in self._entries if uri is not None and entry.place.uri != uri]
        self._entries = deque(kept, maxlen=self._entries.maxlen)


def _left(entry: _Entry, place: CompletionContext) -> Iterator[str]:
    # Most entries are about another place: nobody has typed more than there is to type.
    if not 0 <= place.offset - entry.place.offset <= max(map(len, entry.known.texts)):
        return
    typed = between(entry.place, place)
    if typed is None:
        return
    for text in entry.known.texts:
        replaced = covered(text, entry.place.line_after) if typed.gone else 0
        if (left := typed.leaves(text, replaced)) is not None:
            yield left
