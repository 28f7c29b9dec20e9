"""Removes the markdown fence or the backticks around an answer, and what stands outside of a fence."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from lsp_codex.completion.postprocess.chatter import is_prose, is_prose_document

if TYPE_CHECKING:
    from lsp_codex.completion.context import CompletionContext

_FENCE = re.compile(r"^[ \t]*(`{3,}|~{3,})[^`\n]*(?:\n|\Z)", re.MULTILINE)
_BEGINNING = re.compile(r"\s*`{1,2}\Z")
_QUOTED = re.compile(r"[ \t]*`([^`\n]+)`\s*")
_NO_BACKTICKS = frozenset(
    {"c", "cpp", "csharp", "css", "dart", "java", "json", "jsonc", "lua", "objective-c", "objective-cpp", "python"}
    | {"less", "php", "rust", "scss", "toml", "zig"}
)


def unwrap(text: str, place: CompletionContext) -> str:
    """The inside of the first fence if nothing but prose stands before it, else what stands before a lone fence."""
    if _BEGINNING.match(text):
        return ""  # a fence may be arriving
    quoted = _QUOTED.fullmatch(text) if place.language in _NO_BACKTICKS else None
    if quoted and not place.layout.inside_text:
        return quoted[1]
    first = _FENCE.search(text)
    if first is None:
        return text
    before = text[: first.start()]
    if all(is_prose(line) for line in before.splitlines() if line.strip()):
        if before.strip() and is_prose_document(place):
            return text
        return _inside(text[first.end() :], first[1])
    lone = len(_FENCE.findall(text)) % 2 == 1
    return before.removesuffix("\n") if lone and not is_prose_document(place) else text


def _inside(text: str, mark: str) -> str:
    closing = re.search(rf"^[ \t]*{re.escape(mark)}[ \t]*$", text, re.MULTILINE)
    return text[: closing.start()].removesuffix("\n") if closing else text
