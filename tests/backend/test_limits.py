"""How much of the plan is used, from headers and from the usage answer."""

from __future__ import annotations

from typing import Any

import pytest

from lsp_codex.backend.limits import Credits, RateLimits, Usage, Window, from_headers, from_usage, number
from tests.backend.helpers import recorded

# Seen live on 2026-09-24 with a Pro login: one weekly window, the other one zero and empty (spec/backend.md 5.2).
WEEKLY_ONLY = {
    "x-codex-active-limit": "codex",
    "x-codex-credits-balance": "0",
    "x-codex-credits-has-credits": "False",
    "x-codex-credits-unlimited": "False",
    "x-codex-plan-type": "pro",
    "x-codex-primary-used-percent": "22",
    "x-codex-primary-window-minutes": "10080",
    "x-codex-primary-reset-at": "1790000000",
    "x-codex-primary-reset-after-seconds": "1000",
    "x-codex-primary-over-secondary-limit-percent": "0",
    "x-codex-secondary-used-percent": "0",
    "x-codex-secondary-window-minutes": "0",
    "x-codex-secondary-reset-at": "",
    "x-codex-secondary-reset-after-seconds": "0",
}


def headers(**values: str) -> dict[str, str]:
    """Headers of the main family; names with ``_`` for ``-``."""
    return {f"x-codex-{name.replace('_', '-')}": value for name, value in values.items()}


CASES = {
    "weekly only": (
        WEEKLY_ONLY,
        RateLimits(plan="pro", primary=Window(22, 10_080, 1_790_000_000), credits=Credits(False, False, "0")),
    ),
    "both windows": (
        headers(
            primary_used_percent="12.5",
            primary_window_minutes="300",
            primary_reset_at="7",
            secondary_used_percent="40",
            secondary_window_minutes="10080",
            secondary_reset_at="8",
        ),
        RateLimits(primary=Window(12.5, 300, 7), secondary=Window(40, 10_080, 8)),
    ),
    "nothing": ({}, None),
    "a plan alone says nothing about limits": (headers(plan_type="plus"), None),
    "all zero": (headers(primary_used_percent="0", primary_window_minutes="0", primary_reset_at=""), None),
    "use alone": (headers(primary_used_percent="3"), RateLimits(primary=Window(3))),
    "unused, but there": (
        headers(primary_used_percent="0", primary_window_minutes="300"),
        RateLimits(primary=Window(0, 300)),
    ),
    "not numbers": (
        headers(primary_used_percent="many", primary_window_minutes="nan", primary_reset_at="soon"),
        None,
    ),
    "credits as numbers": (
        headers(credits_has_credits="1", credits_unlimited="0", credits_balance="9.99"),
        RateLimits(credits=Credits(True, False, "9.99")),
    ),
    "credits that are neither": (headers(credits_has_credits="perhaps"), None),
    "what was reached": (
        headers(rate_limit_reached_type="workspace_member_usage_limit_reached"),
        RateLimits(reached="workspace_member_usage_limit_reached"),
    ),
}


@pytest.mark.parametrize(("given", "expected"), CASES.values(), ids=CASES.keys())
def test_headers_give_a_snapshot(given: dict[str, str], expected: RateLimits | None) -> None:
    """Empty, missing, capital-letter and all-zero headers are normal answers."""
    assert from_headers(given) == expected


def test_another_family_has_its_own_limits() -> None:
    """``x-codex-bengalfox-…`` is the limit of one model, with ``_`` in its id."""
    found = from_headers({"x-codex-bengalfox-primary-used-percent": "9"}, "codex-bengalfox")
    assert found == RateLimits("codex_bengalfox", primary=Window(9))


def test_the_recorded_usage_is_read() -> None:
    """GET wham/usage: seconds become minutes, the limits of single models come after the main one."""
    assert from_usage(recorded("usage")["usage"]) == Usage(
        RateLimits(
            plan="plus",
            primary=Window(12, 300, 1_795_213_212),
            secondary=Window(40, 10_080, 1_795_296_012),
            credits=Credits(True, False, "9.99"),
            spend=False,
        ),
        (RateLimits("codex_bengalfox", "GPT-fake-Spark", "plus", Window(3, 300, 1_795_209_712)),),
        allowed=True,
    )


def test_the_recorded_headers_are_read() -> None:
    """The headers of the recorded answer, whose reset times the recording left out."""
    found = from_headers(recorded("responses-lite")["streamed_answer"]["response_headers"])
    assert found == RateLimits(
        plan="plus", primary=Window(12.5, 300), secondary=Window(40, 10_080), credits=Credits(False, False)
    )


@pytest.mark.parametrize(
    "answer",
    [
        {},
        {"rate_limit": None, "credits": None, "additional_rate_limits": None, "rate_limit_reached_type": None},
        {"rate_limit": [], "credits": "none", "additional_rate_limits": {}, "rate_limit_reached_type": "x"},
        {"rate_limit": {"primary_window": 1, "secondary_window": None}, "additional_rate_limits": [None, {}]},
        {"credits": {"has_credits": "yes"}},
    ],
)
def test_a_usage_answer_that_says_nothing_is_empty(answer: dict[str, Any]) -> None:
    """Null and odd values are None, never an error."""
    assert from_usage(answer) == Usage(RateLimits())


def test_minutes_are_rounded_up() -> None:
    """As the reference client does: ceil(seconds / 60)."""
    window = {"used_percent": 1, "limit_window_seconds": 61, "reset_at": None}
    assert from_usage({"rate_limit": {"primary_window": window}}).main.primary == Window(1, 2)


def test_the_fullest_window_counts() -> None:
    """A plan stops at whichever window is full first."""
    assert RateLimits(primary=Window(10), secondary=Window(81)).used_percent == 81
    assert RateLimits().used_percent == 0


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (1, 1.0),
        (1.5, 1.5),
        ("2", 2.0),
        (" 3 ", 3.0),
        (True, None),
        (None, None),
        ("", None),
        ("inf", None),
        ([], None),
    ],
)
def test_a_number_is_a_number(value: object, expected: float | None) -> None:
    """As number or text, finite; a flag is none."""
    assert number(value) == expected


def test_a_number_too_large_for_a_float_is_none() -> None:
    """JSON knows no limit, a float does."""
    assert number(10**400) is None
