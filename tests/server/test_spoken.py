"""The answers of commands in words."""

from __future__ import annotations

from datetime import UTC
from typing import Any

import pytest

from lsp_codex.server import spoken
from lsp_codex.server.commands import COMMANDS

STATUS: dict[str, Any] = {
    "state": "signedIn",
    "account": {"type": "chatgpt", "email": "a@b.c", "planType": "plus", "accountId": "1"},
    "model": None,
    "completion": {"trigger": "automatic", "paused": False, "reason": None},
    "latency": {"firstTokenMs": None, "totalMs": None},
    "sandbox": False,
}


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({}, "Codex: signed in as a@b.c (plus)"),
        ({"sandbox": True}, "Codex (sandbox): signed in as a@b.c (plus)"),
        ({"account": {**STATUS["account"], "planType": None}}, "Codex: signed in as a@b.c"),
        ({"account": {**STATUS["account"], "email": None}}, "Codex: signed in"),
        (
            {"state": "signedOut", "account": None, "completion": {"reason": "not signed in"}},
            "Codex: signed out",
        ),
        ({"state": "signingIn", "account": None}, "Codex: signing in"),
        ({"state": "failed"}, "Codex: please sign in again as a@b.c (plus)"),
        (
            {"model": "m", "latency": {"firstTokenMs": 12.4, "totalMs": 20.0}},
            "Codex: signed in as a@b.c (plus), model m, first token after 12 ms",
        ),
        ({"completion": {"reason": "it rains"}}, "Codex: signed in as a@b.c (plus), no suggestions: it rains"),
    ],
)
def test_the_status(change: dict[str, Any], said: str) -> None:
    """Who, which model, how fast, why not."""
    assert spoken.status(STATUS | change) == said


@pytest.mark.parametrize(
    ("primary", "secondary", "said"),
    [
        (None, None, "Codex: the plan has no usage windows"),
        ((12.4, 300, 0), None, "Codex: 5 h: 12 % used, anew on Thu 01 Jan at 00:00"),
        ((1, 90, None), (2, 10080, None), "Codex: 90 min: 1 % used; week: 2 % used"),
        ((1, 2880, None), (2, 20160, None), "Codex: 2 days: 1 % used; 2 weeks: 2 % used"),
        ((1, None, None), None, "Codex: 1 % used"),
    ],
)
def test_the_usage(primary: tuple[Any, ...] | None, secondary: tuple[Any, ...] | None, said: str) -> None:
    """Each window that there is, in the user's own time."""
    assert spoken.usage({"primary": _window(primary), "secondary": _window(secondary)}, UTC) == said


def test_the_models() -> None:
    """All names, and the two that are taken unasked."""
    answer = {"models": [{"slug": "a"}, {"slug": "b"}], "default": "a", "completion": {"model": "b"}}
    assert spoken.models(answer) == "Codex: a, b; for questions a, for suggestions b"


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        ({"enabled": True, "trigger": "automatic"}, "Codex: ghost text is on"),
        ({"enabled": True, "trigger": "manual"}, "Codex: ghost text is on, when asked for by hand"),
        ({"enabled": False, "trigger": "off"}, "Codex: ghost text is off"),
    ],
)
def test_the_switch(answer: dict[str, Any], said: str) -> None:
    """What is in force from now on."""
    assert spoken.toggled(answer) == said


@pytest.mark.parametrize(
    ("outcome", "now", "said"),
    [
        ("Asked.", None, "Codex: Asked."),
        ("Asked.", "Nothing is asked: it rains.", "Codex: Asked. Now: Nothing is asked: it rains."),
        ("Nothing was asked: it rains.", "Nothing is asked: it rains.", "Codex: Nothing was asked: it rains."),
    ],
)
def test_the_explanation(outcome: str, now: str | None, said: str) -> None:
    """What became of the last question, and why there would be none now unless that is the same."""
    assert spoken.explained({"outcome": outcome, "now": now}) == said


def test_what_only_informs_is_said() -> None:
    """The commands whose one purpose is their answer have words for it."""
    assert {each.id for each in COMMANDS if each.in_words} >= {
        "codex.status",
        "codex.usage",
        "codex.models",
        "codex.toggleCompletion",
        "codex.explainCompletion",
    }


def _window(given: tuple[Any, ...] | None) -> dict[str, Any] | None:
    if given is None:
        return None
    return dict(zip(("usedPercent", "windowMinutes", "resetsAt"), given, strict=True))
