"""Removes what a chat model says before the code."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from lsp_codex.completion.context import CompletionContext

_PROSE_LANGUAGES = frozenset(
    {
        "asciidoc",
        "gitcommit",
        "git-commit",
        "latex",
        "markdown",
        "plaintext",
        "restructuredtext",
        "rst",
        "tex",
        "text",
    }
)
_LEAD = re.compile(
    r"(?:sure|certainly|of course|absolutely|okay|here(?:'s|’s| is| are)|the (?:completion|completed|missing|code))\b"
    r".*[:.!]",
    re.IGNORECASE,
)
_SENTENCE = re.compile(r"[A-Z][^(){}\[\]=;<>]*[:.!]")
_IN_COMMENT = re.compile(r"\s*(?:#|//|/?\*|--|;|%|\"\"\"|''')")


def drop_lead(text: str, place: CompletionContext) -> str:
    """``text`` without leading lines that speak to a person; prose and comments keep theirs, they may be meant."""
    if is_prose_document(place) or _IN_COMMENT.match(place.line_before):
        return text
    lines = text.split("\n")
    start = 0
    while start < len(lines) and (_LEAD.fullmatch(lines[start].strip()) or (start and not lines[start].strip())):
        start += 1
    return "\n".join(lines[start:]) if start else text


def is_prose(line: str) -> bool:
    """Whether a line reads as a sentence to a person, and not as code."""
    bare = line.strip()
    return bool(_LEAD.fullmatch(bare) or _SENTENCE.fullmatch(bare))


def is_prose_document(place: CompletionContext) -> bool:
    """Whether sentences and fences are what the document is made of."""
    return place.language in _PROSE_LANGUAGES
