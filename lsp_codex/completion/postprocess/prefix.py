"""Removes what the answer repeats of the line left of the cursor."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from lsp_codex.completion.context import CompletionContext

_LAST_WORD = re.compile(r"\w{2,}\Z")
LEAST = 3
"""A shorter beginning of a line, such as an opening bracket, may well be meant twice."""


def drop_repeated(text: str, place: CompletionContext) -> str:
    """``text`` without the line's beginning, its last word, its indentation or its last blank, if it repeats them."""
    line = place.line_before
    if not line.strip():
        return text[len(line) :] if line and text.startswith(line) else text
    for beginning in (line, line.lstrip()):
        if len(beginning) >= LEAST and re.search(r"\w", beginning) and text.startswith(beginning):
            return text[len(beginning) :]
    word = _LAST_WORD.search(line)
    if word and text.startswith(word[0]):
        return text[len(word[0]) :]
    return text.lstrip(" \t") if line[-1] in " \t" else text
