"""Recent owns what became of the last answer for each document, for whoever asks why; bounded."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from lsp_codex.completion.context import CompletionContext
    from lsp_codex.completion.postprocess import Outcome

SIZE = 16
"""Documents; what is kept is source text."""


@dataclass(frozen=True, slots=True)
class Last:
    """The last answer at a place: what the filters made of each of its suggestions; whether it was complete."""

    place: CompletionContext
    outcomes: tuple[Outcome, ...]
    complete: bool


class Recent:
    """The last answers, the newest at the end."""

    def __init__(self, size: int = SIZE) -> None:
        self._size = size
        self._last: dict[str, Last] = {}

    def put(self, last: Last) -> None:
        """Keep ``last`` instead of what was known about its document."""
        self._last.pop(last.place.uri, None)
        self._last[last.place.uri] = last
        if len(self._last) > self._size:
            del self._last[next(iter(self._last))]

    def get(self, uri: str) -> Last | None:
        """The last answer for a document."""
        return self._last.get(uri)

    def forget(self, uri: str) -> None:
        """Drop what is known about one document."""
        self._last.pop(uri, None)
