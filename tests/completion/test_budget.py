"""What is sent of the candidates."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from lsp_codex.backend.window import estimate
from lsp_codex.completion.budget import MOST, TOKENS, fit, steady
from lsp_codex.completion.surroundings import Piece, Source
from tests.completion.desk import Opened

if TYPE_CHECKING:
    from lsp_codex.completion.context import CompletionContext


def piece(text: str, uri: str = "file:///b.py", line: int = 1) -> Piece:
    """One piece."""
    return Piece(uri, "b.py", "python", line, text, Source.DEFINITION)


def place(marked: str = "┃") -> CompletionContext:
    """A place."""
    return Opened("file:///a.py", marked).place


def lines(*numbers: int) -> str:
    """Some lines that are not alike."""
    return "\n".join(f"line_number_{number} = {number}" for number in numbers)


def test_the_best_first_until_nothing_fits() -> None:
    """What is too large is passed over, and something smaller after it is taken."""
    small, large = piece(lines(1)), piece("x = 1234567\n" * 2_000, "file:///c.py")
    assert fit([large, small], place()) == (small,)
    many = [piece(lines(n), line=n) for n in range(40)]
    assert fit(many, place()) == tuple(many[:MOST])
    wide = [piece(lines(*range(n * 50, n * 50 + 40)), line=n) for n in range(20)]
    assert sum(estimate(each.text) for each in fit(wide, place())) <= TOKENS


@pytest.mark.parametrize(
    ("first", "second", "kept"),
    [
        (lines(1, 2, 3), lines(1, 2, 3), 1),
        (lines(1, 2, 3), lines(2, 3), 1),
        (lines(1, 2, 3, 4), lines(2, 3, 4, 5), 1),
        (lines(1, 2, 3), lines(3, 4, 5), 2),
        (lines(1), "}\n\n)", 1),
    ],
)
def test_nothing_is_sent_twice(first: str, second: str, kept: int) -> None:
    """Not the same lines, nor most of them, nor nothing but brackets."""
    assert len(fit([piece(first), piece(second, line=9)], place())) == kept


def test_what_stands_around_the_cursor_is_not_sent() -> None:
    """A model that sees its own surroundings repeats them."""
    assert fit([piece(lines(1, 2, 3))], place(lines(1, 2, 3) + "\n┃")) == ()
    assert fit([piece(lines(1, 2, 3))], place("┃\n" + lines(1, 2, 3))) == ()
    assert len(fit([piece(lines(1, 2, 3))], place(lines(1) + "┃"))) == 1


@pytest.mark.parametrize(
    "secret",
    [
        "-----BEGIN RSA PRIVATE KEY-----",
        "sk-" + "a1" * 12,
        "ghp_" + "a1" * 18,
        "AKIA" + "AB12" * 4,
        "eyJhbGci" + "O" * 20,
    ],
)
def test_a_piece_with_a_secret_is_not_sent(secret: str) -> None:
    """The document may be open; nobody asked for that line of it."""
    assert fit([piece(f"KEY = '{secret}'\n{lines(1)}")], place()) == ()


def test_what_was_sent_stays_where_it_was_as_long_as_there_is_room() -> None:
    """New pieces come last; when they do not fit any more it begins anew, with the best first."""
    one, two, three = (piece(lines(n), line=n) for n in (1, 2, 3))
    assert steady((two, one), (one,)) == (one, two)
    assert steady((three,), (one, two)) == (one, two, three)
    assert steady((), (one,)) == (one,)
    assert steady((two, one), (one, three), tokens=estimate(one.text) * 2) == (two, one)
    full = tuple(piece(lines(n), line=n) for n in range(10, 10 + MOST))
    assert steady((one,), full) == (one,)
