"""The sandbox's device-code grant: start, poll, and the page where a person enters the code (spec/auth.md 3)."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from typing import TYPE_CHECKING

from lsp_codex.sandbox.exchange import json_answer
from lsp_codex.sandbox.issuer import challenge_of
from lsp_codex.sandbox.pages import page
from lsp_codex.sandbox.tokens import SCOPE

if TYPE_CHECKING:
    from collections.abc import Callable

    from lsp_codex.sandbox.exchange import Answer, Seen
    from lsp_codex.sandbox.issuer import Issuer

LIFE = 900.0
LETTERS = "BCDFGHJKLMNPQRSTVWXZ"
CALLBACK = "/deviceauth/callback"
ADVICE = "Go back and check the code, or start again from your editor."


@dataclass(slots=True)
class _Attempt:
    device_auth_id: str
    client_id: str
    expires: float
    approved: bool | None = None


class DeviceLogin:
    """Attempts by user code. ``interval`` is what a client is told to wait between polls, in whole seconds."""

    def __init__(self, issuer: Issuer, *, now: Callable[[], float], interval: int) -> None:
        self._issuer = issuer
        self._now = now
        self._interval = interval
        self._attempts: dict[str, _Attempt] = {}

    def start(self, request: Seen) -> Answer:
        """``POST /api/accounts/deviceauth/usercode``; ``interval`` is a JSON string, as clients demand."""
        given = request.json()
        if not isinstance(given, dict) or not isinstance(given.get("client_id"), str):
            return json_answer(400, {"error": "invalid_request"})
        letters = "".join(secrets.choice(LETTERS) for _ in range(8))
        user_code, device_auth_id = f"{letters[:4]}-{letters[4:]}", f"dev-sandbox-{secrets.token_urlsafe(12)}"
        self._attempts[user_code] = _Attempt(device_auth_id, given["client_id"], self._now() + LIFE)
        return json_answer(
            200, {"device_auth_id": device_auth_id, "user_code": user_code, "interval": str(self._interval)}
        )

    def poll(self, request: Seen) -> Answer:
        """``POST /api/accounts/deviceauth/token``: 403 while the person has not answered, then a code and its PKCE.

        How the live service ends a refused attempt was not recorded; here it is 400 ``access_denied``, which clients
        take as an end. An attempt older than 15 minutes, or not known, stays pending: clients stop by themselves.
        """
        given = request.json()
        fields = given if isinstance(given, dict) else {}
        user_code = str(fields.get("user_code"))
        attempt = self._open(user_code)
        if attempt is None or attempt.device_auth_id != fields.get("device_auth_id") or attempt.approved is None:
            return json_answer(403, {"error": "pending"})
        del self._attempts[user_code]
        if not attempt.approved:
            return json_answer(400, {"error": "access_denied"})
        verifier = secrets.token_urlsafe(64)
        challenge = challenge_of(verifier)
        code = self._issuer.new_code(attempt.client_id, CALLBACK, challenge, SCOPE)
        pkce = {"code_challenge": challenge, "code_verifier": verifier}
        return json_answer(200, {"authorization_code": code, **pkce})

    def form(self, _request: Seen) -> Answer:
        """``GET /codex/device``: the page where the code is entered."""
        return page("device.html", 200)

    def entered(self, request: Seen) -> Answer:
        """``POST /codex/device``: fields ``user_code`` and ``decision``, which is ``continue`` or ``cancel``."""
        form = request.form()
        attempt = self._open(form.get("user_code", "").strip().upper())
        if attempt is None or attempt.approved is not None:
            problem = "This code is not known, answered already, or too old"
            return page("error.html", 400, problem=problem, advice=ADVICE)
        attempt.approved = form.get("decision") == "continue"
        if attempt.approved:
            return page("done.html", 200, message="You are signed in to the sandbox", tone="good")
        return page("done.html", 200, message="The sign-in was cancelled", tone="calm")

    def _open(self, user_code: str) -> _Attempt | None:
        attempt = self._attempts.get(user_code)
        return attempt if attempt is not None and attempt.expires > self._now() else None
