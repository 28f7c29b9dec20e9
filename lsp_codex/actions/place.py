"""Place: what a code action is asked about, the selection and what the editor has found there; and blocks around it.

A Place is cheap to make and to look at: it is made at every movement of the cursor.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from functools import cached_property
from typing import TYPE_CHECKING

from lsp_codex.actions import languages, lines
from lsp_codex.text import Span

if TYPE_CHECKING:
    from lsp_codex.actions.languages import Language
    from lsp_codex.text import Snapshot


@dataclass(frozen=True, slots=True)
class Finding:
    """A diagnostic of some tool: where, what it says, its code and who says so."""

    span: Span
    message: str
    code: str | None = None
    source: str | None = None


class BlockKind(Enum):
    """What a block is, in a word that a menu can show."""

    FUNCTION = "function"
    CLASS = "class"
    BLOCK = "block"


@dataclass(frozen=True, slots=True)
class Block:
    """A function, a class or another block: whole lines of the document, decorators and comments above included."""

    kind: BlockKind
    name: str
    span: Span


@dataclass(frozen=True)
class Place:
    """One selection (empty: a cursor) in one snapshot. Without slots, as what is derived is computed when asked for.

    ``instruction`` is what the user says is to be done, ``new_file`` the path that a
    new file would get, and ``import_name`` what the document is imported as from there.
    """

    snapshot: Snapshot
    selection: Span
    findings: tuple[Finding, ...] = ()
    instruction: str | None = None
    new_file: str | None = None
    import_name: str | None = None

    @property
    def text(self) -> str:
        """The whole document."""
        return self.snapshot.text

    @cached_property
    def language(self) -> Language:
        """What is known of the document's language."""
        return languages.of(self.snapshot.language)

    @property
    def is_python(self) -> bool:
        """Whether Python's own parser can be asked."""
        return languages.is_python(self.snapshot.language)

    @cached_property
    def line(self) -> str:
        """The line of the cursor, or of the selection's start."""
        return lines.line_at(self.text, self.selection.start)

    @cached_property
    def selected(self) -> str:
        """The selected text; "" if it is blank, one character or one name: nobody chose that to be worked on.

        Helix' cursor is a selection of one character, and Eglot asks about the name at point (seen in both).
        """
        text = self.text[self.selection.start : self.selection.end]
        return "" if not text.strip() or len(text) == 1 or text.isidentifier() else text

    @cached_property
    def newline(self) -> str:
        """The document's line end."""
        return lines.newline(self.text)

    def chosen(self) -> Span | None:
        """What is selected: whole lines if there are several, else exactly that without blanks; None if nothing."""
        if not self.selected:
            return None
        if "\n" in self.selected.strip("\r\n") or "\r" in self.selected.strip("\r\n"):
            return lines.whole(self.text, self.selection)
        lead = len(self.selected) - len(self.selected.lstrip())
        start = self.selection.start + lead
        return Span(start, start + len(self.selected.strip()))
