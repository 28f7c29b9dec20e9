"""What checkers say: which of it is told, how it moves, and when it is no longer believed."""

from __future__ import annotations

import pytest

from lsp_codex.completion.diagnoses import CLOSE, KEPT, LONGEST_MESSAGE, SHOWN, TRUSTED, Diagnoses
from lsp_codex.completion.surroundings import Diagnosis

U = "file:///a.py"


def heard(*lines: int) -> Diagnoses:
    """Something about each of ``lines``."""
    made = Diagnoses()
    made.heard(U, min(lines), max(lines), [Diagnosis(line, f"line {line}", error=line % 2 == 0) for line in lines])
    return made


def lines(diagnoses: Diagnoses, line: int = 1) -> list[int]:
    """The lines that are told of, counted from 1."""
    return [each.line + line for each in diagnoses.near(U, line)]


def test_those_near_the_cursor_are_told_errors_first() -> None:
    """By their distance; a long message is cut, and has no lines of its own."""
    every = heard(*range(1, 101))
    assert [each.line for each in every.near(U, 51)] == [-5, -3, -1, 1, 3]
    assert SHOWN == 5
    far = Diagnoses()
    far.heard(U, 1, 99, [Diagnosis(51 + CLOSE, "a\n b" + "x" * 999), Diagnosis(52 + CLOSE, "far")])
    (only,) = far.near(U, 51)
    assert (only.line, only.message[:4], len(only.message)) == (CLOSE, "a bx", LONGEST_MESSAGE)


def test_what_is_said_about_lines_replaces_what_was_said_about_them() -> None:
    """And about no others: an editor asks for the actions of one line."""
    mine = heard(2, 4, 6)
    mine.heard(U, 3, 5, [])
    assert lines(mine) == [2, 6]
    mine.heard(U, 6, 6, [Diagnosis(2, "line 2"), Diagnosis(6, "other")])
    assert [each.message for each in mine.near(U, 1)] == ["line 2", "other"]
    mine.heard(U, 1, 9, [Diagnosis(1, " \n")])
    assert lines(mine) == []


@pytest.mark.parametrize(
    ("edit", "left"),
    [
        ((1, 1, 3), [12, 22]),
        ((15, 15, 2), [10, 21]),
        ((30, 30, 9), [10, 20]),
        ((6, 16, 1), [10]),
        ((10, 10, 1), [10, 20]),
    ],
)
def test_they_move_with_their_lines(edit: tuple[int, int, int], left: list[int]) -> None:
    """What is said about lines that are gone is gone."""
    mine = heard(10, 20)
    mine.edited(U, *edit)
    assert lines(mine, 12) == left


def test_what_was_said_long_ago_is_not_told() -> None:
    """Another line may have mended it, and nobody says so."""
    mine = heard(2)
    for _ in range(TRUSTED):
        mine.edited(U, 9, 9, 1)
    assert lines(mine) == [2]
    mine.edited(U, 9, 9, 1)
    assert lines(mine) == []
    mine.heard(U, 4, 4, [Diagnosis(4, "new")])
    assert lines(mine) == [4]


def test_it_is_bounded_and_forgets() -> None:
    """Those heard last stay."""
    mine = heard(*range(1, 1_000))
    mine.edited(U, 2_000, 2_000, 1)
    mine.heard(U, 5_000, 5_000, [Diagnosis(5_000, "last")])
    assert sum(map(len, mine._heard.values())) == KEPT
    assert lines(mine, 5_000) == [5_000]
    mine.closed(U)
    assert U not in str(vars(mine))
