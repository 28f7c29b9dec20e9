"""The status object."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from lsp_codex.auth.state import AuthState, Failed, SignedIn, SignedOut
from lsp_codex.auth.tokens import ApiKey, account_of
from lsp_codex.backend.limits import RateLimits, Window
from lsp_codex.completion.engine import Statistics
from lsp_codex.config import Auth, Completion, Config
from lsp_codex.errors import CredentialsRejected, Rejection
from lsp_codex.secret import Secret
from lsp_codex.server.status import status
from tests.harness.accounts import FakeAccount

TOKENS = FakeAccount().tokens()
ACCOUNT = account_of(TOKENS)
SIGNED_IN = SignedIn(TOKENS, ACCOUNT)
DEAD = Failed(ACCOUNT, CredentialsRejected(Rejection.REVOKED), TOKENS)


def shown(state: AuthState, config: Config | None = None, *, signing_in: bool = False) -> dict[str, Any]:
    """The status of a session in ``state``."""
    return status(
        state, config or Config(), store="file", signing_in=signing_in, limits=None, statistics=Statistics()
    )


@pytest.mark.parametrize(
    ("state", "signing_in", "word"),
    [
        (SignedOut(), False, "signedOut"),
        (SignedOut(), True, "signingIn"),
        (SIGNED_IN, False, "signedIn"),
        (SIGNED_IN, True, "signingIn"),
        (ApiKey(Secret("sk-1")), False, "signedIn"),
        (DEAD, False, "failed"),
    ],
)
def test_the_state_in_one_word(state: AuthState, signing_in: bool, word: str) -> None:
    """A dead login never reads as signed in."""
    assert shown(state, signing_in=signing_in)["state"] == word


def test_the_account_is_shown_without_its_tokens() -> None:
    """Email, plan and workspace; nothing that authenticates."""
    assert shown(SIGNED_IN)["account"] == {
        "type": "chatgpt",
        "email": ACCOUNT.email,
        "planType": ACCOUNT.plan,
        "accountId": ACCOUNT.account_id,
    }
    assert TOKENS.access_token.reveal() not in str(shown(SIGNED_IN))
    assert shown(SignedOut())["account"] is None


def test_an_api_key_is_shown_as_one() -> None:
    """Its kind, and nothing of the key."""
    said = shown(ApiKey(Secret("sk-1")))
    assert said["account"] == {"type": "apiKey", "email": None, "planType": None, "accountId": None}
    assert "sk-1" not in str(said)


@pytest.mark.parametrize(
    ("state", "trigger", "paused", "reason"),
    [
        (SIGNED_IN, "automatic", False, None),
        (SIGNED_IN, "manual", False, None),
        (SIGNED_IN, "off", True, "switched off"),
        (SignedOut(), "automatic", True, "not signed in"),
        (SignedOut("the setting bars it"), "automatic", True, "the setting bars it"),
        (ApiKey(Secret("sk-1")), "automatic", False, None),
        (DEAD, "automatic", True, "Sign in with the command"),
    ],
)
def test_why_there_is_no_ghost_text(state: AuthState, trigger: str, paused: bool, reason: str | None) -> None:
    """The status says whether ghost text is paused, and why."""
    config = replace(Config(), completion=Completion(trigger=trigger))
    completion = shown(state, config)["completion"]
    assert (completion["trigger"], completion["paused"]) == (trigger, paused)
    assert (reason or "") in (completion["reason"] or "")


def test_which_login_is_shown_and_where_it_is_kept() -> None:
    """The profile of the settings, and the store that is really in use: not the word ``auto`` of the setting."""
    shown_as = shown(SIGNED_IN, Config(auth=Auth(profile="work", store="auto")))
    assert (shown_as["profile"], shown_as["store"]) == ("work", "file")


def test_usage_and_latency_are_numbers() -> None:
    """A missing window is null, not zero."""
    limits = RateLimits(plan="plus", primary=Window(12.0, 300, 1_795_000_000.0))
    statistics = Statistics(first_token_ms=40.0, total_ms=90.0)
    said = status(SIGNED_IN, Config(), store="file", signing_in=False, limits=limits, statistics=statistics)
    assert said["usage"] == {
        "planType": "plus",
        "primary": {"usedPercent": 12.0, "windowMinutes": 300, "resetsAt": 1_795_000_000.0},
        "secondary": None,
    }
    assert said["latency"] == {"firstTokenMs": 40.0, "totalMs": 90.0}
