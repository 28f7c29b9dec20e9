"""Drops an answer that shows nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from lsp_codex.completion.context import CompletionContext


def drop_if_blank(text: str, place: CompletionContext) -> str:
    """Nothing if ``text`` is white space only."""
    return text if text.strip() else ""
