"""``codex.accepted``: clients run it when a suggestion was accepted; it is counted here and goes nowhere."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from lsp_codex.server.session import Session


async def run(session: Session, argument: dict[str, Any]) -> dict[str, Any]:
    """``{offer, partly?}`` as the item carried it; what is unknown is ignored."""
    session.ghost_text.offers.accepted(str(argument.get("offer")), partly=argument.get("partly") is True)
    session.changed()
    return {}
