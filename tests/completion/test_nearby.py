"""Nearby: what it remembers between requests."""

from __future__ import annotations

from dataclasses import replace

from lsp_codex.completion.nearby import Nearby
from lsp_codex.completion.surroundings import Diagnosis, Surroundings
from tests.completion.desk import Opened

OWN = Opened("file:///p/a.py", "from shop import Cart\n\nx: Cart = ┃\n")
SHOP = Opened("file:///p/shop.py", "class Cart: ...\n\n\nclass Item: ...\n")


def gathered(nearby: Nearby, own: Opened, *others: Opened) -> Surroundings:
    """What goes along at the cursor of ``own``."""
    return nearby.gather(own.place, own, own.row, others, "")


def test_a_document_is_looked_through_again_when_it_has_changed() -> None:
    """One in a request at most; the first request already has what was prepared."""
    nearby = Nearby()
    nearby.prepare(SHOP)
    assert [piece.text for piece in gathered(nearby, OWN, SHOP).pieces] == ["class Cart: ..."]
    changed = replace(SHOP, marked="\n\nclass Cart:\n    price = 1\n", version=2)
    assert [piece.text for piece in gathered(nearby, OWN, changed).pieces] == ["class Cart:\n    price = 1"]


def test_several_new_documents_take_several_requests() -> None:
    """Each is looked through once."""
    nearby = Nearby()
    others = [Opened(f"file:///p/m{n}.py", f"def name{n}(): ...\n") for n in range(3)]
    own = Opened("file:///p/a.py", "name0 name1 name2 ┃\n")
    assert [len(gathered(nearby, own, *others).pieces) for _ in range(4)] == [1, 2, 3, 3]


def test_what_was_sent_is_dropped_when_it_is_no_longer_true_or_allowed() -> None:
    """A document that changed or that may not be used any more is quoted as it was no longer."""
    nearby = Nearby()
    nearby.prepare(SHOP)
    assert gathered(nearby, OWN, SHOP).pieces != ()
    assert gathered(nearby, OWN).pieces == ()
    assert gathered(nearby, OWN, SHOP).pieces != ()
    elsewhere = Opened(OWN.uri, "y = ┃\n")
    assert gathered(nearby, elsewhere, SHOP).pieces != ()
    assert gathered(nearby, elsewhere, replace(SHOP, marked="pass\n", version=2)).pieces == ()


def test_diagnoses_near_the_cursor_come_along() -> None:
    """Told from the cursor's line, also when lines came above."""
    nearby = Nearby()
    nearby.diagnoses.heard(OWN.uri, 1, 1, [Diagnosis(1, "unused")])
    assert gathered(nearby, OWN).diagnoses == (Diagnosis(-2, "unused"),)
    nearby.edited(OWN.uri, 0, 0, 2)
    assert gathered(nearby, replace(OWN, marked=f"from shop import Cart\n\n{OWN.marked}")).diagnoses == (
        Diagnosis(-4, "unused"),
    )


def test_nothing_of_a_closed_document_is_kept() -> None:
    """Its outline, its diagnoses, its places, what was sent for it."""
    nearby = Nearby()
    nearby.prepare(SHOP)
    nearby.diagnoses.heard(SHOP.uri, 1, 1, [Diagnosis(1, "x")])
    nearby.visits.viewed(SHOP.uri, 1)
    gathered(nearby, replace(SHOP, marked="┃" + SHOP.marked), OWN)
    nearby.closed(SHOP.uri)
    assert SHOP.uri not in str(
        (nearby._indexed.keys(), vars(nearby.diagnoses), nearby._sent.keys(), nearby.visits.places())
    )
