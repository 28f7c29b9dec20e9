"""Words for times."""

from __future__ import annotations

import pytest

from lsp_codex.times import local_time, window


@pytest.mark.parametrize(
    ("minutes", "words"),
    [(None, ""), (300, "5-hour "), (10_080, "weekly "), (1_440, "1-day "), (2_880, "2-day "), (45, "45-minute ")],
)
def test_a_window_has_a_name(minutes: float | None, words: str) -> None:
    """As people call it."""
    assert window(minutes) == words


def test_a_moment_is_local_and_a_wrong_one_is_none() -> None:
    """The number comes from the service."""
    found = local_time(1_800_000_000)
    assert found is not None
    assert found.timestamp() == 1_800_000_000
    assert [local_time(seconds) for seconds in (float("nan"), float("inf"), 1e30)] == [None, None, None]
