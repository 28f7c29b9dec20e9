"""Removes blanks that nobody would see: at the end of the answer and of its lines."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from lsp_codex.completion import scan
from lsp_codex.completion.postprocess.chatter import is_prose_document

if TYPE_CHECKING:
    from lsp_codex.completion.context import CompletionContext

_BLANK_LINE = re.compile(r"(?<=\n)[ \t]+(?=\n)")
_AT_THE_END = re.compile(r"(?<![ \t])[ \t]+(?=\n)")


def drop_blanks(text: str, place: CompletionContext) -> str:
    """``text`` without blanks on empty lines and at its end; before other text on the line, a last blank stays.

    At the end of a line that says something they are meant in prose, and in a string of several lines.
    """
    end = text.rstrip() if place.at_line_end else text.rstrip("\n")
    if not _AT_THE_END.search(end):
        return end
    prose = is_prose_document(place) or place.layout.inside_text or not scan.knows(place.language)
    kept = prose or scan.lines_inside(end, scan.tokens(end, place.language))
    return (_BLANK_LINE if kept else _AT_THE_END).sub("", end)
