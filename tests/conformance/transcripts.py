"""The recorded sessions of ``codex app-server`` 0.169.0, and what makes two of them comparable; only reads."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from tests.harness.accounts import jwt

FOLDER = Path(__file__).parent / "transcripts"
OURS = (
    "account/read",
    "account/login/start",
    "account/login/cancel",
    "account/logout",
    "account/rateLimits/read",
    "model/list",
    "account/login/completed",
    "account/updated",
    "account/rateLimits/updated",
    "account/chatgptAuthTokens/refresh",
)
_JWT = re.compile(r"^<jwt (?P<email>\S+) (?P<plan>\S+) (?P<account>\d*)(?: (?P<rest>[\w ]+))?>$")
_UUID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}")
_FIXED = ("11111111", "22222222", "33333333", "44444444")


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of a transcript: a message in one direction, or a note of what the driver did."""

    at: float
    direction: str
    message: dict[str, Any]
    note: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Transcript:
    """One recorded session."""

    name: str
    about: str
    config: tuple[str, ...]
    entries: tuple[Entry, ...]
    statuses: tuple[int, ...]
    """What the model's endpoint answered, in order."""


def every() -> tuple[Transcript, ...]:
    """All recorded sessions, by name."""
    return tuple(_read(path) for path in sorted(FOLDER.glob("*.json")))


def _read(path: Path) -> Transcript:
    found = json.loads(path.read_text(encoding="utf-8"))
    rows = found.get("transcript", [])
    seen = found.get("http_seen_by_fakes", [])
    models = tuple(row["status"] for row in seen if "/v1/responses" in row.get("request", ""))
    entries = tuple(
        Entry(float(row.get("t", 0)), row.get("dir", ""), row.get("msg", {}), row if "note" in row else {})
        for row in rows
    )
    return Transcript(path.stem, found["description"], tuple(found.get("config_extra", ())), entries, models)


def filled(value: Any, ids: dict[str, str]) -> Any:
    """A client's message with real tokens in place of ``<jwt …>``, and our login ids in place of the recorded."""
    if isinstance(value, dict):
        return {key: filled(item, ids) for key, item in value.items()}
    if isinstance(value, list):
        return [filled(item, ids) for item in value]
    if isinstance(value, str):
        return ids.get(value) or (made(value) if _JWT.match(value) else value)
    return value


def made(placeholder: str) -> str:
    """The token that ``<jwt EMAIL PLAN ACCOUNT8 …>`` stands for; the same one each time."""
    match = _JWT.match(placeholder)
    assert match is not None, placeholder
    email, plan, account = match["email"], match["plan"], match["account"]
    auth: dict[str, Any] = {"chatgpt_user_id": "user-1", "chatgpt_account_id": workspace(account)} if account else {}
    if plan != "None":
        auth["chatgpt_plan_type"] = plan
    claims: dict[str, Any] = {"https://api.openai.com/auth": auth} if account else {}
    if email != "None":
        claims["email"] = email
    claims["exp"] = 1 if "expired" in (match["rest"] or "") else 4_000_000_000
    return jwt(claims)


def workspace(eight: str) -> str:
    """The invented workspace id that begins so."""
    return f"{eight}-{eight[:4]}-4{eight[:3]}-8{eight[:3]}-{eight}{eight[:4]}"


def named(value: Any, ids: dict[str, str], ports: tuple[int, ...] = ()) -> Any:
    """JSON without what differs from run to run: ``ids`` number the login ids, ``ports`` become the recorded ones."""
    if isinstance(value, dict):
        return {key: named(item, ids, ports) for key, item in value.items()}
    if isinstance(value, list):
        return [named(item, ids, ports) for item in value]
    if not isinstance(value, str):
        return value
    for number in _UUID.findall(value):
        if not number.startswith(_FIXED):
            value = value.replace(number, ids.setdefault(number, f"login-{len(ids) + 1}"))
    for port, recorded in zip(ports, (1455, 1457), strict=False):
        value = value.replace(str(port), str(recorded))
    value = re.sub(r"http://127\.0\.0\.1:<(FAKE|MODEL)_PORT>|https://(issuer|fake)\.invalid", "<SITE>", value)
    if "/oauth/authorize?" in value:
        return "<authUrl> " + " ".join(_asked(value))
    return value


def same(expected: Any, ours: Any) -> bool:
    """Whether ``ours`` is what was recorded, as far as the recording was not cut."""
    if expected in ("<text>", "<authUrl>", "CODE-12345"):
        return isinstance(ours, str)
    if isinstance(expected, dict) and isinstance(ours, dict):
        if any("<cut>" in each for each in (expected, *expected.values()) if isinstance(each, dict)):
            return all(key in ours and same(item, ours[key]) for key, item in expected.items() if key != "<cut>")
        return expected.keys() == ours.keys() and all(same(item, ours[key]) for key, item in expected.items())
    if isinstance(expected, list) and isinstance(ours, list):
        if expected and isinstance(expected[-1], dict) and "<cut>" in expected[-1]:
            rest = [f"{row['id']}{' (hidden)' * row['hidden']}" for row in ours[len(expected) - 1 :]]
            return rest == expected[-1]["<cut>"] and same(expected[:-1], ours[: len(expected) - 1])
        return len(expected) == len(ours) and all(map(same, expected, ours))
    return bool(expected == ours)


def _asked(address: str) -> list[str]:
    """The parameters of an authorize address in their order; random ones by their length."""
    query = parse_qsl(urlsplit(address).query)
    return [f"{name}={len(value) if name in ('code_challenge', 'state') else value}" for name, value in query]
