"""Signing in and out as the edge sees it: who opens the browser, what the user is told, how it ended."""

from __future__ import annotations

import asyncio
import sys
from typing import TYPE_CHECKING

from lsprotocol import types as lsp

from lsp_codex.auth.login import Method
from lsp_codex.auth.opener import open_address
from lsp_codex.errors import SignInFailed, SignInFailure

if TYPE_CHECKING:
    from lsp_codex.auth.login import Login
    from lsp_codex.secret import Secret
    from lsp_codex.server.session import Session

# How long a client may take to say that it opened a browser before the address is told anyway; seconds.
PATIENCE = 2.0

CODE_WARNING = "Enter it there only if you started this yourself just now, and give it to nobody"


async def sign_in(session: Session, method: Method | None = None) -> Login:
    """Start a sign-in, or show the running one again; the end comes as a message and a notification.

    Raises ``SignInFailed``, which the user is told, too.
    """
    services = await session.services()
    running = services.auth.login
    try:
        login = await services.auth.start_login(method)
    except SignInFailed as failure:
        _tell_failure(session, failure)
        raise
    if login is not running:
        session.notices.forget("stray")
        session.ends.watch(login)
    session.changed()
    session.tasks.start(show(session, login), "show the sign-in address")
    return login


async def begin(session: Session, method: Method) -> Login:
    """A new sign-in, in place of a running one, for a program that shows it to the person itself.

    Raises ``SignInFailed``; a running one goes on if the new one cannot even begin without its port.
    """
    services = await session.services()
    running = services.auth.login
    session.ends.hold(running)
    try:
        login = await services.auth.start_login(method, anew=True)
    finally:
        if running is not None and running.method is method:
            session.ends.tell(running)
        else:
            session.ends.tell_afterwards(running)
    if login.invitation.trouble is not None:  # the program cannot know that an address would have to be pasted
        login.cancel()
        raise SignInFailed(SignInFailure.PORT_BUSY, f"Port 127.0.0.1:{session.world.ports[-1]} is already in use")
    session.notices.forget("stray")
    session.ends.watch(login)
    session.changed()
    return login


async def sign_in_with_api_key(session: Session, key: Secret, *, as_given: bool = False) -> None:
    """Keep an API key as the login, ``as_given`` without a look at it. Raises ``SignInFailed``, told to the user.

    Goes on to its end even if the request is cancelled: half of it would be a login that nobody was told of.
    """
    await session.tasks.whole(_keep_api_key(session, key, as_given=as_given), "keep an API key")


async def _keep_api_key(session: Session, key: Secret, *, as_given: bool) -> None:
    services = await session.services()
    running = services.auth.login
    session.ends.hold(running)
    try:
        await services.auth.use_api_key(key, as_given=as_given)
    except SignInFailed as failure:
        if failure.reason is not SignInFailure.NOT_SAVED:  # that the session tells, as of every login
            _tell_failure(session, failure)
        else:  # it holds for this session all the same
            session.ends.superseded()
            services.client.forget()
            session.server.protocol.afterwards(session.ends.updated)
        session.changed()
        raise
    finally:
        session.ends.tell(running)
    session.ends.superseded()
    services.client.forget()
    session.editor.tell("Codex: the API key is saved; from now on each request is billed to it, not to a plan.")
    session.server.protocol.afterwards(session.ends.signed_in)


async def use_external(session: Session, token: Secret, account_id: str, plan: str | None) -> None:
    """Use tokens that the client lends. Raises ``SignInFailed`` and ``ValueError``, see ``AuthManager``."""
    services = await session.services()
    running = services.auth.login
    session.ends.hold(running)
    tell = session.ends.tell_afterwards
    try:
        await services.auth.use_external(token, account_id, plan)
        tell = session.ends.tell
    finally:
        tell(running)
    session.ends.superseded()
    services.client.forget()
    session.changed()
    session.server.protocol.afterwards(lambda: session.ends.announce(None))


async def complete_sign_in(session: Session, pasted: str) -> Login:
    """Finish the running browser sign-in with the address that it ended on. Raises ``SignInFailed``."""
    services = await session.services()
    try:
        return services.auth.complete_login(pasted)
    except SignInFailed as failure:
        _tell_failure(session, failure)
        raise


async def sign_out(session: Session) -> None:
    """Forget the login here; it is revoked at the issuer beside the answer, and only a failure of that is told.

    Goes on to its end even if the request is cancelled. Raises ``StoreError``.
    """
    await session.tasks.whole(_leave(session), "sign-out")


async def _leave(session: Session) -> None:
    services = await session.services()
    running = services.auth.login
    session.ends.hold(running)
    try:
        await services.auth.sign_out()
    finally:
        session.ends.tell(running)
        session.changed()
    session.ends.superseded()
    session.server.protocol.afterwards(session.ends.updated)
    session.tasks.start(_announce_departure(session), "revoke")


async def cancel_sign_in(session: Session, login_id: str | None = None) -> bool:
    """End the running attempt, if any, and if it is the one named; whether that was in time.

    Its end is told after the answer to the request that is being handled.
    """
    services = await session.services()
    login = services.auth.login
    if login is None or login_id not in {None, login.login_id}:
        return False
    session.ends.hold(login)
    login.cancel()
    session.ends.tell_afterwards(login)
    return login.failure is not None


async def show(session: Session, login: Login) -> None:
    """Open the address where that helps, and tell it in every case; not of an attempt that has ended meanwhile."""
    if _over(login):
        return
    invitation = login.invitation
    address = invitation.address
    if invitation.method is Method.DEVICE_CODE:
        session.editor.answer(
            f"Codex: open {address} in any browser and enter the code {invitation.user_code} "
            f"(good for 15 minutes). {CODE_WARNING}."
        )
        return
    if invitation.trouble is not None:
        trouble = invitation.trouble.for_person()
        session.editor.answer(f"Codex: {trouble} The address to open: {address}", lsp.MessageType.Warning)
        return
    opened = await _opened(session, login)
    if not _over(login):
        where = "Finish signing in in your browser" if opened else "Open this address in a browser to sign in"
        session.editor.answer(f"Codex: {where}: {address}")


def _over(login: Login) -> bool:
    """A call, because it may have become true at any await."""
    return login.ended


async def _opened(session: Session, login: Login) -> bool:
    # The browser first: in some editors a long message waits for a key before anything else happens. The address
    # is told all the same: the browser may open on another machine, or not at all though the client says so.
    address = login.address
    opening = session.tasks.spawn(session.editor.open_url(address), "open the browser")
    ending = session.tasks.spawn(login.closed(), "the end of the sign-in")
    done, _ = await asyncio.wait({opening, ending}, timeout=PATIENCE, return_when=asyncio.FIRST_COMPLETED)
    ending.cancel()
    if _over(login):
        opening.cancel()  # the client is told, and may yet spare the person a page that leads nowhere
        return False
    if not done:
        return False  # it may still come to it: no second browser
    return opening.result() or await open_address(address, session.world.environ, sys.platform)


async def _announce_departure(session: Session) -> None:
    services = await session.services()
    if (failure := await services.auth.revoked()) is None:
        session.editor.tell(f"Codex: signed out. {services.auth.left}".strip())
    else:
        session.editor.warn(f"Codex: {failure.for_person()}")


def _tell_failure(session: Session, failure: SignInFailed) -> None:
    session.editor.answer(f"Codex: {failure.for_person()}", lsp.MessageType.Error)
