"""The way through the browser: authorization code with PKCE, brought to the loopback listener or pasted."""

from __future__ import annotations

import asyncio
from contextlib import AsyncExitStack
from typing import TYPE_CHECKING, assert_never

from lsp_codex.auth.callback import CallbackListener, Code, Refused, TakenOver
from lsp_codex.auth.login import Invitation, Method, exchange_failed
from lsp_codex.auth.pkce import authorize_url, new_nonce, new_pkce, redirect_uri
from lsp_codex.auth.tokens import new_login
from lsp_codex.errors import BackendError, SignInFailed, SignInFailure
from lsp_codex.secret import Secret

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from lsp_codex.auth.oauth import Issuer
    from lsp_codex.auth.pages import Page
    from lsp_codex.auth.tokens import Tokens

DETAIL_LENGTH = 300
FIRST_PORT = 1455  # what the address names when nothing listens and the code is pasted (spec/auth.md 0)
NO_CODE = "the browser brought no authorization code"
NOT_ENTITLED = (
    "Codex is not enabled for your workspace. Contact your workspace administrator to request access to Codex"
)


async def begin(
    issuer: Issuer,
    ports: Sequence[int],
    timeout: float,
    *,
    now: Callable[[], float],
    on_stray: Callable[[], None],
    workspaces: str | None = None,
) -> BrowserWay:
    """Listen first, then make the address; ``timeout`` is in seconds, ``workspaces`` go into the address.

    ``on_stray`` hears of a browser that brought another ``state``. Where no port can be had the way is open all the
    same, for a pasted address.
    """
    state = new_nonce()
    listener = CallbackListener(Secret(state), on_stray)
    trouble = None
    async with AsyncExitStack() as closing:
        closing.push_async_callback(listener.aclose)  # whoever asked may be cancelled before the ports are tried
        try:
            await listener.open(ports)
        except SignInFailed as failure:
            trouble = failure
        closing.pop_all()
    port = listener.port or next(iter(ports), FIRST_PORT)
    return BrowserWay(issuer, listener, timeout, now, _Asked(state, port, workspaces), trouble)


class _Asked:
    """What one authorize address asks for."""

    def __init__(self, state: str, port: int, workspaces: str | None) -> None:
        self.pkce = new_pkce()
        self.state = state
        self.redirect = redirect_uri(port)
        self.workspaces = workspaces

    def address(self, issuer: str) -> str:
        return authorize_url(issuer, self.redirect, self.pkce.challenge, self.state, self.workspaces)


class BrowserWay:
    """Waits for a browser; see :func:`begin`."""

    def __init__(
        self,
        issuer: Issuer,
        listener: CallbackListener,
        timeout: float,
        now: Callable[[], float],
        asked: _Asked,
        trouble: SignInFailed | None,
    ) -> None:
        self._issuer = issuer
        self._listener = listener
        self._timeout = timeout
        self._now = now
        self._asked = asked
        self.invitation = Invitation(Method.BROWSER, asked.address(issuer.base_url), trouble=trouble)

    async def tokens(self) -> Tokens:
        """The tokens for the code that arrives first. Raises :class:`SignInFailed`."""
        try:
            async with asyncio.timeout(self._timeout):
                arrival = await self._listener.arrival()
        except TimeoutError:
            raise SignInFailed(SignInFailure.TIMED_OUT) from None
        match arrival:
            case Refused():
                raise _denied(arrival)
            case TakenOver():
                raise SignInFailed(SignInFailure.TAKEN_OVER)
            case Code(code):
                return await self._exchange(code)
            case _:
                assert_never(arrival)

    def bring(self, query: str) -> None:
        """Take a pasted query. Raises :class:`SignInFailed` (``WRONG_STATE``)."""
        if not self._listener.bring(query):
            raise SignInFailed(SignInFailure.WRONG_STATE)

    def show(self, page: Page) -> None:
        """The page for the browser that waits."""
        self._listener.show(page)

    def close(self) -> None:
        """Free the port."""
        self._listener.close()

    async def aclose(self) -> None:
        """Free the port; a browser that is being answered gets its page."""
        await self._listener.aclose()

    async def _exchange(self, code: Secret) -> Tokens:
        try:
            answer = await self._issuer.exchange(code, self._asked.pkce.verifier, self._asked.redirect)
            return new_login(answer, self._issuer.provenance, new_nonce(), self._now())
        except (BackendError, ValueError) as error:
            raise exchange_failed(error) from None


def _denied(arrival: Refused) -> SignInFailed:
    """The issuer's error in words, as the Codex CLI chooses them (spec/auth.md 1.2)."""
    said = " ".join((arrival.description or arrival.error).split())
    detail = "".join(character for character in said if character.isprintable())[:DETAIL_LENGTH]
    if arrival.error == "access_denied" and "missing_codex_entitlement" in arrival.description.lower():
        detail = NOT_ENTITLED
    elif arrival.error == "missing_authorization_code":
        detail = NO_CODE
    return SignInFailed(SignInFailure.DENIED, detail)
