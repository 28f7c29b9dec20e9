"""``codex.usage``: how much of the plan is used, asked now."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from lsp_codex.server.status import whole_usage

if TYPE_CHECKING:
    from lsp_codex.server.session import Session


async def run(session: Session, argument: dict[str, Any]) -> dict[str, Any]:
    """Answer the windows, their use in percent and when they start anew (``server/status.py``)."""
    services = await session.services()
    found = await services.client.usage()
    session.changed()
    return whole_usage(found)
