"""Tokens and what can be read from them: the account, the expiry, how fresh they are; pure, no I/O."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass, replace
from enum import Enum
from typing import TYPE_CHECKING, Any, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Mapping

    from lsp_codex.secret import Secret

CLIENT_ID = "app_EMoamEEZ73f0CkXaXp7hrann"  # the Codex CLI's public OAuth client (spec/auth.md 0)
AUTH_CLAIM = "https://api.openai.com/auth"
PROFILE_CLAIM = "https://api.openai.com/profile"

STALE_SECONDS = 300.0
MAX_AGE_SECONDS = 8 * 24 * 3600.0
JUST_RENEWED_SECONDS = 60.0
SKEW_SECONDS = 60.0
MAX_SKEW_SECONDS = 26 * 3600.0  # a wrong time zone, at most; more says that the token did not come just then

MOST_OF_A_KEY = 4_096  # keys have some 200 characters, tokens that compatible servers take for one a few thousand

_HEADER_SAFE = re.compile(r"[\x21-\x7e]*")


class Freshness(Enum):
    """What to do before using a token: nothing, renew beside it, renew first."""

    FRESH = "fresh"
    STALE = "stale"
    EXPIRED = "expired"


@dataclass(frozen=True, slots=True)
class Provenance:
    """Which issuer and client a refresh token belongs to; it cannot be renewed by another."""

    issuer: str
    client_id: str = CLIENT_ID


@dataclass(frozen=True, slots=True)
class Account:
    """Who is signed in, as status shows it; ``account_id`` is the ChatGPT workspace the requests are for."""

    email: str | None
    plan: str
    account_id: str | None
    user_id: str | None
    fedramp: bool = False

    def in_words(self) -> str:
        """The address and the plan."""
        plan = f" ({self.plan})" if self.plan else ""
        return f"{self.email or 'an account without an address'}{plan}"


@dataclass(frozen=True, slots=True)
class Tokens:
    """One login as it is kept; ``expires_at`` and ``last_refresh`` are Unix seconds.

    ``expires_at`` is ``None`` when the access token is opaque or carries no ``exp`` (spec/auth.md 2.3).
    """

    id_token: Secret
    access_token: Secret
    refresh_token: Secret
    account_id: str | None = None
    expires_at: float | None = None
    last_refresh: float | None = None
    provenance: Provenance | None = None
    login_owner_id: str | None = None

    def same_as(self, other: Kept | None) -> bool:
        """Whether both stand for the same moment of the same login: same access and refresh token."""
        return (
            isinstance(other, Tokens)
            and self.access_token == other.access_token
            and self.refresh_token == other.refresh_token
        )


@dataclass(frozen=True, slots=True)
class ApiKey:
    """The other kind of login: a key of the OpenAI API, which belongs to no account that we know of."""

    key: Secret

    def same_as(self, other: Kept | None) -> bool:
        """Whether both are the same key."""
        return self == other

    def flaw(self) -> str | None:
        """Why it cannot stand in a request header, as a clause for a person; ``None`` if it can."""
        key = self.key.reveal()
        if not key:
            return "it is empty"
        if len(key) > MOST_OF_A_KEY:
            return f"it has {len(key):,} characters, and none has more than {MOST_OF_A_KEY:,}"
        if any(character.isspace() for character in key):
            return "there is white space in it"
        return None if _HEADER_SAFE.fullmatch(key) else "it holds characters that no key has"


Kept: TypeAlias = Tokens | ApiKey
"""What a store keeps."""


@dataclass(frozen=True, slots=True)
class TokenAnswer:
    """What the token endpoint answered; ``None`` where it left a token out."""

    id_token: Secret | None = None
    access_token: Secret | None = None
    refresh_token: Secret | None = None


def freshness(tokens: Tokens, now: float) -> Freshness:
    """Whether ``tokens`` can be used at ``now`` (Unix seconds), by the rules of spec/auth.md 4.2.

    Tokens renewed within the last minute count as fresh whatever they say: if they look old all the same, the
    clock of this machine is wrong or their life is very short, and in both cases asking again does not help; the
    backend's 401 decides then.
    """
    if tokens.last_refresh is not None and 0 <= now - tokens.last_refresh < JUST_RENEWED_SECONDS:
        return Freshness.FRESH
    if tokens.expires_at is not None:
        left = tokens.expires_at - now
        if left <= 0:
            return Freshness.EXPIRED
        return Freshness.STALE if left <= STALE_SECONDS else Freshness.FRESH
    if tokens.last_refresh is not None and now - tokens.last_refresh > MAX_AGE_SECONDS:
        return Freshness.STALE
    return Freshness.FRESH


def new_login(answer: TokenAnswer, provenance: Provenance, owner_id: str, now: float) -> Tokens:
    """The tokens of a finished sign-in.

    Raises ``ValueError`` if one is missing, the id token is no JWT, or what goes into a header does not fit there.
    """
    if not (answer.id_token and answer.access_token and answer.refresh_token):
        raise ValueError("a token is missing")
    account_id = _text(_auth(claims(answer.id_token)), "chatgpt_account_id")
    if not fits_header(answer.access_token, account_id):
        raise ValueError("the access token or the account id is malformed")
    return Tokens(
        id_token=answer.id_token,
        access_token=answer.access_token,
        refresh_token=answer.refresh_token,
        account_id=account_id,
        expires_at=expiry(answer.access_token, now),
        last_refresh=now,
        provenance=provenance,
        login_owner_id=owner_id,
    )


def refreshed(old: Tokens, answer: TokenAnswer, now: float) -> Tokens:
    """The tokens after a refresh; what the answer leaves out stays as it was (spec/auth.md 4.3).

    Raises ``ValueError`` if a token is empty, the access token fits no header, or the new id token is no JWT.
    """
    for given in (answer.id_token, answer.access_token, answer.refresh_token):
        if given is not None and not given:
            raise ValueError("a token is empty")
    if answer.id_token is not None:
        claims(answer.id_token)
    access = old.access_token if answer.access_token is None else answer.access_token
    if not fits_header(access):
        raise ValueError("the access token is malformed")
    return replace(
        old,
        id_token=old.id_token if answer.id_token is None else answer.id_token,
        access_token=access,
        refresh_token=old.refresh_token if answer.refresh_token is None else answer.refresh_token,
        # Where the access token stays, so does what we know about its end.
        expires_at=old.expires_at if answer.access_token is None else expiry(access, now),
        last_refresh=now,
    )


def fits_header(access_token: Secret, account_id: str | None = None) -> bool:
    """Whether both can stand in a request header: visible ASCII only (RFC 6750 2.1 allows a token even less).

    Looked at where a login comes in, because an HTTP library that finds out later quotes the header in its error.
    """
    return all(_HEADER_SAFE.fullmatch(text) for text in (access_token.reveal(), account_id or ""))


def account_of(tokens: Tokens) -> Account:
    """The account of a login. Raises ``ValueError`` if the id token is no JWT.

    The workspace comes from the login, never from an organisation in the claims: those are API organisations, and
    their id in a request header is answered as another plan (field-notes pain 12).
    """
    return account_named_by(tokens.id_token, tokens.account_id)


def account_named_by(token: Secret, account_id: str | None) -> Account:
    """Whom the claims of ``token`` name, for the workspace ``account_id``. Raises ``ValueError`` if it is no JWT."""
    found = claims(token)
    auth = _auth(found)
    profile = found.get(PROFILE_CLAIM)
    email = _text(found, "email") or _text(profile if isinstance(profile, dict) else {}, "email")
    return Account(
        email=email,
        plan=_text(auth, "chatgpt_plan_type") or "unknown",
        account_id=account_id,
        user_id=_text(auth, "chatgpt_user_id") or _text(auth, "user_id"),
        fedramp=auth.get("chatgpt_account_is_fedramp") is True,
    )


def workspaces(tokens: Tokens) -> tuple[str | None, ...]:
    """The workspace that requests are for, and the one that the id token names. Raises ``ValueError``: no JWT."""
    return tokens.account_id, _text(_auth(claims(tokens.id_token)), "chatgpt_account_id")


def expiry(access_token: Secret, received: float | None = None) -> float | None:
    """When the access token ends, in Unix seconds of this machine; ``None`` if it is opaque or carries no ``exp``.

    ``received`` is when it came, by the clock of this machine: a clock that is wrong by minutes or hours shows in
    the token's ``iat``, and would otherwise make a token look old when it is new (field-notes pain 25).
    """
    try:
        found = claims(access_token)
    except ValueError:
        return None
    exp, issued = _seconds(found.get("exp")), _seconds(found.get("iat"))
    if exp is None or issued is None or received is None:
        return exp
    skew = received - issued
    return exp + skew if SKEW_SECONDS < abs(skew) < MAX_SKEW_SECONDS else exp


def _seconds(value: object) -> float | None:
    if not isinstance(value, int | float) or isinstance(value, bool):
        return None
    try:
        seconds = float(value)
    except OverflowError:  # an integer of hundreds of digits
        return None
    return seconds if math.isfinite(seconds) else None


def claims(token: Secret) -> Mapping[str, Any]:
    """The claims of a JWT, unverified. Raises ``ValueError`` if it is none.

    Nothing is verified on purpose: the token came from the issuer itself over TLS (OpenID Connect Core 3.1.3.7
    allows that), we are not its audience, and what we read decides what is shown, not what is allowed.
    """
    import jwt  # 47 ms: imported where a token is read, not on the start path

    try:
        found: dict[str, Any] = jwt.decode(token.reveal(), options={"verify_signature": False})
    except (jwt.PyJWTError, ValueError, RecursionError):
        raise ValueError("not a JWT") from None
    return found


def _auth(found: Mapping[str, Any]) -> Mapping[str, Any]:
    auth = found.get(AUTH_CLAIM)
    return auth if isinstance(auth, dict) else {}


def _text(found: Mapping[str, Any], key: str) -> str | None:
    value = found.get(key)
    return value if isinstance(value, str) and value else None
