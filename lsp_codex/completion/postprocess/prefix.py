"""Removes what the answer repeats of the code left of and above the cursor."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from lsp_codex.completion.context import CompletionContext

_LAST_WORD = re.compile(r"\w{2,}\Z")
LEAST = 3
"""A shorter beginning of a line, such as an opening bracket, may well be meant twice."""
SIGNIFICANT = 8
"""Letters and digits on lines above that are repeated; fewer may well be meant twice."""


def drop_repeated(text: str, place: CompletionContext) -> str:
    """``text`` without lines above, the line's beginning, its last word, its indentation, if it begins with them."""
    if (without := _without_lines_above(text.lstrip("\n"), place)) is not None:
        return without
    line, text = place.line_before, text if place.at_line_end else text.lstrip("\n")
    if line.strip() == "{" and text.startswith("{\n"):
        return text[1:]
    if not line.strip():
        return _without_indentation(text, line)
    for beginning in (line, line.lstrip()):
        certain = re.search(r"\w|\S\s+\S|^\s+\S", beginning)
        if len(beginning) >= LEAST and certain and text.startswith(beginning):
            return text[len(beginning) :]
    word = _LAST_WORD.search(line)
    if word and text.startswith(word[0]):
        return text[len(word[0]) :]
    return text.lstrip(" \t") if line[-1] in " \t" else text


def hold_back(text: str, place: CompletionContext) -> str:
    """Nothing as long as ``text``, of an answer that is arriving, may be no more than a repetition of lines above."""
    said = text.lstrip("\n")
    first, more, _ = said.partition("\n")
    if not more or not first.strip():
        return text
    repeats = any(
        each.startswith(said) or each.lstrip().startswith(said) for each in _beginnings(place, first.strip())
    )
    return "" if repeats else text


def _without_lines_above(text: str, place: CompletionContext) -> str | None:
    first = text.partition("\n")[0].strip()
    if "\n" not in text or not first:
        return None
    for above in _beginnings(place, first):
        for beginning in (above, above.lstrip(" \t")):
            lines = beginning if text.startswith(beginning) else beginning.rstrip(" \t")
            if len(re.findall(r"\w", lines)) < SIGNIFICANT or place.prefix.endswith(above * 2):
                continue  # too little, or a series that goes on
            if text.startswith(lines) and (lines == beginning or lines.endswith("\n")):
                left = text[len(lines) :]
                return left.lstrip(" \t") if place.on_blank_line else left
    return None


def _beginnings(place: CompletionContext, first: str) -> Iterator[str]:
    """What stands from each of the lines above to the cursor, the farthest first, if its first line is ``first``."""
    above = place.layout.lines_above
    for number in range(len(above) - 1):
        if above[number].strip() == first:
            yield "\n".join(above[number:])


def _without_indentation(text: str, line: str) -> str:
    given = text[: len(text) - len(text.lstrip(" \t"))]
    if line and text.startswith(line):
        return text[len(line) :]
    return text[len(given) :] if line and len(given.expandtabs(4)) <= len(line.expandtabs(4)) else text
