"""The sandbox's issuer: authorize with a consent page, token, revoke (spec/auth.md 1, 2, 4, 5; RFC 6749, 7636, 7009).

A program that plays the browser does this: GET the authorize address (200, HTML with one form), POST the form's
hidden field ``request`` and ``decision=continue`` or ``decision=cancel`` as a form to ``/oauth/authorize/consent``,
and follow the 302 to the redirect address, which carries ``code``, ``scope`` and ``state``, or
``error=access_denied``, ``error_description`` and ``state``.
"""

from __future__ import annotations

import base64
import hashlib
import secrets
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode, urlsplit

from lsp_codex.sandbox.exchange import Answer, json_answer, redirect
from lsp_codex.sandbox.pages import in_words, page
from lsp_codex.sandbox.tokens import Standing

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from lsp_codex.sandbox.exchange import Seen
    from lsp_codex.sandbox.tokens import Person, TokenDesk

CODE_LIFE = 600.0
CHALLENGE_LENGTH = 43
AGAIN = "Close this tab and start again from your editor."
EXCHANGE = "urn:ietf:params:oauth:grant-type:token-exchange"
REFRESH_ERRORS: tuple[tuple[Standing, str, str], ...] = (
    (
        Standing.USED,
        "refresh_token_reused",
        "Your refresh token has already been used to generate a new access token. Please try signing in again.",
    ),
    (Standing.EXPIRED, "refresh_token_expired", "Your refresh token has expired. Please try signing in again."),
    (
        Standing.INVALIDATED,
        "refresh_token_invalidated",
        "Your refresh token has been revoked. Please try signing in again.",
    ),
)


@dataclass(frozen=True, slots=True)
class _Asked:
    """What an authorize request asked for."""

    client_id: str
    redirect_uri: str
    challenge: str
    scope: str
    state: str
    expires: float


