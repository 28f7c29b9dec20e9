"""The issuer's token endpoints: exchange a code, refresh, revoke; every answer becomes tokens or one of our errors.

No error made here quotes a body or a secret: of a refusal only its status and its error code are kept.
"""

from __future__ import annotations

import asyncio
import json
import logging
import re
from enum import Enum
from types import MappingProxyType
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode, urlsplit

from lsp_codex.auth.pkce import ORIGINATOR
from lsp_codex.auth.tokens import CLIENT_ID, Provenance, TokenAnswer, Tokens
from lsp_codex.errors import (
    BackendError,
    CredentialsRejected,
    Overloaded,
    Rejection,
    RequestRefused,
    TimedOut,
    Unreachable,
    Unreadable,
)
from lsp_codex.secret import Secret

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    import httpx2

log = logging.getLogger(__name__)

TIMEOUT_SECONDS = 30.0
LOOPBACK = frozenset({"127.0.0.1", "::1", "localhost"})
DEVICE = "/api/accounts/deviceauth"
JSON_ONLY: Mapping[str, str] = MappingProxyType({"content-type": "application/json"})


class Reason(Enum):
    """Why we refresh, as the request says it (spec/auth.md 4.1)."""

    EXPIRY = "proactive_expiry"
    AGE = "scheduled"
    UNAUTHORIZED = "unauthorized_recovery"
    FORCED = "forced"


class Issuer:
    """One sign-in service; ``http`` gives the client to ask it with."""

    def __init__(self, base_url: str, http: Callable[[], httpx2.AsyncClient]) -> None:
        self.base_url = base_url.rstrip("/")
        self._http = http

    @property
    def provenance(self) -> Provenance:
        """What a login made here is marked with."""
        return Provenance(self.base_url)

    def issued(self, tokens: Tokens) -> bool:
        """Whether ``tokens`` may be shown to this service: a refresh token goes to its own issuer only.

        A service on this machine may see them all the same: it is there for trying things out.
        """
        if tokens.provenance is None or urlsplit(self.base_url).hostname in LOOPBACK:
            return True
        return tokens.provenance.issuer.rstrip("/") == self.base_url

    async def exchange(self, code: Secret, verifier: Secret, redirect: str) -> TokenAnswer:
        """The authorization code for tokens (spec/auth.md 2.1). Raises a ``BackendError``."""
        form = {
            "grant_type": "authorization_code",
            "client_id": CLIENT_ID,
            "code": code.reveal(),
            "redirect_uri": redirect,
            "code_verifier": verifier.reveal(),
        }
        headers = {"content-type": "application/x-www-form-urlencoded"}
        response = await self._post("/oauth/token", urlencode(form), headers)
        if not response.is_success:
            raise passing(response)
        return _token_answer(response)

    async def refresh(self, tokens: Tokens, reason: Reason) -> TokenAnswer:
        """Another access token, and usually another refresh token (spec/auth.md 4.1).

        Raises ``CredentialsRejected`` when the issuer says that it never will again, else a ``BackendError``.
        """
        body = {
            "client_id": tokens.provenance.client_id if tokens.provenance else CLIENT_ID,
            "grant_type": "refresh_token",
            "refresh_reason": reason.value,
            "refresh_token": tokens.refresh_token.reveal(),
        }
        response = await self._post("/oauth/token", _compact(body), _json_headers())
        if not response.is_success:
            raise _refusal(response)
        return _token_answer(response)

    async def device_start(self) -> httpx2.Response:
        """Ask for a device code (spec/auth.md 3, step 1). Raises a ``BackendError`` if no answer came."""
        return await self._post(f"{DEVICE}/usercode", _compact({"client_id": CLIENT_ID}), JSON_ONLY)

    async def device_poll(self, device_auth_id: Secret, user_code: str) -> httpx2.Response:
        """Ask whether the code was entered (spec/auth.md 3, step 3). Raises a ``BackendError`` if no answer came."""
        body = {"device_auth_id": device_auth_id.reveal(), "user_code": user_code}
        return await self._post(f"{DEVICE}/token", _compact(body), JSON_ONLY)

    async def revoke(self, tokens: Tokens) -> None:
        """End the login at the issuer (spec/auth.md 5). Raises a ``BackendError``."""
        if tokens.refresh_token:
            client_id = tokens.provenance.client_id if tokens.provenance else CLIENT_ID
            body = {
                "token": tokens.refresh_token.reveal(),
                "token_type_hint": "refresh_token",
                "client_id": client_id,
            }
        else:
            body = {"token": tokens.access_token.reveal(), "token_type_hint": "access_token"}
        response = await self._post("/oauth/revoke", _compact(body), _json_headers())
        if not response.is_success:
            raise passing(response)

    async def _post(self, path: str, body: str, headers: Mapping[str, str]) -> httpx2.Response:
        import httpx2  # 55 ms: imported with the first request

        try:
            async with asyncio.timeout(TIMEOUT_SECONDS):
                # Redirects are not followed: they would carry the secret in the body to another address.
                return await self._http().post(
                    self.base_url + path,
                    content=body,
                    headers={**headers, "accept": "*/*"},
                    follow_redirects=False,
                    timeout=TIMEOUT_SECONDS,
                )
        except (TimeoutError, httpx2.TimeoutException):
            raise TimedOut(f"The sign-in service did not answer within {TIMEOUT_SECONDS:.0f} seconds") from None
        except (httpx2.HTTPError, httpx2.InvalidURL) as error:
            raise Unreachable(f"The sign-in service cannot be reached ({type(error).__name__})") from error


