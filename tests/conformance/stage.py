"""The stage of each transcript: settings, what lies in the home, what the sandbox is told to answer, and when.

The recordings keep the statuses of the services but not what their fakes were told; that is written down here.
"""

from __future__ import annotations

import json
import socket
import time
from dataclasses import replace
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from lsp_codex.sandbox import replies
from lsp_codex.sandbox.codex import CLIENT_ID
from lsp_codex.sandbox.issuer import challenge_of
from lsp_codex.sandbox.tokens import SCOPE, Person, Standing, Workspace
from tests.conformance.replay import A, B, Cast, model
from tests.conformance.transcripts import made, workspace
from tests.harness.accounts import jwt

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from tests.conformance.transcripts import Transcript

Cue = "Callable[[Cast], Any]"

CHECK, TOKEN, USAGE = "wham/accounts/check", "oauth/token", "wham/usage"
RESETS = "wham/rate-limit-reset-credits"
START, POLL = "api/accounts/deviceauth/usercode", "api/accounts/deviceauth/token"
CHATGPT = "https://chatgpt.com"
SEEN = {"x_codex_primary_window_minutes": "300", "x_codex_primary_reset_at": "1800000000"} | {
    "x_codex_secondary_used_percent": "40",
    "x_codex_secondary_window_minutes": "10080",
    "x_codex_secondary_reset_at": "1800500000",
    "x_codex_credits_has_credits": "true",
    "x_codex_credits_unlimited": "false",
    "x_codex_credits_balance": "3.2",
}
USAGE_03 = {
    "plan_type": "pro",
    "rate_limit": {
        "allowed": True,
        "primary_window": {"used_percent": 42, "limit_window_seconds": 18_000, "reset_at": 1_800_000_000},
        "secondary_window": {"used_percent": 5, "limit_window_seconds": 604_800, "reset_at": 1_800_500_000},
    },
    "credits": {"has_credits": True, "unlimited": False, "balance": "12.5"},
    "additional_rate_limits": [
        {
            "limit_name": "codex_other",
            "metered_feature": "codex_other",
            "rate_limit": {
                "primary_window": {"used_percent": 88, "limit_window_seconds": 1_800, "reset_at": 1_700_000_000}
            },
        }
    ],
}
WHOSE = {"account_id": A, "user_id": "user-1"} | {
    "rate_limit_reached_type": {"type": "workspace_member_usage_limit_reached"}
}
FAKE_MODEL = {
    "slug": "gpt-fake-1",
    "display_name": "GPT Fake 1",
    "description": "a fake",
    "default_reasoning_level": "medium",
    "supported_reasoning_levels": [{"effort": "low", "description": "l"}, {"effort": "medium", "description": "m"}],
    "visibility": "list",
    "priority": 1,
    "input_modalities": ["text", "image"],
}


def fails(endpoint: str, status: int, body: object = None, times: int = 1) -> Callable[[Cast], None]:
    """The next answers of ``endpoint``."""
    return lambda cast: cast.codex.script(*[replies.raw(status, {}, body or {}, endpoint=endpoint)] * times)


def lists(*rows: Workspace) -> Callable[[Cast], None]:
    """What ``accounts/check`` lists from now on."""

    def cue(cast: Cast) -> None:
        cast.codex.backend.workspaces = rows

    return cue


def becomes(email: str, plan: str, account: str) -> Callable[[Cast], None]:
    """Who signs in from now on."""
    return lambda cast: cast.codex.become(Person(email, email, plan, account, "user-1"))


def both(*cues: Callable[[Cast], Any]) -> Callable[[Cast], None]:
    """Several at once."""

    def cue(cast: Cast) -> None:
        for each in cues:
            each(cast)

    return cue


def approved(cast: Cast) -> None:
    """The person enters every code that is open."""
    for attempt in cast.codex.device._attempts.values():
        attempt.approved = True


def granted(cast: Cast) -> None:
    """The first poll of a device code already brings the grant."""
    verifier = "v" * 86
    challenge = challenge_of(verifier)
    code = cast.codex.issuer.new_code(CLIENT_ID, "/deviceauth/callback", challenge, SCOPE)
    body = {"authorization_code": code, "code_challenge": challenge, "code_verifier": verifier}
    cast.codex.script(replies.raw(200, {}, body, endpoint=POLL))


