"""How the code around a place is laid out: its unit of indentation, the depth of a block; pure, bounded."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from lsp_codex.completion import scan

if TYPE_CHECKING:
    from collections.abc import Sequence

TAB = 4
"""Columns that a tab counts where depths are compared; any number does, as long as it is the same."""
LOOK = 4_000
"""Characters on either side that are looked at."""
LINES = 40
"""Lines above the cursor that are kept apart."""

_DIRECTIVE = re.compile(r"^[ \t]*#[ \t]*(?:if|else|elif|endif)", re.MULTILINE)
BRANCH = re.compile(r"^[ \t]*#[ \t]*(?:else|elif)\b", re.MULTILINE)
"""Both branches of a condition of the preprocessor stand in the text, and their brackets do not add up."""


@dataclass(frozen=True, slots=True)
class Style:
    """A document that keeps to one kind of indentation: its step in columns, by tabs or by spaces.

    ``steps`` are those that blocks take here; more than one where the code is not of one hand.
    """

    unit: int
    tabs: bool
    steps: frozenset[int]


@dataclass(frozen=True)
class Layout:
    """What the text before and after the cursor tells, its newlines being ``\\n``; computed when asked for."""

    prefix: str
    suffix: str
    language: str

    @cached_property
    def style(self) -> Style | None:
        """The style around the place; None where it is mixed or nothing is indented."""
        lines = [*_code_lines(self.above, self.tokens_above), *_code_lines(*self._below)]
        indents = [line[: len(line) - len(line.lstrip(" \t"))] for line in lines]
        tabbed = sum(indent.startswith("\t") for indent in indents)
        spaced = sum(indent.startswith("  ") for indent in indents)
        if tabbed > 9 * spaced:
            return Style(TAB, tabs=True, steps=frozenset({TAB}))
        if not spaced or tabbed * 9 > spaced:
            return None
        pairs = [
            (line, len(after) - len(before)) for line, before, after in zip(lines, indents, indents[1:], strict=False)
        ]
        blocks = Counter(step for line, step in pairs if 1 < step < 9 and line.rstrip().endswith(("{", ":")))
        # Continuation lines are deeper by more than a step, never by less.
        steps = blocks or Counter(step for _, step in pairs if 1 < step < 9)
        usual = frozenset(step for step, count in steps.items() if count * 5 >= sum(steps.values()))
        return Style(min(usual, default=4), tabs=False, steps=usual)

    @cached_property
    def block_depth(self) -> int | None:
        """The depth of the block that the cursor's line opens with ``{`` or ``:``; None if it cannot be told.

        It is where the block's closing bracket stands below, or where its header begins, which may be lines above.
        """
        if self.prefix.rstrip().endswith("{"):
            return _first_closing(*self._below)
        return _header(self.above, self.tokens_above)

    @cached_property
    def inside_text(self) -> bool:
        """Whether the cursor stands in a string or a comment, as far as the code shortly above tells."""
        return bool(scan.open_at_end(self.above, self.tokens_above))

    @cached_property
    def lines_above(self) -> tuple[str, ...]:
        """The last lines before the cursor, its own beginning included."""
        return tuple(self.prefix[-LINES * 100 :].split("\n")[-LINES - 1 :])

    @cached_property
    def above(self) -> str:
        """The text shortly before the cursor, from the beginning of a line outside of comments."""
        return self.prefix if len(self.prefix) <= LOOK else scan.from_code(self.prefix[-LOOK:], self.language)

    @cached_property
    def tokens_above(self) -> list[scan.Token]:
        """The tokens of :attr:`above`."""
        return scan.tokens(self.above, self.language)

    @cached_property
    def _below(self) -> tuple[str, list[scan.Token]]:
        below = self.suffix[:LOOK]
        return below, scan.tokens(below, self.language)


def width(line: str) -> int:
    """Columns of white space that ``line`` begins with."""
    expanded = line.expandtabs(TAB)
    return len(expanded) - len(expanded.lstrip(" "))


def code(line: str, language: str) -> str:
    """``line`` without a comment at its end."""
    found = scan.tokens(line, language)
    last = found[-1] if found else None
    if last is None or last.kind != "skip" or last.text[0] in "\"'`[r" or last.start + len(last.text) < len(line):
        return line
    return line[: last.start]


def _code_lines(text: str, found: Sequence[scan.Token]) -> list[str]:
    inside = scan.lines_inside(text, found)
    return [line for number, line in enumerate(text.split("\n")) if line.strip() and number not in inside]


def _first_closing(below: str, found: Sequence[scan.Token]) -> int | None:
    """The depth of the line that the first unmatched bracket of ``below`` begins; None if it does not begin one."""
    opened = 0
    for token in found:
        if token.kind != "mark":
            continue
        if token.text in scan.CLOSES:
            opened += 1
        elif opened:
            opened -= 1
        else:
            if _DIRECTIVE.search(below[: token.start]):
                return None
            before = below[below.rfind("\n", 0, token.start) + 1 : token.start]
            return (
                width(before + "x")
                if not before.strip() and token.text == "}" and "\n" in below[: token.start]
                else None
            )
    return None


def _header(above: str, found: Sequence[scan.Token]) -> int | None:
    """The depth of the line in which the brackets were opened that the last line closes, or of the last line."""
    start = above.rfind("\n") + 1
    opened: list[int] = []
    depth = width(above[start:])
    for token in found:
        if token.kind != "mark":
            continue
        if token.text in scan.CLOSES:
            opened.append(token.start)
        elif opened:
            partner = opened.pop()
            if token.start >= start > partner:
                depth = width(above[above.rfind("\n", 0, partner) + 1 :])
    return depth
