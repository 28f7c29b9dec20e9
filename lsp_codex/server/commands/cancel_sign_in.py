"""``codex.cancelSignIn``: end the running sign-in; an older login stays."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from lsp_codex.server import account
from lsp_codex.server.errors import invalid_params

if TYPE_CHECKING:
    from lsp_codex.server.session import Session


async def run(session: Session, argument: dict[str, Any]) -> dict[str, Any]:
    """``{loginId?}`` to ``{cancelled}``: whether an attempt, and that one, was running."""
    login_id = argument.get("loginId")
    if not isinstance(login_id, str | None):
        raise invalid_params("codex.cancelSignIn takes loginId as a string.")
    return {"cancelled": await account.cancel_sign_in(session, login_id)}
