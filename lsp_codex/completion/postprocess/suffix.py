"""Removes lines at the end of the answer that already stand below the cursor."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from lsp_codex.completion.context import CompletionContext


def drop_overlap(text: str, place: CompletionContext) -> str:
    """``text`` without its last lines if they equal, indentation included, the next lines that are not blank."""
    lines = text.split("\n")
    below = [line.rstrip() for line in place.following if line.strip()]
    # The first line of the text continues the cursor's, so it is a line of its own only where that one is blank.
    own = [place.line_before + lines[0] if place.on_blank_line else None, *lines[1:]]
    candidates = [(number, line.rstrip()) for number, line in enumerate(own) if line and line.strip()]
    for count in range(min(len(candidates), len(below)), 0, -1):
        tail = candidates[-count:]
        said = [line for _, line in tail]
        # The last one of several may be cut off.
        if said[:-1] == below[: count - 1] and (said[-1] == below[count - 1] or _begins(said, below[count - 1])):
            return "\n".join(lines[: tail[0][0]])
    return text


def _begins(said: list[str], line: str) -> bool:
    return len(said) > 1 and line.startswith(said[-1])
