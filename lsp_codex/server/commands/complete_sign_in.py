"""``codex.completeSignIn``: finish a browser sign-in whose callback cannot reach this machine."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from lsp_codex.server import account
from lsp_codex.server.errors import invalid_params

if TYPE_CHECKING:
    from lsp_codex.server.session import Session


async def run(session: Session, argument: dict[str, Any]) -> dict[str, Any]:
    """``{callbackUrl}`` or ``{code, state}`` to ``{loginId}``; how it ends comes as with ``codex.signIn``."""
    match argument:
        case {"callbackUrl": str(address)}:
            pasted = address
        case {"code": str(code), "state": str(state)}:
            pasted = urlencode({"code": code, "state": state})
        case _:
            raise invalid_params("codex.completeSignIn takes callbackUrl, or code and state, as strings.")
    login = await account.complete_sign_in(session, pasted)
    return {"loginId": login.login_id}
