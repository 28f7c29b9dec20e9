"""The quota guard's rules, as tables."""

from __future__ import annotations

from dataclasses import replace

import pytest

from lsp_codex.completion.guard import HOUR, Used, pause, switched_off
from lsp_codex.config import Completion

NOW = 1_800_000_000.0


@pytest.mark.parametrize(
    ("trigger", "languages", "language", "invoked", "word"),
    [
        ("automatic", {}, "python", False, None),
        ("automatic", {"*": True}, "python", False, None),
        ("manual", {}, "python", True, None),
        ("manual", {}, "python", False, "by hand"),
        ("off", {}, "python", False, "completion.trigger"),
        ("off", {}, "python", True, "completion.trigger"),
        ("automatic", {"python": False}, "python", False, "languages"),
        ("automatic", {"python": False}, "python", True, "languages"),
        ("automatic", {"python": False}, "rust", False, None),
        ("automatic", {"*": False, "python": True}, "python", False, None),
        ("automatic", {"*": False, "python": True}, "rust", False, "switched off for rust"),
        ("automatic", {"*": False}, "", False, "this language"),
    ],
)
def test_what_is_switched_off(
    trigger: str, languages: dict[str, bool], language: str, invoked: bool, word: str | None
) -> None:
    """The most particular switch counts, and the sentence names the setting."""
    settings = Completion(trigger=trigger, languages=tuple(languages.items()))
    said = switched_off(settings, language, invoked=invoked)
    assert said is None if word is None else word in (said or "")


@pytest.mark.parametrize(
    ("windows", "until"),
    [
        ((), None),
        ((Used(79.9, 300, NOW + 60),), None),
        ((Used(80.0, 300, NOW + 60),), None),
        ((Used(80.1, 300, NOW + 60),), NOW + 60),
        ((Used(81, 300, NOW + 60), Used(20, 10_080, NOW + 9_000)), NOW + 60),
        ((Used(81, 300, NOW + 60), Used(90, 10_080, NOW + 9_000)), NOW + 9_000),
        ((Used(81, 300, NOW),), None),
        ((Used(81, 300, NOW - 5),), None),
    ],
)
def test_above_the_percentage_it_pauses_until_every_full_window_resets(
    windows: tuple[Used, ...], until: float | None
) -> None:
    """80 % is not above 80 %; a window that has reset counts no longer."""
    paused = pause(Completion(), windows, (), NOW)
    assert (paused and paused.until) == until


def test_a_window_whose_end_nobody_knows_pauses_without_an_end() -> None:
    """The sentence names none."""
    paused = pause(Completion(), (Used(99), Used(99, 300, NOW + 60)), (), NOW)
    assert paused is not None
    assert paused.until is None
    assert "until" not in str(paused)


def test_at_100_percent_the_plan_never_pauses() -> None:
    """The service itself says when it is used up."""
    assert pause(Completion(pause_at_usage_percent=100), (Used(100, 300, NOW + 60),), (), NOW) is None


def test_so_many_requests_in_an_hour_and_no_more() -> None:
    """The pause ends when the oldest that counts is an hour old."""
    settings = Completion(max_requests_per_hour=3)
    sent = [NOW - 2 * HOUR, NOW - 3_000, NOW - 2_000]
    assert pause(settings, (), sent, NOW) is None
    sent.append(NOW - 1_000)
    paused = pause(settings, (), sent, NOW)
    assert paused is not None
    assert paused.until == NOW - 3_000 + HOUR
    assert pause(settings, (), sent, NOW - 3_000 + HOUR) is None
    assert pause(replace(settings, max_requests_per_hour=2), (), sent, NOW).until == NOW - 2_000 + HOUR  # type: ignore[union-attr]


@pytest.mark.parametrize(
    ("minutes", "words"),
    [
        (300, "5-hour usage"),
        (10_080, "weekly usage"),
        (1_440, "1-day usage"),
        (30, "30-minute usage"),
        (None, "usage"),
    ],
)
def test_the_sentence_says_how_much_of_what_and_which_setting(minutes: float | None, words: str) -> None:
    """So that the user knows what to change."""
    said = pause(Completion(), (Used(83.4, minutes, NOW + 60),), (), NOW)
    assert said is not None
    assert f"83 % of your plan's {words} is used" in said.for_person()
    assert "codex.completion.pauseAtUsagePercent" in said.for_person()
    assert "by hand it still works" in said.for_person()