def scripted(*given: replies.Reply) -> Callable[[Cast], None]:
    """Replies as they are."""
    return lambda cast: cast.codex.script(*given)


def holding_port(cast: Cast) -> None:
    """A program that never answers has the first port."""
    held = socket.create_server(("127.0.0.1", cast.ports[0]))
    cast.held.append(held)


def stored(email: str, account: str, *, days: float = 0.0, expired: bool = False) -> Callable[[Cast], None]:
    """A login lies in the home, refreshed ``days`` ago."""

    def cue(cast: Cast) -> None:
        login = cast.codex.sign_in_demo() | {"id_token": made(f"<jwt {email} pro {account[:8]}>")}
        if expired:
            login["access_token"] = made(f"<jwt {email} pro {account[:8]} expired>")
        moment = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(time.time() - days * 86_400))
        tokens = {name: login[name] for name in ("id_token", "access_token", "refresh_token")} | {
            "account_id": account
        }
        _write(cast, {"auth_mode": "chatgpt", "OPENAI_API_KEY": None, "tokens": tokens, "last_refresh": moment})

    return cue


def stored_key(cast: Cast) -> None:
    """An API key lies in the home."""
    _write(cast, {"auth_mode": "apikey", "OPENAI_API_KEY": "sk-fake"})


def _write(cast: Cast, record: dict[str, Any]) -> None:
    cast.home.mkdir(mode=0o700, exist_ok=True)
    path = cast.home / "auth.json"
    path.write_text(json.dumps(record))
    path.chmod(0o600)


WORKSPACE_A = Workspace(A, "A", CHATGPT)
NOT_ID_JWT = {"id_token": "nope", "access_token": made("<jwt x@example.com pro 11111111>"), "refresh_token": "r"}

CUES: Mapping[str, Mapping[Any, Callable[[Cast], Any]]] = MappingProxyType(
    {
        "06": {
            "CASE token endpoint 400": fails(TOKEN, 400, {"error": "invalid_grant", "error_description": "bad code"}),
            "CASE token endpoint 500": fails(TOKEN, 500, "boom"),
            "CASE token endpoint garbage": fails(TOKEN, 200, "garbage"),
            "CASE id_token not a jwt": fails(TOKEN, 200, NOT_ID_JWT),
            "CASE accounts/check 404 after a good exchange": fails(CHECK, 404, times=2),
            "CASE accounts/check lacks the workspace": lists(Workspace(B, "B", CHATGPT)),
            "CASE accounts/check duplicate": lists(WORKSPACE_A, WORKSPACE_A),
            "CASE accounts/check NO_CONSTRAINT with an http chatgpt_base_url": lists(
                replace(WORKSPACE_A, origin="http://192.0.2.1")
            ),
            "CASE accounts/check null origin": lists(replace(WORKSPACE_A, origin=None)),
            "CASE accounts/check bad override": lists(replace(WORKSPACE_A, override="mars")),
            "CASE accounts/check 401": both(fails(CHECK, 401, times=2), lists(WORKSPACE_A)),
            "CASE accounts/check ok override us": lists(replace(WORKSPACE_A, override="us")),
        },
        "07": {
            "CASE usercode 404": fails(START, 404),
            "CASE usercode 500": fails(START, 500),
            "CASE token 500": fails(POLL, 500),
            "CASE 403, 404, then approved": both(fails(POLL, 403), fails(POLL, 404)),
            7: approved,
        },
        "08b": {("before", 6): fails(START, 404)},
        "13": {
            "CASE browser login returns tokens of another workspace": becomes("x@example.com", "plus", B),
            ("before", 11): granted,
            "CASE browser login in the forced workspace": becomes("user@example.com", "pro", A),
            "CASE managed refresh comes back with another workspace": becomes("user@example.com", "pro", B),
        },
        "13c": {"start": both(becomes("x@example.com", "plus", B), stored("x@example.com", B))},
        "15b": {("before", 4): lambda cast: cast.codex.end_refresh_tokens(Standing.USED)},
        "15c": {
            ("before", 3): fails(TOKEN, 500),
            ("before", 6): fails(USAGE, 401),
            ("before", 7): fails(USAGE, 500),
            ("before", 8): fails(USAGE, 200, "not json"),
            ("before", 9): fails(USAGE, 200, {"plan_type": "pro"}),
            ("before", 10): fails(CHECK, 401, times=2),
        },
        "16": {
            ("before", 4): scripted(model(200, x_codex_primary_used_percent="12.5", **SEEN)),
            ("before", 5): scripted(model(429, x_codex_primary_used_percent="100", **SEEN)),
        },
        "17b": {"start": fails("codex/models", 200, {"models": [FAKE_MODEL]})},
        "20": {
            ("before", 3): fails("oauth/revoke", 500),
            ("before", 6): scripted(replies.silent(endpoint="oauth/revoke")),
        },
        "21": {"start": holding_port},
        "25": {"start": stored("user@example.com", A, days=9)},
        "25b": {"start": stored("user@example.com", A, expired=True)},
        "28": {
            "CASE accounts/check 404 at login": fails(CHECK, 404, times=2),
            "CASE accounts/check lacks the workspace": becomes("x@example.com", "pro", workspace("44444444")),
            "CASE accounts/check 401 at login, refresh answered": fails(CHECK, 401),
            "CASE usage 401": fails(USAGE, 401),
        },
        "32": {
            ("before", 13): both(
                fails(USAGE, 200, USAGE_03), fails(RESETS, 200, {"available_count": 2, "credits": []})
            ),
            ("before", 14): fails(USAGE, 200, USAGE_03 | WHOSE),
        },
        "33": {
            "CASE login again as another user while signed in": becomes("second@example.com", "plus", B),
        },
        "38": {("before", 8): scripted(model(200)), ("before", 13): scripted(model(401), model(200))},
        "39b": {"start": stored_key},
    }
)

