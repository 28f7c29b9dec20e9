"""Removes what is the prompt's own: the cursor's marker, the separator, tags around the document or an answer."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from lsp_codex.completion.alternatives import SEPARATOR

if TYPE_CHECKING:
    from lsp_codex.completion.context import CompletionContext

_MARKER = re.compile(r"<\|cursor(?:-\d{1,9})?\|>")
_OPENING = re.compile(r"\s*<(document|insert|insertion|answer|completion)\b[^\n>]*>[ \t]*")
_CLOSING = "document"


def drop_ours(text: str, place: CompletionContext) -> str:
    """``text`` without markers and tags, unless the document has them itself.

    What an answer repeats of the document up to the marker goes with it; what follows a closing tag or a separator
    is another answer or none.
    """
    if "<" not in text:
        return text
    own = place.prefix[-4_000:] + place.suffix
    if (found := _OPENING.match(text)) and f"<{found[1]}" not in own:
        text, closing = text[found.end() :], found[1]
        text = text.removeprefix("\n") if closing == "document" else text
    else:
        closing = _CLOSING
    if f"</{closing}" not in own:
        text = text.partition(f"</{closing}>")[0]
    if SEPARATOR not in own:
        text = text.partition(SEPARATOR)[0]
    marks = [found for found in _MARKER.finditer(text) if found[0] not in own]
    if marks and (before := text[: marks[0].start()]).strip() and place.layout.prefix.endswith(before):
        return _MARKER.sub("", text[marks[0].end() :])
    for mark in {found[0] for found in marks}:
        text = text.replace(mark, "")
    return text
