"""``codex.status``: who is signed in, what ghost text does and why not, how fast it was."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from lsp_codex.server.session import Session


async def run(session: Session, argument: dict[str, Any]) -> dict[str, Any]:
    """Answer the status object (``server/status.py``)."""
    services = await session.services()
    # Whoever asks may have signed in from another editor a moment ago; who is signed in costs no look.
    await services.auth.load()
    return session.status()
