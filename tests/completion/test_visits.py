"""Visits: where the user has been, and that lines which come and go do not lead astray."""

from __future__ import annotations

from lsp_codex.completion.visits import KEPT, NEAR, Visit, Visits

A, B = "file:///a.py", "file:///b.py"


def test_the_newest_place_comes_first_and_near_ones_are_one() -> None:
    """Walking through a function is one visit; the last row of it counts."""
    visits = Visits()
    visits.viewed(A, 10)
    visits.viewed(A, 12)
    visits.viewed(B, 3)
    visits.viewed(A, 14)
    assert visits.places() == (Visit(A, 14, edited=False), Visit(B, 3, edited=False))
    visits.viewed(A, 14 + NEAR)
    assert len(visits.places()) == 3


def test_an_edited_place_stays_one_when_it_is_looked_at() -> None:
    """The edit is the better reason."""
    visits = Visits()
    visits.edited(A, 5, 5, 1)
    visits.viewed(A, 6)
    assert visits.places() == (Visit(A, 6, edited=True),)


def test_places_below_an_edit_move_along() -> None:
    """Ten lines put in move what lies below by ten, not what lies above or in another document."""
    visits = Visits()
    for visit in ((A, 100), (A, 2), (B, 100)):
        visits.viewed(*visit)
    visits.edited(A, 50, 50, 11)
    assert [(each.uri, each.row) for each in visits.places()] == [(A, 60), (B, 100), (A, 2), (A, 110)]
    visits.edited(A, 0, 80, 1)
    assert [(each.uri, each.row) for each in visits.places()] == [(A, 0), (B, 100), (A, 30)]


def test_it_is_bounded_and_a_closed_document_is_gone() -> None:
    """The oldest go."""
    visits = Visits()
    for number in range(2 * KEPT):
        visits.viewed(A if number % 2 else B, number * NEAR)
    assert len(visits.places()) == KEPT
    visits.closed(A)
    assert {each.uri for each in visits.places()} == {B}
    for number in range(2 * KEPT):
        visits.viewed(A, number * NEAR)
    assert len(visits.places()) == KEPT
