"""Surroundings: what a request says beside the document itself; gathered when it really goes out."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum


class Source(Enum):
    """Why a piece of another place is worth its room; the better reasons come first."""

    DEFINITION = "defines a name that stands near the cursor"
    EDITED = "was edited a moment ago"
    VIEWED = "was looked at a moment ago"
    SIMILAR = "resembles what stands around the cursor"


@dataclass(frozen=True, slots=True)
class Piece:
    """Whole lines of an open document, ``\\n`` between them: ``line`` is the number of the first, counted from 1."""

    path: str
    language: str
    line: int
    text: str
    source: Source


@dataclass(frozen=True, slots=True)
class Diagnosis:
    """What a checker says about a line of the document, counted from 1; ``error`` or else a warning."""

    line: int
    message: str
    error: bool = True


@dataclass(frozen=True, slots=True)
class Surroundings:
    """Pieces in the order in which they are sent, diagnoses by line, and the user's own wishes; empty by default."""

    pieces: tuple[Piece, ...] = ()
    diagnoses: tuple[Diagnosis, ...] = ()
    instructions: str = ""
