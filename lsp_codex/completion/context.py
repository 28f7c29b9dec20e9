"""CompletionContext owns what is known about one place in a document: the text around it and how it lies; pure.

Every cut is made before anything is searched, so that the cost depends on the budget and not on the document.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import Enum
from functools import cached_property
from itertools import pairwise
from typing import TYPE_CHECKING

from lsp_codex.completion.layout import Layout
from lsp_codex.text import shown_path

if TYPE_CHECKING:
    from lsp_codex.text import Snapshot

PREFIX_BUDGET = 12_000
"""Characters before the cursor at most: about 3,000 tokens, three times what follows it."""
SUFFIX_BUDGET = 4_000
PREFIX_STEP = 2_000
"""The prefix begins on this grid, so that typing does not move its beginning and the prompt cache keeps hitting."""
BORDER_SEARCH = 1_000
"""How far a cut may move to reach a line border; a longer line is cut where it is."""

_OPENERS = (":", "{", "(", "[", "=>", "->", " do", " then", " begin")
_INDENT = re.compile(r"[^\S\r\n]*")
_STEP = re.compile(r"^(?:\t+|( {2,40}))(?=[^\s*])", re.MULTILINE)
MAX_LINES = 24
"""Lines of a suggestion, if the user does not say: nobody reads more ghost text than that before accepting it."""
STEPS = 2_000
"""Characters above the cursor that are looked at for how the document is indented."""


class Scope(Enum):
    """How much is wanted at a place."""

    LINE = "line"
    BLOCK = "block"


@dataclass(frozen=True)
class CompletionContext:
    """One place: ``prefix`` and ``suffix`` are the document's own text, ``start`` is the offset of the prefix.

    Without slots, since what is derived from the text is computed once, when first asked for.
    ``max_lines`` are wanted at most.
    """

    uri: str
    language: str
    path: str
    start: int
    offset: int
    prefix: str
    suffix: str
    max_lines: int = MAX_LINES

    @cached_property
    def line_before(self) -> str:
        """What stands on the line left of the cursor; of a line longer than the budget, its end."""
        return self.prefix[max(self.prefix.rfind("\n"), self.prefix.rfind("\r")) + 1 :]

    @cached_property
    def line_after(self) -> str:
        """What stands on the line right of the cursor, without the newline."""
        ends = [found for mark in "\r\n" if (found := self.suffix.find(mark)) >= 0]
        return self.suffix[: min(ends, default=len(self.suffix))]

    @cached_property
    def following(self) -> tuple[str, ...]:
        """The lines below the cursor's, as far as the budget reaches, without newlines."""
        return tuple(normalised(self.suffix[len(self.line_after) :]).split("\n")[1:])

    @cached_property
    def layout(self) -> Layout:
        """How the code around the place is laid out."""
        return Layout(normalised(self.prefix), normalised(self.suffix), self.language)

    @property
    def indent(self) -> str:
        """The white space that the line begins with, left of the cursor."""
        found = _INDENT.match(self.line_before)
        return found[0] if found else ""

    @cached_property
    def indent_unit(self) -> str:
        """One step of indentation as the lines around have it: a tab, some spaces, "" where nothing is indented."""
        widths = [len(found[1] or "") for found in _STEP.finditer(self.prefix[-STEPS:] + self.suffix[: STEPS // 4])]
        spaces = [width for width in widths if width]
        if len(spaces) < len(widths) - len(spaces):
            return "\t"
        steps = [abs(one - other) for one, other in pairwise((0, *spaces)) if abs(one - other) > 1]
        return " " * max(set(steps), key=lambda step: (steps.count(step), -step)) if steps else ""

    @cached_property
    def newline(self) -> str:
        """The newline used around the cursor: below it if there is one, else above."""
        mark = re.search(r"\r\n|\n|\r", self.suffix) or re.search(r"\r\n|\n|\r", self.prefix)
        return mark[0] if mark else "\n"

    @property
    def at_line_end(self) -> bool:
        """Whether nothing but white space follows on the line."""
        return not self.line_after.strip()

    @property
    def on_blank_line(self) -> bool:
        """Whether the line holds nothing but white space."""
        return self.at_line_end and not self.line_before.strip()

    @property
    def mid_word(self) -> bool:
        """Whether the cursor stands inside a word."""
        return _is_word(self.line_before[-1:]) and _is_word(self.line_after[:1])

    @property
    def after_word(self) -> bool:
        """Whether the last character is part of a word that may still grow."""
        return _is_word(self.line_before[-1:])

    @property
    def scope(self) -> Scope:
        """A block on a blank line and where the line opens one, else, and if one line is all, the rest of it."""
        opens = self.at_line_end and self.line_before.rstrip().endswith(_OPENERS)
        return Scope.BLOCK if self.max_lines > 1 and (opens or self.on_blank_line) else Scope.LINE


def gather(snapshot: Snapshot, offset: int, max_lines: int = MAX_LINES) -> CompletionContext:
    """The context of ``offset``, which is an index into ``snapshot.text``. Raises ``ValueError`` if it is not."""
    text = snapshot.text
    if not 0 <= offset <= len(text):
        raise ValueError("the offset lies outside of the document")
    start, end = _prefix_start(text, offset), _suffix_end(text, offset)
    return CompletionContext(
        uri=snapshot.uri,
        language=snapshot.language,
        path=shown_path(snapshot.uri),
        start=start,
        offset=offset,
        prefix=text[start:offset],
        suffix=text[offset:end],
        max_lines=max_lines,
    )


def normalised(text: str) -> str:
    """The text with ``\\n`` as its only newline."""
    return text.replace("\r\n", "\n").replace("\r", "\n")


def _prefix_start(text: str, offset: int) -> int:
    low = offset - PREFIX_BUDGET
    if low <= 0:
        return 0
    low = -(-low // PREFIX_STEP) * PREFIX_STEP
    border = re.search(r"\r\n|\n|\r(?!\n)", text[low : low + BORDER_SEARCH])
    return low + border.end() if border else low


def _suffix_end(text: str, offset: int) -> int:
    high = offset + SUFFIX_BUDGET
    if high >= len(text):
        return len(text)
    border = max(text.rfind(mark, high - BORDER_SEARCH, high - 1) for mark in "\r\n")
    if border < 0:
        return high
    return border + (2 if text[border : border + 2] == "\r\n" else 1)


def _is_word(character: str) -> bool:
    return character.isalnum() or character == "_"
