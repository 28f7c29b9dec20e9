"""What became of suggestions, told by changes of the document and by the client."""

from __future__ import annotations

import pytest

from lsp_codex.completion.offers import REMEMBERED, Offers, Tally
from lsp_codex.server.units import Utf16

URI, AT, TEXT = "file:///a.py", (3, 4), "return a + b"


def offered(*texts: str) -> tuple[Offers, str]:
    """One offer, and its name."""
    offers = Offers()
    return offers, offers.shown(URI, AT, texts or (TEXT,), Utf16())


@pytest.mark.parametrize(
    ("changes", "tally"),
    [
        ([(AT, TEXT)], Tally(1, accepted=1)),
        ([((3, 2), "xx" + TEXT)], Tally(1, accepted=1)),
        ([(AT, "r"), ((3, 5), TEXT[1:])], Tally(1, accepted=1)),
        ([(AT, "return ")], Tally(1)),
        ([(AT, "return "), ((3, 11), "x")], Tally(1, partly_accepted=1)),
        ([(AT, "return "), ((3, 11), "a + b")], Tally(1, accepted=1)),
        ([(AT, "r"), ((3, 5), "x")], Tally(1, rejected=1)),
        ([(AT, "x")], Tally(1, rejected=1)),
        ([(AT, "")], Tally(1, rejected=1)),
        ([((0, 0), TEXT)], Tally(1, rejected=1)),
        ([(AT, TEXT), (AT, "more")], Tally(1, accepted=1)),
        ([((3, 4 + at), key) for at, key in enumerate(TEXT)], Tally(1, accepted=1)),
    ],
)
def test_a_change_tells_what_became_of_it(changes: list[tuple[tuple[int, int], str]], tally: Tally) -> None:
    """Put in at once it was accepted, a word of it in part, key by key typed through; anything else rejects it."""
    offers, _ = offered()
    for start, inserted in changes:
        offers.changed(URI, start, inserted)
    assert offers.tally == tally


def test_lines_and_wide_characters_move_the_place() -> None:
    """In the units of the client."""
    offers, _ = offered("x😀\r\n  y = 1")
    offers.changed(URI, AT, "x😀\r\n  ")
    offers.changed(URI, (4, 2), "y = 1")
    assert offers.tally == Tally(1, accepted=1)
    offers, _ = offered("x😀y")
    offers.changed(URI, AT, "x😀")
    offers.changed(URI, (3, 7), "y")
    assert offers.tally == Tally(1, accepted=1)


def test_what_is_left_of_an_offer_is_the_same_offer() -> None:
    """Clients ask again at every key; another text at the place is another offer."""
    offers, name = offered()
    assert offers.shown(URI, AT, (TEXT,), Utf16()) == name
    offers.changed(URI, AT, "r")
    assert offers.shown(URI, (3, 5), (TEXT[1:],), Utf16()) == name
    assert offers.tally == Tally(1)
    assert offers.shown(URI, (3, 5), ("aise",), Utf16()) != name
    assert offers.tally == Tally(2, rejected=1)


def test_one_of_several_is_accepted() -> None:
    """Whichever."""
    offers, _ = offered("one", "two")
    offers.changed(URI, AT, "two")
    assert offers.tally == Tally(1, accepted=1)


def test_the_clients_word_counts_more_and_only_once() -> None:
    """It comes after the change, which may have looked otherwise."""
    offers, name = offered()
    offers.changed(URI, (0, 0), "import a\n")
    offers.accepted(name)
    offers.accepted(name)
    assert offers.tally == Tally(1, accepted=1)
    offers, name = offered()
    offers.accepted(name, partly=True)
    assert offers.tally == Tally(1, partly_accepted=1)
    offers.accepted("no such offer")
    offers.accepted(name)
    assert offers.tally == Tally(1, accepted=1)


def test_a_closed_document_rejects_and_forgets() -> None:
    """Its text is kept no longer."""
    offers, _ = offered()
    offers.closed(URI)
    assert offers.tally == Tally(1, rejected=1)
    assert TEXT not in str([offer.texts for offer in offers._offers.values()])


def test_it_is_bounded() -> None:
    """However many documents there are."""
    offers = Offers()
    for number in range(3 * REMEMBERED):
        offers.shown(f"file:///{number}.py", AT, (TEXT,), Utf16())
    assert len(offers._offers) == REMEMBERED
    assert offers.tally == Tally(3 * REMEMBERED, rejected=2 * REMEMBERED)
