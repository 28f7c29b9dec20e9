"""The sandbox's person and tokens: well-formed JWTs that prove nothing (spec/auth.md 2.3), and which still count."""

from __future__ import annotations

import base64
import json
import secrets
from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

AUTH_CLAIM = "https://api.openai.com/auth"
PROFILE_CLAIM = "https://api.openai.com/profile"
NINE_DAYS = 777_600


@dataclass(frozen=True, slots=True)
class Person:
    """Who signs in at the sandbox."""

    email: str = "demo@sandbox.invalid"
    name: str = "Sandbox Demo"
    plan: str = "plus"
    account_id: str = "acct-sandbox-0001"
    user_id: str = "user-sandbox-0001"


@dataclass(frozen=True, slots=True)
class Workspace:
    """One row of ``wham/accounts/check``: where its requests are to go, and how (spec/backend.md 3.1)."""

    account_id: str
    name: str | None = "Personal"
    origin: str | None = "NO_CONSTRAINT"
    override: str | None = "NO_CONSTRAINT"


class Standing(Enum):
    """What an access token or a refresh token is worth."""

    GOOD = "good"
    USED = "used"
    EXPIRED = "expired"
    INVALIDATED = "invalidated"


@dataclass(slots=True)
class _Token:
    grant: int
    expires: float
    standing: Standing = Standing.GOOD


def jwt(claims: dict[str, Any]) -> str:
    """An unsigned but well-formed JWT: three non-empty parts, base64url without padding."""
    parts = (json.dumps({"alg": "none", "typ": "JWT"}), json.dumps(claims), "sandbox")
    return ".".join(base64.urlsafe_b64encode(part.encode()).rstrip(b"=").decode() for part in parts)


class TokenDesk:
    """Gives tokens and knows their standing. A grant is one sign-in: revoking one of its tokens ends all of them."""

    def __init__(self, now: Callable[[], float], access_life: float, id_life: float) -> None:
        self._now = now
        self._access_life = access_life
        self._id_life = id_life
        self._access: dict[str, _Token] = {}
        self._refresh: dict[str, _Token] = {}
        self._grants = 0

    def new_grant(self, person: Person, client_id: str, scope: str) -> dict[str, Any]:
        """The token answer of a fresh sign-in."""
        self._grants += 1
        return self._give(person, client_id, scope, self._grants)

    def rotate(self, refresh_token: str, person: Person, client_id: str) -> dict[str, Any]:
        """The token answer of a refresh; the token given is used up. It must be GOOD."""
        old = self._refresh[refresh_token]
        old.standing = Standing.USED
        answer = self._give(person, client_id, SCOPE, old.grant)
        return answer | {"earliest_refresh_at": int(self._now()) + NINE_DAYS}

    def _give(self, person: Person, client_id: str, scope: str, grant: int) -> dict[str, Any]:
        issued = int(self._now())
        auth = {
            "chatgpt_plan_type": person.plan,
            "chatgpt_user_id": person.user_id,
            "user_id": person.user_id,
            "chatgpt_account_id": person.account_id,
        }
        common = {"iss": "https://auth.openai.com", "sub": f"sandbox|{person.user_id}", "iat": issued}
        setup = {"completed_platform_onboarding": True, "is_org_owner": False}
        id_claims = common | {
            "aud": [client_id],
            "exp": int(issued + self._id_life),
            "email": person.email,
            "email_verified": True,
            "name": person.name,
            AUTH_CLAIM: auth | setup,
        }
        access_claims = common | {
            "aud": ["https://api.openai.com/v1"],
            "client_id": client_id,
            "exp": int(issued + self._access_life),
            "jti": secrets.token_urlsafe(12),
            "scp": scope.split(),
            AUTH_CLAIM: auth,
            PROFILE_CLAIM: {"email": person.email, "email_verified": True},
        }
        access, refresh = jwt(access_claims), f"rt-sandbox-{secrets.token_urlsafe(24)}"
        self._access[access] = _Token(grant, issued + self._access_life)
        self._refresh[refresh] = _Token(grant, float("inf"))
        return {
            "id_token": jwt(id_claims),
            "access_token": access,
            "refresh_token": refresh,
            "token_type": "Bearer",
            "expires_in": int(self._access_life),
            "scope": scope,
        }

    def lend(self, access_token: str) -> None:
        """Take an access token that was made elsewhere, as of a sign-in of its own."""
        self._grants += 1
        self._access[access_token] = _Token(self._grants, float("inf"))

    def access_standing(self, token: str | None) -> Standing:
        """What a bearer token is worth now; one that was never given counts as invalidated."""
        return self._standing(self._access.get(token or ""))

    def refresh_standing(self, token: str) -> Standing:
        """What a refresh token is worth now; one that was never given counts as invalidated."""
        return self._standing(self._refresh.get(token))

    def _standing(self, token: _Token | None) -> Standing:
        if token is None:
            return Standing.INVALIDATED
        if token.standing is Standing.GOOD and token.expires <= self._now():
            return Standing.EXPIRED
        return token.standing

    def revoke(self, token: str) -> None:
        """End the grant that an access or refresh token belongs to; an unknown token is no error."""
        known = self._refresh.get(token) or self._access.get(token)
        for other in (*self._refresh.values(), *self._access.values()):
            if known is not None and other.grant == known.grant:
                other.standing = Standing.INVALIDATED

    def end_access(self, standing: Standing) -> None:
        """Every access token given so far is EXPIRED or INVALIDATED from now on."""
        for token in self._access.values():
            token.standing = standing

    def end_refresh(self, standing: Standing) -> None:
        """Every refresh token given so far is EXPIRED, USED or INVALIDATED from now on."""
        for token in self._refresh.values():
            token.standing = standing


SCOPE = "openid profile email offline_access api.connectors.read api.connectors.invoke"
