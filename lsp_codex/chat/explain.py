"""The words of a question that nobody wrote: explain a selection, a document, or what a diagnostic says; pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

MOST_DIAGNOSTICS = 10
LONGEST_DIAGNOSTIC = 2_000
"""Characters; compilers of templates write more."""


def explain(diagnostics: Sequence[str] = (), *, selected: bool = True) -> str:
    """The prompt; ``diagnostics`` are the messages that tools show at the place."""
    what = "the selected code" if selected else "this file"
    if not diagnostics:
        return f"Explain {what}: what it does, how, and what is easy to get wrong about it."
    told = "\n".join(f"- {_line(message)}" for message in diagnostics[:MOST_DIAGNOSTICS])
    return f"Explain what is meant by this about {what}, why it is so here, and how to put it right:\n{told}"


def _line(message: str) -> str:
    text = " ".join(message.split())
    return text if len(text) <= LONGEST_DIAGNOSTIC else f"{text[: LONGEST_DIAGNOSTIC - 1]}…"
