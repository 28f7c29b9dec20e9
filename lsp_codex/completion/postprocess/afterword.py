"""Removes what a chat model says after the code."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lsp_codex.completion import scan
from lsp_codex.completion.postprocess.chatter import is_prose_document

if TYPE_CHECKING:
    from lsp_codex.completion.context import CompletionContext

_CODE = frozenset("=;{}[]<>\\|@#$%^&+~")


def drop_end(text: str, place: CompletionContext) -> str:
    """``text`` without last paragraphs that speak to a person, unless it stands in prose, a string or a comment."""
    if "\n\n" not in text or is_prose_document(place) or place.layout.inside_text:
        return text
    lines, inside = text.split("\n"), scan.lines_inside(text, scan.tokens(text, place.language))
    end = number = len(lines)
    while number > 1:
        number -= 1
        if not lines[number].strip():
            end = number
        elif number in inside or not _is_sentence(lines[number].rstrip()):
            break
    # A paragraph of its own, or nothing: ``end`` is the blank line before it.
    said = any(line.strip() for line in lines[end:])
    return "\n".join(lines[:end]).rstrip("\n") if said else text


def _is_sentence(line: str) -> bool:
    """Four words at least, at the margin, from a capital letter to a full stop: no code looks like that."""
    bare = line.removeprefix("**").removeprefix("- ").removeprefix("* ").lstrip("`")
    return bare[:1].isupper() and line[-1] in ".!?:*" and line.count(" ") >= 3 and not _CODE & set(bare)
