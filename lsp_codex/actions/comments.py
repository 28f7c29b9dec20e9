"""The comment or docstring at the cursor: where it is, what it says, and making a text a comment again; pure."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from lsp_codex.actions import answer, blocks, lines, scanning
from lsp_codex.text import Span

if TYPE_CHECKING:
    from lsp_codex.actions.languages import Language
    from lsp_codex.actions.place import Place

LOOK = 10_000
"""Characters before and after the cursor in which a comment of several lines is looked for."""

_TRIPLE = re.compile(r'[rRuUbBfF]{0,2}("""|\'\'\')(?:\\.|[^\\])*?\1', re.DOTALL)
_MARKS = re.compile(
    r"^[ \t]*(?:#+!?|//+!?|/\*+|\*/|\*|--+|;+|%+|<!--|-->|\"\"\"|''')?[ \t]*|[ \t]*(?:\*/|-->|\"\"\")[ \t]*$"
)


@dataclass(frozen=True, slots=True)
class Comment:
    """A comment of one or several lines; ``standalone``: nothing but it stands on its lines."""

    span: Span
    standalone: bool = True

    def words(self, place: Place) -> str:
        """What it says, on one line and without marks, as a prompt can quote it."""
        rows = lines.normalised(place.text[self.span.start : self.span.end]).split("\n")
        return " ".join(word for row in rows if (word := _MARKS.sub("", row).strip()))[:400]


def at(place: Place) -> Comment | None:
    """The comment at the cursor: neighbouring lines of comment are one; in Python docstrings count too."""
    ways = (_line_comments, _docstring, _block_comment, _behind_code)
    return next((found for way in ways if (found := way(place)) is not None), None)


def without(text: str, language: Language) -> str:
    """``text`` without its comments; everything else stays, line breaks too."""
    parts, end = [], 0
    for kind, start, stop in scanning.tokens(text, language):
        if kind == "comment":
            parts.append(text[end:start])
            end = stop
    return "".join([*parts, text[end:]])


def marked(said: str, original: str, language: Language) -> str | None:
    """``said`` as a comment with the marks that ``original`` has; None if it is code."""
    text = _without_lead(said.strip("\n"))
    opening = re.match(r'[ \t]*([rRuUbBfF]{0,2}("""|\'\'\')|/\*+|<!--|--\[\[)', original)
    if opening is not None:
        mark = opening[2] or opening[1]
        close = mark if opening[2] else {"<!--": "-->", "--[[": "]]"}.get(mark, "*/")
        if not text.strip().startswith(opening[1]) and not text.strip().startswith(mark):
            if mark in text or close in text:
                return None
            head = original[: opening.end()] + _first_gap(original, opening.end())
            text = f"{head}{text.strip()}{_last_gap(original, close)}{close}"
        return text if text.rstrip().endswith(close) else None
    rows = text.split("\n")
    prefix = re.match(r"[ \t]*(?:#+|//+!?|--+|;+|%+)[ \t]?", original)
    if prefix is None:
        return text
    bare = prefix[0].strip()
    if bare.startswith("//") and any(row.rstrip().endswith("\\") for row in rows):
        return None  # in C it takes the next line into the comment
    if all(row.strip().startswith(bare) for row in rows if row.strip()):
        return "\n".join(row.strip() for row in rows)
    if any(row.strip().startswith(bare) for row in rows) or scanning.left_open(text, language):
        return None
    return "\n".join(f"{prefix[0]}{row.strip()}".rstrip() for row in rows)


def _without_lead(said: str) -> str:
    """What follows a line such as "Here is the translation:" that has a blank line after it."""
    lead, gap, rest = said.partition("\n\n")
    return rest if gap and lead.rstrip().endswith(":") and answer.is_prose(lead) else said


def _line_comments(place: Place) -> Comment | None:
    text, row = place.text, lines.line_start(place.text, place.selection.start)
    if not _is_comment(place, lines.line_at(text, row)):
        return None
    first = last = row
    while first > 0:
        above = lines.line_start(text, first - (2 if text[first - 2 : first] == "\r\n" else 1))
        if not _is_comment(place, lines.line_at(text, above)) or row - above > LOOK:
            break
        first = above
    while (end := lines.line_end(text, last)) < len(text):
        below = end + (2 if text[end : end + 2] == "\r\n" else 1)
        if not _is_comment(place, lines.line_at(text, below)) or below - row > LOOK:
            break
        last = below
    start = first + len(lines.margin(lines.line_at(text, first)))
    return Comment(Span(start, lines.line_end(text, last)))


def _docstring(place: Place) -> Comment | None:
    """From the header of the block on, or a little before the cursor: quotes are paired from there."""
    if not place.is_python:
        return None
    text, at_ = place.text, place.selection.start
    block = blocks.near(place)
    low = block.span.start if block else lines.line_start(text, max(0, at_ - LOOK))
    for found in _TRIPLE.finditer(text, low, min(len(text), at_ + LOOK)):
        if found.start() > at_:
            break
        if at_ <= found.end() and not text[lines.line_start(text, found.start()) : found.start()].strip():
            return Comment(Span(found.start(), found.end()), standalone=False)
    return None


def _block_comment(place: Place) -> Comment | None:
    text, at_ = place.text, place.selection.start
    for begin, end in place.language.block:
        start = text.rfind(begin, max(0, at_ - LOOK), at_ + len(begin) - 1)
        stop = text.find(end, start + len(begin), at_ + LOOK) if start >= 0 else -1
        if stop >= 0 and at_ <= stop + len(end):
            stop += len(end)
            before = text[lines.line_start(text, start) : start]
            return Comment(
                Span(start, stop), not before.strip() and not text[stop : lines.line_end(text, stop)].strip()
            )
    return None


def _behind_code(place: Place) -> Comment | None:
    row = lines.line_start(place.text, place.selection.start)
    for kind, start, end in scanning.tokens(place.line if len(place.line) <= LOOK else "", place.language):
        if kind == "comment" and row + start <= place.selection.start <= row + end:
            return Comment(Span(row + start, row + end), standalone=False)
    return None


def _is_comment(place: Place, line: str) -> bool:
    return line.lstrip().startswith(place.language.line) if place.language.line else False


def _first_gap(original: str, at_: int) -> str:
    found = re.match(r"\s*(?:\* )?", original[at_:])
    return found[0] if found else ""


def _last_gap(original: str, close: str) -> str:
    found = re.search(r"\s*$", original[: original.rstrip().rfind(close)])
    return found[0] if found else ""
