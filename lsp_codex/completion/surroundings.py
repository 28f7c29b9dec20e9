"""Surroundings: what a request says beside the document itself; gathered when it really goes out."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum


class Source(Enum):
    """Why a piece of another place is worth its room; the better reasons come first."""

    DEFINITION = "defines a name that stands near the cursor"
    EDITED = "was edited a moment ago"
    IMPORTED = "defines a name that the document imports"
    VIEWED = "was looked at a moment ago"


@dataclass(frozen=True, slots=True)
class Piece:
    """Whole lines of an open document, ``\\n`` between them: ``line`` is the number of the first, counted from 1.

    ``path`` is what is sent of its address ``uri``.
    """

    uri: str
    path: str
    language: str
    line: int
    text: str
    source: Source


@dataclass(frozen=True, slots=True)
class Diagnosis:
    """What a checker says about a line; ``error`` or else a warning.

    In a document lines are counted from 1, in :class:`Surroundings` from the cursor's: -1 is the one above it.
    """

    line: int
    message: str
    error: bool = True


@dataclass(frozen=True, slots=True)
class Surroundings:
    """Pieces in the order in which they are sent, diagnoses by line, and the user's own instructions."""

    pieces: tuple[Piece, ...] = ()
    diagnoses: tuple[Diagnosis, ...] = ()
    instructions: str = ""
