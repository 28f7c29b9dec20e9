"""``codex.explainCompletion``: what was sent for the last completion on a line, what came back, what became of it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from lsprotocol import types as lsp

from lsp_codex.server.errors import invalid_params
from lsp_codex.server.place import place_at

if TYPE_CHECKING:
    from lsp_codex.server.session import Session

WRONG = "codex.explainCompletion takes {uri, position: {line, character}} of an open document."


async def run(session: Session, argument: dict[str, Any]) -> dict[str, Any]:
    """Answer ``completion.explain``'s object, with ``now``: why nothing would be asked there now, or null."""
    uri, position = argument.get("uri"), argument.get("position")
    row = _count(position.get("line")) if isinstance(position, dict) else None
    column = _count(position.get("character", 0)) if isinstance(position, dict) else None
    if not isinstance(uri, str) or row is None or column is None:
        raise invalid_params(WRONG)
    place = place_at(session.server, uri, lsp.Position(row, column))
    if place is None:
        raise invalid_params(WRONG)
    from lsp_codex.completion.explain import explain

    text, start = place.snapshot.text, place.row_start
    ends = [found for mark in "\r\n" if (found := text.find(mark, start)) >= 0]
    line = range(start, min(ends, default=len(text)) + 1)
    every = session.ghost_text.journal.about(place.snapshot.uri)
    entries = [entry for entry in every if entry.place.offset in line]
    return {**explain(entries), "now": await session.ghost_text.why_not(place)}


def _count(value: object) -> int | None:
    return value if isinstance(value, int) and not isinstance(value, bool) and value >= 0 else None
