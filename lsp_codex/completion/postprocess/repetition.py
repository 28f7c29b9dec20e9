"""Cuts an answer that goes round in circles: the same lines, or the same words, over and over."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from lsp_codex.completion.context import CompletionContext

LOOK = 80
"""Lines of an answer that are looked at; no more than a block's worth of them is ever shown."""
LONGEST = 24
"""Lines of a round at most."""
SIGNIFICANT = 12
"""Letters and digits in a block of several lines that stands twice; shorter ones may be meant."""
TIMES = 4
"""A single line may be meant twice or three times."""

_WORDS = re.compile(r"(.{10,200}?)\1{3,}")


def cut(text: str, place: CompletionContext) -> str:
    """``text`` up to where it begins to repeat what it has just said; the first round stays."""
    lines = text.split("\n", LOOK)[:LOOK]
    # The first line continues the cursor's, so what comes round again is the whole of that line.
    whole = [(place.line_before + lines[0]).strip(), *(line.strip() for line in lines[1:])]
    for number in range(1, len(whole)):
        if (length := _round(whole, number)) and number - length >= 0:
            return "\n".join(lines[:number]).rstrip("\n")
    circle = _WORDS.search(lines[0]) if len(lines[0]) >= 40 else None
    if circle and len(re.findall(r"\w", circle[1])) >= SIGNIFICANT:
        return lines[0][: circle.end(1)]
    return text


def _round(lines: Sequence[str], at: int) -> int:
    """How many lines just before ``at`` are said again from there on, to the end of the answer; 0 if none."""
    left = len(lines) - at
    for length in range(1, min(LONGEST, at) + 1):
        before, again = lines[at - length : at], lines[at : at + length]
        if not before[0] or before[0] != lines[at]:
            continue
        if length == 1:
            again = lines[at : at + TIMES - 1]
            if left >= TIMES - 1 and re.search(r"\w", before[0]) and set(again) == {before[0]}:
                return 1
            continue
        if before == again and _said(again) >= SIGNIFICANT:
            return length
        # Cut off within the second round, by the limit on lines or because the rest is still to come.
        begun = length > left >= 4 and before[: left - 1] == again[:-1] and before[left - 1].startswith(again[-1])
        if begun and _said(again) >= 3 * SIGNIFICANT:
            return length
    return 0


def _said(lines: Sequence[str]) -> int:
    return sum(len(re.findall(r"\w", line)) for line in lines)
