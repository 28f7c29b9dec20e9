"""A conversation as Markdown for a person: each question quoted, its answer below; pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable


def markdown(turns: Iterable[tuple[str, str]]) -> str:
    """``turns`` are questions and answers; an answer that has not begun is three dots."""
    return "\n\n".join(f"{_quoted(prompt)}\n\n{text.strip() or '…'}" for prompt, text in turns) + "\n"


def _quoted(prompt: str) -> str:
    return "\n".join(f"> {line}".rstrip() for line in prompt.strip().splitlines() or [""])