OPTIONS: Mapping[str, Mapping[str, Any]] = MappingProxyType(
    {
        "12": {"forcedWorkspaceId": A},
        "13": {"forcedWorkspaceId": A},
        "13b": {"forcedWorkspaceId": [A, B]},
        "13c": {"forcedWorkspaceId": A},
        "14": {"forcedLoginMethod": "chatgpt"},
        "14b": {"forcedLoginMethod": "api"},
        "19_storage_auto": {"store": "auto"},
        "19_storage_keyring": {"store": "keyring"},
        "19_storage_ephemeral": {"store": "ephemeral"},
        "36": {"forcedWorkspaceId": f"{A},{B}"},
        "36b": {"forcedWorkspaceId": []},
        "36c": {"forcedWorkspaceId": ""},
        "39": {"store": "ephemeral"},
    }
)
NOTIFIED = ("25", "25b", "39b")
"""Whose client asks for the notifications with ``initialize``; the others by their first call."""

NOT_EXPERIMENTAL = ("08b", "34")
PROFILE = {"https://api.openai.com/profile": {"email": "p@example.com"}}


def stage(transcript: Transcript, home: Path) -> tuple[Cast, Mapping[Any, Callable[[Cast], Any]]]:
    """Who takes part, and their cues."""
    number = transcript.name.partition("_")[0]
    key = transcript.name if transcript.name in OPTIONS else number
    cast = Cast(home / "codex", notified=number in NOTIFIED, experimental=number not in NOT_EXPERIMENTAL)
    if key in OPTIONS:
        cast.options["auth"] = dict(OPTIONS[key])
    cast.by_status = number not in ("16", "38")
    if number != "32":
        fails(RESETS, 404, times=5)(cast)
    if number not in ("15c", "28", "32"):
        fails(USAGE, 200, USAGE_03, 5)(cast)
    if number == "24":
        cast.options["optOutNotificationMethods"] = ["account/updated", "no/such"]
    if number == "39":
        auth = {"chatgpt_user_id": "user-1", "chatgpt_plan_type": "plus"}
        cast.tokens["<jwt None plus 11111111>"] = jwt({"https://api.openai.com/auth": auth, **PROFILE})
    return cast, CUES.get(number, {})
