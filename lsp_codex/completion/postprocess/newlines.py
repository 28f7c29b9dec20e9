"""Gives the answer the newlines of the document."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from lsp_codex.completion.context import CompletionContext


def like_document(text: str, place: CompletionContext) -> str:
    """``text`` with the newline that is used around the cursor."""
    return text.replace("\n", place.newline)
