"""Diagnoses owns what checkers say about the open documents, as far as it is known and likely to be true still.

A language server sees what others find only where the editor asks for code actions, and for those lines only.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

    from lsp_codex.completion.surroundings import Diagnosis

CLOSE = 20
"""Lines from the cursor within which a diagnosis says something about it."""
SHOWN = 5
KEPT = 100
"""Diagnoses of a document at most, those heard last."""
TRUSTED = 60
"""Changes of a document, mostly keys, after which what was heard before is taken to be settled."""
LONGEST_MESSAGE = 200


@dataclass(frozen=True, slots=True)
class _Heard:
    diagnosis: Diagnosis
    change: int


class Diagnoses:
    """One for a session; lines are counted from 1."""

    def __init__(self) -> None:
        self._heard: dict[str, tuple[_Heard, ...]] = {}
        self._changes: Counter[str] = Counter()

    def heard(self, uri: str, first: int, last: int, diagnoses: Iterable[Diagnosis]) -> None:
        """``diagnoses`` are all that is said about the lines from ``first`` to ``last``; others stay as they were."""
        now = self._changes[uri]
        new = {_Heard(replace(each, message=_short(each.message)), now) for each in diagnoses if each.message.strip()}
        again = {(each.diagnosis.line, each.diagnosis.message) for each in new}
        old = (
            each
            for each in self._heard.get(uri, ())
            if not first <= each.diagnosis.line <= last and (each.diagnosis.line, each.diagnosis.message) not in again
        )
        self._heard[uri] = tuple(sorted((*new, *old), key=lambda each: -each.change)[:KEPT])

    def edited(self, uri: str, first: int, last: int, lines: int) -> None:
        """The lines from ``first`` to ``last`` were replaced by ``lines`` lines: what was said about them is gone.

        But for a change within one line, which mends something else as often.
        """
        self._changes[uri] += 1
        moved = lines - (last - first + 1)
        if moved and (known := self._heard.get(uri)):
            self._heard[uri] = tuple(
                _moved(each, moved) if each.diagnosis.line > last else each
                for each in known
                if not first < each.diagnosis.line <= last
            )

    def near(self, uri: str, line: int) -> tuple[Diagnosis, ...]:
        """The nearest to ``line``, errors first; in their order, told by their distance from it."""
        since = self._changes[uri] - TRUSTED
        distances = (
            replace(each.diagnosis, line=each.diagnosis.line - line)
            for each in self._heard.get(uri, ())
            if each.change >= since
        )
        close = (each for each in distances if abs(each.line) <= CLOSE)
        nearest = sorted(close, key=lambda each: (not each.error, abs(each.line), each.line, each.message))[:SHOWN]
        return tuple(sorted(nearest, key=lambda each: each.line))

    def closed(self, uri: str) -> None:
        """The document is no longer open."""
        self._heard.pop(uri, None)
        self._changes.pop(uri, None)


def _moved(heard: _Heard, lines: int) -> _Heard:
    return replace(heard, diagnosis=replace(heard.diagnosis, line=heard.diagnosis.line + lines))


def _short(message: str) -> str:
    return " ".join(message[: 10 * LONGEST_MESSAGE].split())[:LONGEST_MESSAGE]
