"""Outcome: what becomes of a model's answer, as a sum type: an edit, a new file, text to read, or nothing."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from lsp_codex.text import Edit


@dataclass(frozen=True, slots=True)
class Change:
    """Edits of the snapshot that was asked about, in order, none touching another."""

    edits: tuple[Edit, ...]


@dataclass(frozen=True, slots=True)
class NewFile:
    """A file to be created at ``path``."""

    path: str
    text: str


@dataclass(frozen=True, slots=True)
class Answered:
    """An answer that cannot be put into the document: ``why`` is a part of a sentence, ``text`` the answer."""

    text: str
    why: str


@dataclass(frozen=True, slots=True)
class Nothing:
    """No edit: ``why`` is a sentence for a person."""

    why: str


Outcome = Change | NewFile | Answered | Nothing
