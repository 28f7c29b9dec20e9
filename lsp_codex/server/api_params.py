"""Params of the account API, read as the reference does, with the texts of its errors (spec/account-api.md 1)."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeAlias

from lsp_codex.secret import Secret
from lsp_codex.server.errors import invalid_request

if TYPE_CHECKING:
    from collections.abc import Mapping

VARIANTS = (
    "apiKey",
    "chatgpt",
    "chatgptDeviceCode",
    "chatgptAuthTokens",
    "amazonBedrock",
    "amazonBedrockAccessKeys",
)
EXPERIMENTAL = ("chatgptAuthTokens", "amazonBedrock", "amazonBedrockAccessKeys")

WORD = 20
"""Characters of a text in the place of a flag, at most, that are quoted."""


@dataclass(frozen=True, slots=True)
class Key:
    """A login with an API key."""

    key: Secret
    type: str = "apiKey"


@dataclass(frozen=True, slots=True)
class Browser:
    """A login in the browser; which page it ends on is ours to choose."""

    type: str = "chatgpt"


@dataclass(frozen=True, slots=True)
class DeviceCode:
    """A login with a code that is entered elsewhere."""

    type: str = "chatgptDeviceCode"


@dataclass(frozen=True, slots=True)
class Tokens:
    """Tokens that the client lends."""

    access_token: Secret
    account_id: str
    plan: str | None
    type: str = "chatgptAuthTokens"


@dataclass(frozen=True, slots=True)
class Elsewhere:
    """A login at a service that we do not speak to."""

    type: str


LoginParams: TypeAlias = Key | Browser | DeviceCode | Tokens | Elsewhere


def login(given: Mapping[str, Any]) -> LoginParams:
    """The params of ``account/login/start``."""
    match _variant(given):
        case "apiKey":
            return Key(Secret(text(given, "apiKey")))
        case "chatgpt":
            flag(given, "codexStreamlinedLogin")
            flag(given, "useHostedLoginSuccessPage")
            brand = optional_text(given, "appBrand")
            if brand not in (None, "codex", "chatgpt"):
                raise _misfit(f"unknown variant `{brand[:80]}`, expected `codex` or `chatgpt`")
            return Browser()
        case "chatgptDeviceCode":
            return DeviceCode()
        case "chatgptAuthTokens":
            token, account_id = text(given, "accessToken"), text(given, "chatgptAccountId")
            return Tokens(Secret(token), account_id, optional_text(given, "chatgptPlanType"))
        case other:
            return Elsewhere(other)


def fields(params: object) -> Mapping[str, Any]:
    """The params, which must be there, as an object."""
    if params is None:
        raise _misfit("missing field `params`")
    if not isinstance(params, dict):
        raise _misfit(f"invalid type: {_kind(params)}, expected a map")
    return params


def optional_fields(params: object) -> Mapping[str, Any]:
    """The params of a method that can be called without any."""
    return {} if params is None else fields(params)


def text(given: Mapping[str, Any], name: str) -> str:
    """A text that must be there. Its value is in no error: it may be a secret."""
    if name not in given:
        raise _misfit(f"missing field `{name}`")
    found = given[name]
    if not isinstance(found, str):
        raise _misfit(f"invalid type: {_kind(found)}, expected a string")
    return found


def optional_text(given: Mapping[str, Any], name: str) -> str | None:
    """A text, ``None`` if it is absent or null."""
    return None if given.get(name) is None else text(given, name)


def flag(given: Mapping[str, Any], name: str, *, nullable: bool = False) -> bool:
    """A boolean, false if it is absent."""
    found = given.get(name, False)
    if nullable and found is None:
        return False
    if not isinstance(found, bool):
        # "refreshToken" invites a mistake: what is as long as a token is in no error.
        said = f'string "{found if len(found) <= WORD else "…"}"' if isinstance(found, str) else _kind(found)
        raise _misfit(f"invalid type: {said}, expected a boolean")
    return found


def optional_number(given: Mapping[str, Any], name: str) -> int | None:
    """A number from 0 to 2³² − 1, ``None`` if it is absent or null."""
    found = given.get(name)
    if found is None:
        return None
    if isinstance(found, bool) or not isinstance(found, int):
        raise _misfit(f"invalid type: {_kind(found)}, expected u32")
    if not 0 <= found < 2**32:
        raise _misfit(f"invalid value: integer `{found}`, expected u32")
    return found


def login_id(given: Mapping[str, Any]) -> str:
    """The id of a login, which is a UUID."""
    found = text(given, "loginId")
    try:
        return str(uuid.UUID(found))
    except ValueError:
        raise invalid_request(f"invalid login id: {found[:80]}") from None


def _variant(given: Mapping[str, Any]) -> str:
    """The ``type`` of a login."""
    if "type" not in given:
        raise _misfit("missing field `type`")
    found = given["type"]
    if not isinstance(found, str):
        raise _misfit(f"invalid type: {_kind(found)}, expected variant identifier")
    if found not in VARIANTS:
        known = ", ".join(f"`{each}`" for each in VARIANTS)
        raise _misfit(f"unknown variant `{found[:80]}`, expected one of {known}")
    return found


def _misfit(what: str) -> Exception:
    return invalid_request(f"Invalid request: {what}")


def _kind(value: object) -> str:
    match value:
        case None:
            return "null"
        case bool():
            return "boolean"
        case int():
            return "integer"
        case float():
            return "floating point"
        case str():
            return "string"
        case list():
            return "sequence"
        case _:
            return "map"
