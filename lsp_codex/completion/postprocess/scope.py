"""Keeps what is wanted at the place: the line, or the block."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lsp_codex.completion import stop

if TYPE_CHECKING:
    from lsp_codex.completion.context import CompletionContext


def keep_wanted(text: str, place: CompletionContext) -> str:
    """``text`` up to where its line or block ends; a single line whenever other text follows on the line."""
    return stop.keep(text, place)
