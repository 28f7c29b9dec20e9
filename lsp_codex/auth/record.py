"""The form of ``auth.json``: tokens to the Codex CLI's JSON and back; pure (spec/auth.md 6.1)."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, assert_never

from lsp_codex.auth.tokens import ApiKey, Kept, Provenance, Tokens, claims, expiry, fits_header
from lsp_codex.errors import StoreError
from lsp_codex.secret import Secret

if TYPE_CHECKING:
    from collections.abc import Mapping

KEYS = (
    "auth_mode",
    "OPENAI_API_KEY",
    "tokens",
    "last_refresh",
    "agent_identity",
    "personal_access_token",
    "bedrock_api_key",
    "bedrock_access_keys",
)
TOKEN_KEYS = ("id_token", "access_token", "refresh_token", "oauth_provenance", "login_owner_id", "account_id")
MODES = frozenset(
    {
        "chatgpt",
        "apikey",
        "chatgptAuthTokens",
        "agentIdentity",
        "personalAccessToken",
        "bedrockApiKey",
        "bedrockAccessKeys",
    }
)
OTHER_LOGINS = ("personal_access_token", "bedrock_api_key", "bedrock_access_keys", "agent_identity")


def parse(record: Mapping[str, Any], where: str) -> Kept | None:
    """The ChatGPT login or API key in ``record``, or ``None`` if it holds none or a login of another kind.

    Raises :class:`StoreError`, naming ``where``, if the Codex CLI would refuse the record.
    """
    last_refresh = _time(record.get("last_refresh"), where)
    mode = record.get("auth_mode")
    key = _optional(record, "OPENAI_API_KEY", where)
    if is_foreign(record):
        return None
    if mode is None:
        mode = "apikey" if key else "chatgpt"  # a key counts even beside tokens (spec/auth.md 6.1)
    elif mode not in MODES:
        raise StoreError(f"{where} holds a kind of login that is not known here")
    if mode == "apikey":
        return _api_key(key, where)
    found = record.get("tokens")
    if mode != "chatgpt" or found is None:
        return None
    if not isinstance(found, dict):
        raise StoreError(f"The tokens in {where} are no object")
    id_token, access, refresh = (_secret(found, key, where) for key in ("id_token", "access_token", "refresh_token"))
    try:
        claims(id_token)
    except ValueError:
        raise StoreError(f"The id token in {where} cannot be read") from None
    account_id = _optional(found, "account_id", where)
    if not fits_header(access, account_id):
        raise StoreError(f"The access_token or account_id in {where} is malformed")
    return Tokens(
        id_token=id_token,
        access_token=access,
        refresh_token=refresh,
        account_id=account_id,
        expires_at=expiry(access, last_refresh),
        last_refresh=last_refresh,
        provenance=_provenance(found.get("oauth_provenance"), where),
        login_owner_id=_optional(found, "login_owner_id", where),
    )


def is_foreign(record: Mapping[str, Any]) -> bool:
    """Whether ``record`` holds a login of a kind that is known to the Codex CLI and not to us."""
    mode = record.get("auth_mode")
    if mode is None:
        return any(record.get(other) for other in OTHER_LOGINS)
    return mode in MODES - {"chatgpt", "apikey"}


def render(login: Kept, kept: Mapping[str, Any]) -> dict[str, Any]:
    """The record with ``login``: known keys in the CLI's order, then every other key of ``kept`` as it was.

    Secrets stay :class:`Secret`; who writes the record reveals them.
    """
    record = {key: value for key, value in kept.items() if key != "last_refresh"}
    match login:
        case ApiKey(key):
            record.pop("tokens", None)
            record |= {"auth_mode": "apikey", "OPENAI_API_KEY": key}
        case Tokens():
            record |= _chatgpt(login, kept)
        case _:
            assert_never(login)
    return _ordered(record, KEYS)


def _api_key(key: str | None, where: str) -> ApiKey | None:
    if key is not None and ApiKey(Secret(key)).flaw() is not None:
        raise StoreError(f"The API key in {where} is malformed")
    return None if key is None else ApiKey(Secret(key))


def _chatgpt(tokens: Tokens, kept: Mapping[str, Any]) -> dict[str, Any]:
    old = kept.get("tokens")
    record = {
        "auth_mode": "chatgpt",
        # The CLI keeps a key there that it made for the same login; one that was the login itself goes with it.
        "OPENAI_API_KEY": kept.get("OPENAI_API_KEY") if kept.get("auth_mode") == "chatgpt" else None,
        "tokens": _tokens(tokens, old if isinstance(old, dict) else {}),
    }
    if tokens.last_refresh is not None:
        record["last_refresh"] = _timestamp(tokens.last_refresh)
    return record


def _tokens(tokens: Tokens, old: Mapping[str, Any]) -> dict[str, Any]:
    record = {key: value for key, value in old.items() if key not in TOKEN_KEYS}
    record |= {
        "id_token": tokens.id_token,
        "access_token": tokens.access_token,
        "refresh_token": tokens.refresh_token,
        "account_id": tokens.account_id,
    }
    if tokens.provenance is not None:
        record["oauth_provenance"] = {"issuer": tokens.provenance.issuer, "client_id": tokens.provenance.client_id}
    if tokens.login_owner_id is not None:
        record["login_owner_id"] = tokens.login_owner_id
    return _ordered(record, TOKEN_KEYS)


def _ordered(record: Mapping[str, Any], order: tuple[str, ...]) -> dict[str, Any]:
    first = {key: record[key] for key in order if key in record}
    return first | {key: value for key, value in record.items() if key not in first}


def _secret(found: Mapping[str, Any], key: str, where: str) -> Secret:
    value = found.get(key)
    if not isinstance(value, str):
        raise StoreError(f"The {key} in {where} is missing")
    return Secret(value)


def _optional(found: Mapping[str, Any], key: str, where: str) -> str | None:
    value = found.get(key)
    if value is None or isinstance(value, str):
        return value or None
    raise StoreError(f"The {key} in {where} is not a text")


def _provenance(found: object, where: str) -> Provenance | None:
    if found is None:
        return None
    match found:
        case {"issuer": str(issuer), "client_id": str(client_id)}:
            return Provenance(issuer, client_id)
        case _:
            raise StoreError(f"The oauth_provenance in {where} cannot be read")


def _time(found: object, where: str) -> float | None:
    if found is None:
        return None
    try:
        moment = datetime.fromisoformat(found) if isinstance(found, str) else None
    except ValueError:
        moment = None
    if moment is None or moment.tzinfo is None:
        raise StoreError(f"The last_refresh in {where} is not a time")
    return moment.timestamp()


def _timestamp(seconds: float) -> str:
    """RFC 3339 in UTC with nine decimals, as the Codex CLI writes it."""
    moment = datetime.fromtimestamp(seconds, UTC)
    return f"{moment:%Y-%m-%dT%H:%M:%S}.{moment.microsecond * 1000:09d}Z"
