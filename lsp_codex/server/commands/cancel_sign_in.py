"""``codex.cancelSignIn``: end the running sign-in; an older login stays."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from lsp_codex.server import account

if TYPE_CHECKING:
    from lsp_codex.server.session import Session


async def run(session: Session, argument: dict[str, Any]) -> dict[str, Any]:
    """Answer ``{cancelled}``: whether an attempt was running."""
    return {"cancelled": await account.cancel_sign_in(session)}
