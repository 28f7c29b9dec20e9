"""``codex.signIn``: start a sign-in and answer at once with the address to open."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from lsp_codex.server import account
from lsp_codex.server.errors import invalid_params

if TYPE_CHECKING:
    from lsp_codex.server.session import Session


async def run(session: Session, argument: dict[str, Any]) -> dict[str, Any]:
    """``{method?}`` to ``{loginId, method, authUrl}``; while an attempt runs, the same one again."""
    method = argument.get("method", "browser")
    if method != "browser":
        raise invalid_params(f'codex.signIn knows the method "browser"; {method!r} is not one of them.')
    login = await account.sign_in(session)
    return {"loginId": login.login_id, "method": "browser", "authUrl": login.auth_url}
