"""Drops an answer that would make the cursor's line the same as the next one."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from lsp_codex.completion.context import CompletionContext


def drop_if_equal(text: str, place: CompletionContext) -> str:
    """Nothing if the line with ``text`` equals, indentation aside, the one right below; farther off it is meant."""
    below = place.following[0].strip() if place.following else ""
    if not below or not text.strip() or not place.at_line_end:
        return text
    return "" if (place.line_before + text).strip() == below else text
