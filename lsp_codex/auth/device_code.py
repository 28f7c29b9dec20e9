"""The way without a browser here: a code that the person enters in any browser, and patient polling for it."""

from __future__ import annotations

import asyncio
import logging
from typing import TYPE_CHECKING

from lsp_codex.auth import oauth
from lsp_codex.auth.login import Invitation, Method, exchange_failed
from lsp_codex.auth.pkce import new_nonce
from lsp_codex.auth.tokens import new_login
from lsp_codex.errors import BackendError, SignInFailed, SignInFailure, TimedOut, Unreachable, Unreadable
from lsp_codex.secret import Secret

if TYPE_CHECKING:
    from collections.abc import Callable

    import httpx2

    from lsp_codex.auth.oauth import Issuer
    from lsp_codex.auth.pages import Page
    from lsp_codex.auth.tokens import Tokens

log = logging.getLogger(__name__)

LIFE_SECONDS = 900.0  # spec/auth.md 3
DEFAULT_INTERVAL = 5.0  # RFC 8628 3.2
SHORTEST_INTERVAL, LONGEST_INTERVAL = 1.0, 60.0
SLOW_DOWN_SECONDS = 5.0  # RFC 8628 3.5


async def begin(issuer: Issuer, *, now: Callable[[], float]) -> DeviceWay:
    """Ask for a code. Raises ``SignInFailed`` (``DEVICE_CODE_OFF``, ``UNREACHABLE``, ``EXCHANGE``)."""
    try:
        response = await issuer.device_start()
    except BackendError as error:
        raise exchange_failed(error) from error
    if response.status_code in {403, 404} and not response.text.lstrip().startswith("<"):
        raise SignInFailed(SignInFailure.DEVICE_CODE_OFF)
    if not response.is_success:
        raise exchange_failed(oauth.passing(response))
    found = oauth.object_of(response) or {}
    secret, code = found.get("device_auth_id"), found.get("user_code") or found.get("usercode")
    if not (isinstance(secret, str) and secret and isinstance(code, str) and code):
        raise SignInFailed(SignInFailure.EXCHANGE, "it gave no device code")
    return DeviceWay(issuer, Secret(secret), code, _interval(found.get("interval")), now)


class DeviceWay:
    """Polls until the code was entered; see :func:`begin`. Asks once at once, then every ``interval`` seconds."""

    def __init__(
        self, issuer: Issuer, device_auth_id: Secret, user_code: str, interval: float, now: Callable[[], float]
    ) -> None:
        self._issuer = issuer
        self._device_auth_id = device_auth_id
        self._user_code = user_code
        self._interval = interval
        self._now = now
        self.invitation = Invitation(Method.DEVICE_CODE, f"{issuer.base_url}/codex/device", _printable(user_code))

    async def tokens(self) -> Tokens:
        """The tokens, once the code was entered. Raises :class:`SignInFailed`; after 15 minutes ``TIMED_OUT``."""
        try:
            async with asyncio.timeout(LIFE_SECONDS):
                code, verifier = await self._granted()
        except TimeoutError:
            raise SignInFailed(SignInFailure.TIMED_OUT) from None
        try:
            answer = await self._issuer.exchange(code, verifier, f"{self._issuer.base_url}/deviceauth/callback")
            return new_login(answer, self._issuer.provenance, new_nonce(), self._now())
        except (BackendError, ValueError) as error:
            raise exchange_failed(error) from None

    def bring(self, query: str) -> None:
        """Nothing can be pasted: the code is entered in the browser. Raises :class:`SignInFailed`."""
        raise SignInFailed(SignInFailure.NOT_RUNNING, "the running one waits for its code to be entered")

    def show(self, page: Page) -> None:
        """Nobody waits for a page."""

    def close(self) -> None:
        """Nothing is held."""

    async def aclose(self) -> None:
        """Nothing is held."""

    async def _granted(self) -> tuple[Secret, Secret]:
        while True:
            if (grant := await self._ask()) is not None:
                return grant
            await asyncio.sleep(self._interval)

    async def _ask(self) -> tuple[Secret, Secret] | None:
        """Authorization code and verifier, or ``None``: not yet. Raises :class:`SignInFailed`."""
        try:
            response = await self._issuer.device_poll(self._device_auth_id, self._user_code)
        except (TimedOut, Unreachable) as error:  # a network that comes back must not cost the code
            log.info("the sign-in service was not reached, and is asked again: %s", error)
            return None
        if response.is_success:
            return _grant(response)
        status, code = response.status_code, oauth.code_of(response)
        if status == 429 or status >= 500 or code == "slow_down":
            self._slow_down(oauth.retry_after(response))
            return None
        if status in {403, 404} and code != "access_denied":
            return None
        match code:
            case "authorization_pending":  # RFC 8628; the live service says 403 or 404
                return None
            case "access_denied":
                raise SignInFailed(SignInFailure.DENIED)
            case "expired_token":
                raise SignInFailed(SignInFailure.TIMED_OUT)
            case _:
                raise exchange_failed(oauth.passing(response))

    def _slow_down(self, seconds: float | None) -> None:
        self._interval = min(LONGEST_INTERVAL, max(self._interval + SLOW_DOWN_SECONDS, seconds or 0.0))


def _grant(response: httpx2.Response) -> tuple[Secret, Secret]:
    match oauth.object_of(response):
        case {"authorization_code": str(code), "code_verifier": str(verifier)} if code and verifier:
            return Secret(code), Secret(verifier)
        case _:
            raise exchange_failed(Unreadable("The answer of the sign-in service cannot be read"))


def _interval(given: object) -> float:
    """Seconds between two polls: a number, or a text with one; missing or senseless is five (spec/auth.md 3)."""
    try:
        seconds = float(given) if isinstance(given, str | int | float) and not isinstance(given, bool) else 0.0
    except ValueError:
        seconds = 0.0
    if not 0.0 < seconds < LIFE_SECONDS:
        return DEFAULT_INTERVAL
    return min(LONGEST_INTERVAL, max(SHORTEST_INTERVAL, seconds))


def _printable(code: str) -> str:
    """The code as a person reads it, on one line and not without end: it goes into messages."""
    return "".join(character for character in code if character.isprintable() and not character.isspace())[:40]
