"""``codex.signOut``: forget the login on this machine and revoke it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from lsp_codex.server import account

if TYPE_CHECKING:
    from lsp_codex.server.session import Session


async def run(session: Session, argument: dict[str, Any]) -> dict[str, Any]:
    """Answer ``{}`` when the local deletion is done."""
    await account.sign_out(session)
    return {}
