"""``codex.toggleCompletion``: ghost text on or off for this session, until the setting is changed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from lsp_codex.server.errors import invalid_params

if TYPE_CHECKING:
    from lsp_codex.server.session import Session


async def run(session: Session, argument: dict[str, Any]) -> dict[str, Any]:
    """``{enabled?}``: without it, over; answers what is in force: ``{enabled, trigger}``."""
    enabled = argument.get("enabled")
    if enabled is not None and not isinstance(enabled, bool):
        raise invalid_params("codex.toggleCompletion takes {enabled: true or false}, or nothing.")
    on = session.toggle_completion(enabled=enabled)
    return {"enabled": on, "trigger": session.config.completion.trigger}
