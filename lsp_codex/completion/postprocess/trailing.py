"""Removes blanks that nobody would see: at the end of the answer and on its empty lines."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from lsp_codex.completion.context import CompletionContext

_BLANK_LINE = re.compile(r"(?<=\n)[ \t]+(?=\n)")


def drop_blanks(text: str, place: CompletionContext) -> str:
    """``text`` without blanks on empty lines and at its end; before other text on the line, a last blank stays."""
    end = text.rstrip() if place.at_line_end else text.rstrip("\n")
    return _BLANK_LINE.sub("", end)
