"""Drops an answer that would make the cursor's line the same as the next one."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from lsp_codex.completion.context import CompletionContext


def drop_if_equal(text: str, place: CompletionContext) -> str:
    """Nothing if the line with ``text`` in it equals, indentation aside, the next line that is not blank."""
    below = next((line.strip() for line in place.following if line.strip()), None)
    line = (place.line_before + text).strip()
    if below is None or not text.strip() or not place.at_line_end:
        return text
    return "" if line == below else text
