"""How long nothing goes out, for whom, and what ends it."""

from __future__ import annotations

import pytest

from lsp_codex.backend.holdoff import DAY, Holdoff, hold
from lsp_codex.errors import (
    BackendError,
    Blocked,
    CutOff,
    Overloaded,
    PlanRefused,
    RegionRefused,
    RequestRefused,
    ResponseFailed,
    TimedOut,
    Unreachable,
    UsageLimitReached,
)

NOW = 1_795_210_000.0


class Clock:
    """Unix seconds that a test sets."""

    def __init__(self) -> None:
        self.now = NOW

    def __call__(self) -> float:
        return self.now


PAUSES: tuple[tuple[BackendError, float | None, bool], ...] = (
    (UsageLimitReached("plus", NOW + 5_400), 5_400, False),
    (UsageLimitReached("plus"), 900, False),
    (UsageLimitReached("plus", NOW - 10), 60, False),
    (UsageLimitReached("plus", NOW + 1e12), 8 * DAY, False),
    (Blocked(), 30, True),
    (Overloaded("x"), 5, False),
    (Overloaded("x", 12.0, 429), 12, True),
    (Overloaded("x", 1e9, 429), 3_600, True),
    (PlanRefused("x"), 300, False),
    (RegionRefused("x"), 300, False),
    (RequestRefused(403, "x"), 30, False),
    (RequestRefused(400, "x"), None, False),
    (Unreachable("x"), None, False),
    (TimedOut("x"), None, False),
    (CutOff(), None, False),
    (ResponseFailed("server_error"), None, False),
)


@pytest.mark.parametrize(("error", "seconds", "everyone"), PAUSES)
def test_the_table_of_pauses(error: BackendError, seconds: float | None, everyone: bool) -> None:
    """What the next request may mend has none; what the service has asked for holds for everybody."""
    found = hold(error, NOW)
    assert (found and (found.until - NOW, found.everyone)) == (None if seconds is None else (seconds, everyone))


def test_automatic_requests_stay_here_until_the_reset_and_those_by_hand_do_not() -> None:
    """Pain 9: nothing goes out unasked; whoever asks may have bought credits."""
    clock = Clock()
    holdoff, limit = Holdoff(clock), UsageLimitReached("plus", NOW + 5_400)
    holdoff.note(limit)
    holdoff.check(automatic=False)
    for seconds in (0, 5_399):
        clock.now = NOW + seconds
        with pytest.raises(UsageLimitReached) as caught:
            holdoff.check(automatic=True)
        assert caught.value is limit
        assert holdoff.reason is limit
    clock.now = NOW + 5_400
    holdoff.check(automatic=True)
    assert holdoff.reason is None


def test_a_block_holds_everybody_and_leaves_a_longer_pause_in_force() -> None:
    """Two pauses run side by side; each ends at its own time."""
    clock = Clock()
    holdoff = Holdoff(clock)
    holdoff.note(UsageLimitReached("plus", NOW + 5_400))
    holdoff.note(Blocked())
    with pytest.raises(Blocked):
        holdoff.check(automatic=False)
    clock.now = NOW + 31
    holdoff.check(automatic=False)
    with pytest.raises(UsageLimitReached):
        holdoff.check(automatic=True)


def test_a_request_that_was_kept_here_does_not_make_the_pause_longer() -> None:
    """Typing on through a pause would otherwise never end it."""
    clock = Clock()
    holdoff, error = Holdoff(clock), Overloaded("x", 7.0, 429)
    holdoff.note(error)
    clock.now = NOW + 6
    holdoff.note(error)
    clock.now = NOW + 7
    holdoff.check(automatic=True)


def test_a_good_answer_ends_every_pause() -> None:
    """Whatever was said before, the service answers."""
    holdoff = Holdoff(Clock())
    holdoff.note(UsageLimitReached("plus", NOW + 5_400))
    holdoff.clear()
    holdoff.check(automatic=True)


def test_an_error_that_is_raised_often_does_not_grow() -> None:
    """A traceback is added with each raise; for hours of typing that would be a leak."""
    holdoff, limit = Holdoff(Clock()), UsageLimitReached("plus", NOW + 5_400)
    holdoff.note(limit)
    for _ in range(5):
        with pytest.raises(UsageLimitReached):
            holdoff.check(automatic=True)
    depth, trace = 0, limit.__traceback__
    while trace is not None:
        depth, trace = depth + 1, trace.tb_next
    assert depth <= 2


def test_a_clock_that_is_set_back_does_not_make_a_pause_longer() -> None:
    """Half a minute for everyone would become a year."""
    now = [1e9]
    holdoff = Holdoff(lambda: now[0])
    holdoff.note(Blocked())
    with pytest.raises(Blocked):
        holdoff.check(automatic=False)
    now[0] -= 365 * DAY
    holdoff.check(automatic=True)
