"""What is tried again, how often, and how long is waited."""

from __future__ import annotations

import pytest

from lsp_codex.backend.retry import LONGEST_WAIT, TRIES, delay
from lsp_codex.errors import (
    Blocked,
    CredentialsRejected,
    CutOff,
    LspCodexError,
    Overloaded,
    Rejection,
    RequestRefused,
    ResponseFailed,
    TimedOut,
    Unreachable,
    Unreadable,
    UsageLimitReached,
)

MAY_PASS: tuple[LspCodexError, ...] = (
    Overloaded("x", None, 500),
    Overloaded("x", None, 0),
    Unreachable("x"),
    CutOff(),
    ResponseFailed("server_error"),
)
FINAL: tuple[LspCodexError, ...] = (
    UsageLimitReached("plus", 5.0),
    Overloaded("x", None, 429),
    Overloaded("x", LONGEST_WAIT + 1, 429),
    Overloaded("x", LONGEST_WAIT + 1, 503),
    Blocked(),
    TimedOut("x"),
    Unreadable("x"),
    RequestRefused(400, "x"),
    ResponseFailed("incomplete"),
    CredentialsRejected(Rejection.REFUSED),
)


@pytest.mark.parametrize("error", MAY_PASS)
def test_what_may_pass_is_tried_again_a_few_times(error: LspCodexError) -> None:
    """Three tries more, each after twice the time; two and a half to five seconds in all."""
    assert [delay(error, tries, 0.5) for tries in range(1, TRIES)] == [0.5, 1.0, 2.0]
    assert delay(error, TRIES, 0.5) is None


@pytest.mark.parametrize("error", FINAL)
def test_what_does_not_pass_is_not_tried_again(error: LspCodexError) -> None:
    """A usage limit above all; 429 without Retry-After is final with the reference client too (spec 3.4)."""
    assert delay(error, 1, 0.5) is None


@pytest.mark.parametrize(("chance", "seconds"), [(0.0, 0.4), (0.5, 0.5), (1.0, 0.6)])
def test_chance_spreads_the_tries_of_many(chance: float, seconds: float) -> None:
    """By a fifth either way."""
    assert delay(Unreachable("x"), 1, chance) == pytest.approx(seconds)


@pytest.mark.parametrize(("chance", "seconds"), [(0.0, 2.0), (1.0, 2.4)])
@pytest.mark.parametrize("status", [429, 503])
def test_retry_after_replaces_the_delay_and_is_never_undercut(status: int, chance: float, seconds: float) -> None:
    """Whoever asks for two seconds gets two seconds at least."""
    assert delay(Overloaded("x", 2.0, status), 1, chance) == pytest.approx(seconds)
