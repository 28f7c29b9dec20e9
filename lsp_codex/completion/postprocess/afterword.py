"""Removes what a chat model says after the code."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from lsp_codex.completion import scan
from lsp_codex.completion.postprocess.chatter import is_prose_document

if TYPE_CHECKING:
    from lsp_codex.completion.context import CompletionContext

# Four words at least, from a capital letter to a full stop, at the margin: no language's code looks like that.
_SENTENCE = re.compile(r"(?:\*\*|[-*] )?[A-Z`][\w'’`*]*(?:[,;:]? [\w'’`\"“”(*][^=;{}\[\]]*?){3,}[.!?:](?:\*\*)?")


def drop_end(text: str, place: CompletionContext) -> str:
    """``text`` without last paragraphs that speak to a person, unless it stands in prose, a string or a comment."""
    if "\n\n" not in text or is_prose_document(place) or place.layout.inside_text:
        return text
    lines, inside = text.split("\n"), scan.lines_inside(text, place.language)
    end = number = len(lines)
    while number > 1:
        number -= 1
        if not lines[number].strip():
            end = number
        elif number in inside or not _SENTENCE.fullmatch(lines[number].rstrip()):
            break
    # A paragraph of its own, or nothing: ``end`` is the blank line before it.
    said = any(line.strip() for line in lines[end:])
    return "\n".join(lines[:end]).rstrip("\n") if said else text