class Issuer:
    """Signs one person in. ``redirect_ports`` are the loopback ports that a redirect address may name."""

    def __init__(
        self, person: Person, desk: TokenDesk, redirect_ports: Sequence[int], *, now: Callable[[], float]
    ) -> None:
        self.person = person
        self._desk = desk
        self._ports = tuple(redirect_ports)
        self._now = now
        self._waiting: dict[str, _Asked] = {}
        self._codes: dict[str, _Asked] = {}

    def authorize(self, request: Seen) -> Answer:
        """``GET /oauth/authorize``: the consent page, or a page that says what is wrong with the request."""
        problems = self._problems(request.query)
        if problems:
            return page("error.html", 400, problem="; ".join(problems), advice=AGAIN)
        query, key = request.query, secrets.token_urlsafe(18)
        expires = self._now() + CODE_LIFE
        self._waiting[key] = _Asked(
            query["client_id"],
            query["redirect_uri"],
            query["code_challenge"],
            query["scope"],
            query["state"],
            expires,
        )
        return page(
            "consent.html",
            200,
            request=key,
            originator=query.get("originator", "An application"),
            email=self.person.email,
            plan=self.person.plan.replace("_", " ").capitalize(),
            redirect=urlsplit(query["redirect_uri"]).netloc,
            asked=in_words(query["scope"]),
        )

    def _problems(self, query: Mapping[str, str]) -> list[str]:
        problems = [
            f"{name} must be {wanted}"
            for name, wanted in (("response_type", "code"), ("code_challenge_method", "S256"))
            if query.get(name) != wanted
        ]
        problems += [f"{name} is missing" for name in ("client_id", "state") if not query.get(name)]
        if len(query.get("code_challenge", "")) != CHALLENGE_LENGTH:
            problems.append(f"code_challenge must have {CHALLENGE_LENGTH} characters")
        problems += [
            f"scope must contain {scope}"
            for scope in ("openid", "offline_access")
            if scope not in query.get("scope", "").split()
        ]
        if not self._redirect_allowed(query.get("redirect_uri", "")):
            ports = " or ".join(map(str, self._ports))
            problems.append(f"redirect_uri must be http://localhost:PORT/auth/callback with port {ports}")
        return problems

    def _redirect_allowed(self, address: str) -> bool:
        """The live allow-list as far as it is known (spec/auth.md 1.1): loopback, two ports, one path."""
        hosts = ("localhost", "127.0.0.1")
        return address in {f"http://{host}:{port}/auth/callback" for host in hosts for port in self._ports}

    def consent(self, request: Seen) -> Answer:
        """``POST /oauth/authorize/consent``: back to the application, with a code or without. One use per page."""
        form = request.form()
        asked = self._waiting.pop(form.get("request", ""), None)
        if asked is None or asked.expires <= self._now():
            return page(
                "error.html", 400, problem="This sign-in has been answered already or is too old", advice=AGAIN
            )
        if form.get("decision") != "continue":
            denied = {"error": "access_denied", "error_description": "The sign-in was cancelled in the sandbox."}
            return redirect(f"{asked.redirect_uri}?{urlencode(denied | {'state': asked.state})}")
        code = self.new_code(asked.client_id, asked.redirect_uri, asked.challenge, asked.scope)
        granted = {"code": code, "scope": asked.scope, "state": asked.state}
        return redirect(f"{asked.redirect_uri}?{urlencode(granted)}")

    def new_code(self, client_id: str, redirect_uri: str, challenge: str, scope: str) -> str:
        """A fresh authorization code, good for one exchange within ten minutes."""
        code = f"code-sandbox-{secrets.token_urlsafe(24)}"
        self._codes[code] = _Asked(client_id, redirect_uri, challenge, scope, "", self._now() + CODE_LIFE)
        return code

    def token(self, request: Seen) -> Answer:
        """``POST /oauth/token``: a code (form), a refresh token (JSON or form), an id token for an API key (form)."""
        is_json = request.headers.get("content-type", "").startswith("application/json")
        given: Any = request.json() if is_json else request.form()
        fields = (
            {name: text for name, text in given.items() if isinstance(text, str)} if isinstance(given, dict) else {}
        )
        match fields.get("grant_type"):
            case "authorization_code" if not is_json:
                return self._exchange(fields)
            case "refresh_token":
                return self._refresh(fields)
            case grant if grant == EXCHANGE and not is_json:
                return self._api_key(fields)
            case _:
                return _refused("unsupported_grant_type", "The grant type is missing or not supported here.")

    def _exchange(self, fields: Mapping[str, str]) -> Answer:
        """An authorization code for tokens; every attempt uses the code up."""
        asked = self._codes.pop(fields.get("code", ""), None)
        if asked is None or asked.expires <= self._now():
            return _refused("invalid_grant", "The authorization code is not known, used already, or expired.")
        if fields.get("client_id") != asked.client_id:
            return _refused("invalid_grant", "The authorization code was given to another client.")
        if not _same_redirect(asked.redirect_uri, fields.get("redirect_uri", "")):
            return _refused("invalid_grant", "The redirect_uri is not the one of the authorize request.")
        if challenge_of(fields.get("code_verifier", "")) != asked.challenge:
            return _refused("invalid_grant", "The code_verifier does not match the code_challenge.")
        return json_answer(200, self._desk.new_grant(self.person, asked.client_id, asked.scope))

    def _refresh(self, fields: Mapping[str, str]) -> Answer:
        """A refresh token, which is used up, for new tokens; 401 with the code that clients know (4.4)."""
        if not fields.get("client_id"):
            return _refused("invalid_request", "The client_id is missing.")
        token = fields.get("refresh_token", "")
        standing = self._desk.refresh_standing(token)
        for refused, code, message in REFRESH_ERRORS:
            if standing is refused:
                error = {"message": message, "type": "invalid_request_error", "param": None, "code": code}
                return json_answer(401, {"error": error})
        return json_answer(200, self._desk.rotate(token, self.person, fields["client_id"]))

    def _api_key(self, fields: Mapping[str, str]) -> Answer:
        """An id token for an API key (2.2)."""
        wanted = ("openai-api-key", "urn:ietf:params:oauth:token-type:id_token")
        named = (fields.get("requested_token"), fields.get("subject_token_type"))
        if named != wanted or fields.get("subject_token", "").count(".") != 2:
            return _refused("invalid_request", "This is not an id token for an API key.")
        return json_answer(200, {"access_token": f"sk-sandbox-{secrets.token_urlsafe(24)}"})

    def revoke(self, request: Seen) -> Answer:
        """``POST /oauth/revoke``, JSON: ends the whole sign-in; an unknown token is answered alike (RFC 7009)."""
        given = request.json()
        if not isinstance(given, dict) or not isinstance(given.get("token"), str):
            return _refused("invalid_request", "The token is missing.")
        self._desk.revoke(given["token"])
        return json_answer(200, {})


def challenge_of(verifier: str) -> str:
    """The S256 challenge of a PKCE verifier (RFC 7636 4.2)."""
    return base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).rstrip(b"=").decode()


def _same_redirect(asked: str, given: str) -> bool:
    """The same address; for a device code only the path is known before the client names its issuer."""
    return given == asked or (asked.startswith("/") and urlsplit(given).path == asked)


def _refused(code: str, description: str) -> Answer:
    return json_answer(400, {"error": code, "error_description": description})
