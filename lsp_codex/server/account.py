"""Signing in and out as the edge sees it: who opens the browser, what the user is told, how it ended."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from lsprotocol import types as lsp

from lsp_codex.errors import SignInFailed

if TYPE_CHECKING:
    from lsp_codex.auth.login import Login
    from lsp_codex.auth.tokens import Account
    from lsp_codex.server.session import Session

# How long a client may take to say that it opened a browser before the address is told anyway; seconds.
PATIENCE = 2.0


async def sign_in(session: Session) -> Login:
    """Start a browser sign-in, or show the running one again; the end comes as a message and a notification."""
    services = await session.services()
    running = services.auth.login
    login = running or await services.auth.start_login()
    if running is None:
        session.tasks.start(_announce_end(session, login), "sign-in")
    session.changed()
    session.tasks.start(show_address(session, login.auth_url), "show the sign-in address")
    return login


async def sign_out(session: Session) -> None:
    """Forget the login here and revoke it at the issuer; a running sign-in ends."""
    services = await session.services()
    await services.auth.sign_out()
    session.changed()
    session.editor.tell("Codex: signed out.")


async def cancel_sign_in(session: Session) -> bool:
    """End the running attempt, if any; whether there was one."""
    services = await session.services()
    login = services.auth.login
    if login is None:
        return False
    login.cancel()
    return True


async def show_address(session: Session, address: str) -> None:
    """Open the address if the client can, and tell it in every case."""
    # The browser first: in some editors a long message waits for a key before anything else happens. The address
    # is told all the same: the browser may open on another machine, or not at all though the client says so.
    opening = session.tasks.spawn(session.editor.open_url(address), "open the browser")
    done, _ = await asyncio.wait({opening}, timeout=PATIENCE)
    opened = bool(done) and opening.result()
    where = "Finish signing in in your browser" if opened else "Open this address in a browser to sign in"
    session.editor.tell(f"Codex: {where}: {address}")


async def _announce_end(session: Session, login: Login) -> None:
    error: str | None = None
    try:
        account = await login.wait()
    except SignInFailed as failure:
        error = failure.for_person()
        session.editor.tell(f"Codex: {error}", lsp.MessageType.Error)
    else:
        session.notices.settled()
        session.editor.tell(f"Codex: signed in as {describe(account)}.")
    session.changed()
    session.editor.notify(
        "account/login/completed", {"loginId": login.login_id, "success": error is None, "error": error}
    )


def describe(account: Account) -> str:
    """The account in a few words: the address and the plan."""
    plan = f" ({account.plan})" if account.plan else ""
    return f"{account.email or 'an account without an address'}{plan}"