def _json_headers() -> dict[str, str]:
    return {"content-type": "application/json", "originator": ORIGINATOR}


def _compact(body: dict[str, str]) -> str:
    return json.dumps(body, separators=(",", ":"))


def _token_answer(response: httpx2.Response) -> TokenAnswer:
    found = object_of(response)
    if found is None:
        raise _unreadable()
    given = {key: found.get(key) for key in ("id_token", "access_token", "refresh_token")}
    if any(value is not None and not isinstance(value, str) for value in given.values()):
        raise _unreadable()
    return TokenAnswer(**{key: None if value is None else Secret(value) for key, value in given.items()})


def _unreadable() -> Unreadable:
    return Unreadable("The answer of the sign-in service cannot be read")


def _refusal(response: httpx2.Response) -> CredentialsRejected | BackendError:
    """Permanent only by a terminal code, 401, or 400 ``invalid_grant`` (spec/auth.md 4.4); all else may pass."""
    status, code = response.status_code, code_of(response)
    match code:
        case "refresh_token_expired":
            return CredentialsRejected(Rejection.EXPIRED)
        case "refresh_token_reused":
            return CredentialsRejected(Rejection.REUSED)
        case "refresh_token_invalidated":
            return CredentialsRejected(Rejection.REVOKED)
        case "invalid_grant" if status == 400:
            return CredentialsRejected(Rejection.REFUSED)
        case _ if status == 401:
            return CredentialsRejected(Rejection.REFUSED)
        case _:
            return passing(response)


def passing(response: httpx2.Response) -> BackendError:
    """What a failed answer is when it says nothing about the login itself."""
    status, code = response.status_code, code_of(response)
    if status == 429 or status >= 500:
        return Overloaded(f"The sign-in service is overloaded ({status})", retry_after(response), status)
    if 300 <= status < 400:
        return Unreachable(f"The sign-in service answers with a redirect, which is not followed ({status})")
    if status == 403 and code is None:
        # A web page in place of an answer: a firewall or a challenge, on the way or at the door.
        return Unreachable("The way to the sign-in service is blocked (403)")
    return RequestRefused(status, f"the sign-in service says {code or 'nothing more'}", code)


def code_of(response: httpx2.Response) -> str | None:
    """The error code in lower case: of ``error`` as an object or a text, else at the top (spec/auth.md 4.4)."""
    found = object_of(response) or {}
    error = found.get("error")
    code = error.get("code") if isinstance(error, dict) else error or found.get("code")
    # A code is a word. Anything else could be a quotation of what we sent.
    if isinstance(code, str) and re.fullmatch(r"[A-Za-z0-9_.-]{1,64}", code):
        return code.lower()
    return None


def object_of(response: httpx2.Response) -> dict[str, Any] | None:
    """The JSON object of an answer, or ``None``."""
    try:
        found = json.loads(response.content)
    except (ValueError, RecursionError):
        return None
    return found if isinstance(found, dict) else None


def retry_after(response: httpx2.Response) -> float | None:
    """Seconds to wait, where the service says so in digits."""
    text = response.headers.get("retry-after", "")
    return float(text) if re.fullmatch(r"\d{1,6}", text) else None
