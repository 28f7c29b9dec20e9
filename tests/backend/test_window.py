"""Cutting texts to a number of tokens."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lsp_codex.backend import window

TEXTS = st.text(st.sampled_from("ab \né\U0001f600\ud800"), max_size=200)


def words(text: str) -> int:
    """A measure that is easy to see through."""
    return len(text.split())


def test_the_estimate_is_rather_too_high() -> None:
    """2.7 bytes a token for source text, 1.8 for JSON, rounded up; half a character of nothing is nothing."""
    assert (window.estimate(""), window.estimate("abc"), window.estimate("x" * 27)) == (0, 2, 10)
    assert window.estimate("x" * 18, json=True) == 10
    assert window.estimate("é" * 27) == 20
    assert window.estimate("\ud800") == 1


@pytest.mark.parametrize(
    ("size", "fixed", "expected"),
    [(None, (), None), (100, (), 75), (100, ("a b c", "d"), 71), (4, ("a b c d",), 0)],
)
def test_the_room_in_a_window_is_what_answer_and_fixed_text_leave(
    size: int | None, fixed: tuple[str, ...], expected: int | None
) -> None:
    """A quarter is for the answer; a catalogue without a number sets no limit."""
    assert window.room(size, *fixed, measure=words) == expected


@given(TEXTS, TEXTS, st.integers(0, 120))
def test_what_is_cut_fits_and_is_a_part(before: str, after: str, limit: int) -> None:
    """What stands next to the place stays, never more than the limit; without need nothing is cut."""
    head, tail = window.around(before, after, limit)
    assert before.endswith(head)
    assert after.startswith(tail)
    assert window.estimate(head) + window.estimate(tail) <= limit
    if window.estimate(before) + window.estimate(after) <= limit:
        assert (head, tail) == (before, after)


def test_what_follows_gets_a_quarter_and_what_the_other_leaves() -> None:
    """A short text leaves its rest to the other."""
    long, short = "w " * 100, "s " * 5
    assert [words(part) for part in window.around(long, long, 40, words)] == [30, 10]
    assert [words(part) for part in window.around(short, long, 40, words)] == [5, 35]
    assert [words(part) for part in window.around(long, short, 40, words)] == [35, 5]
    assert window.around(long, short, None, words) == (long, short)


def test_a_cut_is_made_at_the_end_of_a_line_where_one_is_near() -> None:
    """A line that is cut in two says something else."""
    lines = "".join(f"line {number}\n" for number in range(10))
    assert window.tail(lines, 7, words) == "line 7\nline 8\nline 9\n"
    assert window.head(lines, 7, words) == "line 0\nline 1\nline 2\n"
    one = "w " * 10
    assert words(window.head(one, 7, words)) == words(window.tail(one, 7, words)) == 7
    assert window.head(one, 0, words) == window.tail(one, 0, words) == ""
