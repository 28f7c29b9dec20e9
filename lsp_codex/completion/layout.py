"""How the code around a place is laid out: its unit of indentation, the depth of a block; pure, in a bounded window."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

from lsp_codex.completion import scan
from lsp_codex.completion.context import normalised

if TYPE_CHECKING:
    from lsp_codex.completion.context import CompletionContext

TAB = 4
"""Columns that a tab counts where depths are compared; any number does, as long as it is the same."""
LOOK = 4_000
"""Characters on either side that are looked at."""

_INDENTED = re.compile(r"^([ \t]*)\S", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Style:
    """A document that keeps to one kind of indentation: its step in columns, by tabs or by spaces."""

    unit: int
    tabs: bool


def style(place: CompletionContext) -> Style | None:
    """The style around ``place``; None where it is mixed or nothing is indented."""
    around = normalised(place.prefix[-LOOK:]) + "\n" + normalised(place.suffix[:LOOK])
    indents = [found[1] for found in _INDENTED.finditer(around)]
    tabbed = sum(indent.startswith("\t") for indent in indents)
    spaced = sum(indent.startswith("  ") for indent in indents)
    if tabbed > 9 * spaced:
        return Style(TAB, tabs=True)
    if not spaced or tabbed * 9 > spaced:
        return None
    steps = Counter(
        len(after) - len(before)
        for before, after in zip(indents, indents[1:], strict=False)
        if 2 <= len(after) - len(before) <= 8
    )
    return Style(steps.most_common(1)[0][0] if steps else min(len(i) for i in indents if len(i) > 1), tabs=False)


def width(line: str) -> int:
    """Columns of white space that ``line`` begins with."""
    expanded = line.expandtabs(TAB)
    return len(expanded) - len(expanded.lstrip(" "))


def code(line: str, language: str) -> str:
    """``line`` without a comment at its end."""
    last = None
    for last in scan.tokens(line, language):
        pass
    comment = last is not None and last.kind == "skip" and last.text[0] not in "\"'`[r"
    return line[: last.start] if comment and last is not None and last.start + len(last.text) == len(line) else line


def block_depth(place: CompletionContext) -> int | None:
    """The depth of the block that the cursor's line opens with ``{`` or ``:``; None if it cannot be told.

    It is where the block's closing bracket stands below, or where its header begins, which may be lines above.
    """
    if place.line_before.rstrip().endswith("{"):
        closing = _first_closing(normalised(place.suffix[:LOOK]), place.language)
        return closing if closing is not None else None
    return _header(normalised(place.prefix[-LOOK:]), place.language)


def _first_closing(below: str, language: str) -> int | None:
    """The depth of the line that the first unmatched bracket of ``below`` begins; None if it does not begin one."""
    opened = 0
    for token in scan.tokens(below, language):
        if token.kind != "mark":
            continue
        if token.text in scan.CLOSES:
            opened += 1
        elif opened:
            opened -= 1
        else:
            before = below[below.rfind("\n", 0, token.start) + 1 : token.start]
            return width(before + "x") if not before.strip() and token.text == "}" and "\n" in below[: token.start] else None
    return None


def _header(above: str, language: str) -> int | None:
    """The depth of the line in which the brackets were opened that the last line closes, or of the last line."""
    start = above.rfind("\n") + 1
    opened: list[int] = []
    depth = width(above[start:])
    for token in scan.tokens(above, language):
        if token.kind != "mark":
            continue
        if token.text in scan.CLOSES:
            opened.append(token.start)
        elif opened:
            partner = opened.pop()
            if token.start >= start > partner:
                depth = width(above[above.rfind("\n", 0, partner) + 1 :])
    return depth


def inside_text(place: CompletionContext) -> bool:
    """Whether the cursor stands in a string or a comment, as far as the code shortly above tells."""
    above = normalised(place.prefix[-LOOK:])
    if len(place.prefix) > LOOK:
        above = above[above.find("\n") + 1 :]
    return bool(scan.open_at_end(above, place.language))
