"""``codex.signIn``: start a sign-in and answer at once with what the user needs to go on."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from lsp_codex.auth.login import Method
from lsp_codex.secret import Secret
from lsp_codex.server import account
from lsp_codex.server.errors import invalid_params

if TYPE_CHECKING:
    from lsp_codex.auth.login import Login
    from lsp_codex.server.session import Session

API_KEY = "apiKey"
METHODS = (Method.BROWSER.value, Method.DEVICE_CODE.value, API_KEY)


async def run(session: Session, argument: dict[str, Any]) -> dict[str, Any]:
    """``{method?, apiKey?}`` to ``{loginId, method}`` with ``authUrl``, or with ``verificationUrl`` and ``userCode``.

    While an attempt runs, the same one again, unless another method is named. An API key has no attempt: its
    ``loginId`` is null.
    """
    method = argument.get("method")
    if "method" in argument and method not in METHODS:
        known = ", ".join(f'"{word}"' for word in METHODS)
        raise invalid_params(f"codex.signIn knows the methods {known}; {method!r} is not one of them.")
    if method == API_KEY:
        return await _with_api_key(session, argument.get("apiKey"))
    return answer(await account.sign_in(session, None if method is None else Method(method)))


def answer(login: Login) -> dict[str, Any]:
    """What is needed to go on with ``login``."""
    invitation = login.invitation
    named = {"loginId": login.login_id, "method": invitation.method.value}
    if invitation.method is Method.DEVICE_CODE:
        return {**named, "verificationUrl": invitation.address, "userCode": invitation.user_code}
    return {**named, "authUrl": invitation.address}


async def _with_api_key(session: Session, key: object) -> dict[str, Any]:
    if not isinstance(key, str):
        raise invalid_params('With the method "apiKey", codex.signIn takes the key as apiKey.')
    await account.sign_in_with_api_key(session, Secret(key.strip()))
    return {"loginId": None, "method": API_KEY}
