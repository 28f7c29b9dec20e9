"""Visits owns where the user has been lately: places edited and looked at, which move as lines come and go."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, replace

KEPT = 24
NEAR = 12
"""Rows: closer than this to a place of the same document is the same place."""


@dataclass(frozen=True, slots=True)
class Visit:
    """A row, from 0, of a document, and whether something was changed there."""

    uri: str
    row: int
    edited: bool


class Visits:
    """The last places, newest first; bounded."""

    def __init__(self, size: int = KEPT) -> None:
        self._visits: deque[Visit] = deque(maxlen=size)

    def viewed(self, uri: str, row: int) -> None:
        """The cursor stands in ``row``."""
        self._put(Visit(uri, row, edited=any(each.edited for each in self._near(uri, row))))

    def edited(self, uri: str, first: int, last: int, rows: int) -> None:
        """What stood in the rows from ``first`` to ``last`` was replaced by a text of ``rows`` rows."""
        moved = rows - (last - first + 1)
        if moved or last > first:
            visits = (
                replace(each, row=each.row + moved) if each.uri == uri and each.row > last else each
                for each in self._visits
                if each.uri != uri or not first <= each.row <= last
            )
            self._visits = deque(visits, self._visits.maxlen)
        self._put(Visit(uri, first + rows - 1, edited=True))

    def closed(self, uri: str) -> None:
        """The document is no longer open."""
        self._visits = deque((each for each in self._visits if each.uri != uri), self._visits.maxlen)

    def places(self) -> tuple[Visit, ...]:
        """The places, newest first."""
        return tuple(self._visits)

    def _near(self, uri: str, row: int) -> list[Visit]:
        return [each for each in self._visits if each.uri == uri and abs(each.row - row) < NEAR]

    def _put(self, visit: Visit) -> None:
        newest = self._visits[0] if self._visits else None
        if newest is not None and newest.uri == visit.uri and abs(newest.row - visit.row) < NEAR:
            # The usual key: one place moves, the others stay as they are.
            self._visits[0] = visit
            return
        near = self._near(visit.uri, visit.row)
        kept = (each for each in self._visits if each not in near)
        self._visits = deque((visit, *kept), self._visits.maxlen)
        while len(self._visits) > (self._visits.maxlen or KEPT):
            self._visits.pop()
