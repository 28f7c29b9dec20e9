"""What was typed between two places."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lsp_codex.completion.context import CompletionContext, gather
from lsp_codex.completion.typed import Typed, between
from lsp_codex.text import Snapshot

TEXT = st.text(alphabet=st.sampled_from("ab (){}[]\"'\r\n\t😀"), max_size=60)


def _at(document: str, uri: str = "file:///a.py") -> CompletionContext:
    return gather(Snapshot(uri, "python", 1, document.replace("┃", "")), document.index("┃"))


@pytest.mark.parametrize(
    ("earlier", "now", "typed"),
    [
        ("x = ┃\ny", "x = ┃\ny", Typed("")),
        ("x = ┃\ny", "x = fo┃\ny", Typed("fo")),
        ("x = ┃\ny", "x =┃\ny", None),
        ("x = ┃\ny", "z = fo┃\ny", None),
        ("x = ┃\ny", "x = fo┃\nz", None),
        ("x = ┃\ny", "x = f(┃)\ny", Typed("f(", closed=")")),
        ("x = ┃\ny", 'x = f("┃")\ny', Typed('f("', closed='")')),
        ("x = ┃\ny", "x = {\n  ┃\n}\ny", Typed("{\n  ", closed="\n}")),
        ("x = ┃\ny", "x = f┃)\ny", None),
        ("x = (┃)\ny", "x = (a)┃\ny", Typed("a)", gone=")")),
        ("x = (┃)\ny", "x = (┃\ny", None),
    ],
)
def test_what_was_typed(earlier: str, now: str, typed: Typed | None) -> None:
    """Text left of the cursor; right of it, what an editor closes by itself or steps over; nothing else."""
    assert between(_at(earlier), _at(now)) == typed


def test_another_document_is_another_matter() -> None:
    """Even with the same text."""
    assert between(_at("┃", "a"), _at("x┃", "b")) is None


@pytest.mark.parametrize(
    ("typed", "suggestion", "covered", "left"),
    [
        (Typed("fo"), "foo", 0, "o"),
        (Typed("foo"), "foo", 0, ""),
        (Typed("x"), "foo", 0, None),
        (Typed(""), "", 0, ""),
        (Typed("x"), "", 0, None),
        (Typed("f(", closed=")"), "f(a)", 0, "a)"),
        (Typed("{\n  ", closed="\n}"), "{\n  a\n}", 0, "a"),
        (Typed("a)", gone=")"), "a)", 1, ""),
        (Typed("a)", gone=")"), "a)", 0, None),
    ],
)
def test_what_is_left(typed: Typed, suggestion: str, covered: int, left: str | None) -> None:
    """The rest of the suggestion, without what the editor has written already."""
    assert typed.leaves(suggestion, covered) == left


def test_typing_over_a_step_of_the_prefix_is_still_typing() -> None:
    """When the cut moves on, what both have of the prefix decides."""
    text = "abcdefghi\n" * 3_000
    places = [gather(Snapshot("file:///a", "p", 1, text[:end]), end) for end in (23_995, 24_005)]
    assert places[0].start != places[1].start
    assert between(places[0], places[1]) == Typed(text[23_995:24_005])


def test_typing_far_before_the_end_is_still_typing() -> None:
    """Where the two windows end differently, what both have of the suffix decides."""
    text = "def f(a):\n    return a\n" * 1_000
    places = [
        gather(Snapshot("file:///a", "p", 1, f"{text}x = {typed}\n{text}"), len(text) + 4 + len(typed))
        for typed in ("", "foo")
    ]
    assert between(places[0], places[1]) == Typed("foo")


@given(document=TEXT, typed=TEXT, data=st.data())
def test_typing_is_found_again(document: str, typed: str, data: st.DataObject) -> None:
    """For any text and place, what is inserted at the cursor is what was typed."""
    offset = data.draw(st.integers(0, len(document)))
    later = document[:offset] + typed + document[offset:]
    places = (
        gather(Snapshot("file:///a", "p", 1, document), offset),
        gather(Snapshot("file:///a", "p", 2, later), offset + len(typed)),
    )
    assert between(places[0], places[1]) == Typed(typed)
