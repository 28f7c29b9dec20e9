"""What is known about a place: cuts, lines, scope, path, and what was typed since an earlier place."""

from __future__ import annotations

import time

import pytest
from hypothesis import strategies as st

from lsp_codex.completion.context import (
    PREFIX_BUDGET,
    PREFIX_STEP,
    SUFFIX_BUDGET,
    CompletionContext,
    Scope,
    gather,
)
from lsp_codex.text import Snapshot

TEXT = st.text(alphabet=st.sampled_from("ab ({\r\n😀"), max_size=80)


def _at(document: str, uri: str = "file:///a.py") -> CompletionContext:
    text = document.replace("┃", "", 1)
    return gather(Snapshot(uri, "python", 1, text), document.index("┃"))


@pytest.mark.parametrize(
    ("document", "before", "after", "indent", "newline"),
    [
        ("┃", "", "", "", "\n"),
        ("a\n  b┃c\nd", "  b", "c", "  ", "\n"),
        ("a\r\n\tb┃c\r\nd", "\tb", "c", "\t", "\r\n"),
        ("a\rb┃\rc", "b", "", "", "\r"),
        ("a\r\nb┃", "b", "", "", "\r\n"),
        ("a\n   ┃", "   ", "", "   ", "\n"),
        ("a\u2028b┃c", "a\u2028b", "c", "", "\n"),
        ("a\r\n┃\nb", "", "", "", "\n"),
    ],
)
def test_the_line_around_the_cursor(document: str, before: str, after: str, indent: str, newline: str) -> None:
    """Lines end where LSP says they do, and nowhere else."""
    place = _at(document)
    assert (place.line_before, place.line_after, place.indent, place.newline) == (before, after, indent, newline)


@pytest.mark.parametrize(
    ("document", "scope"),
    [
        ("┃", Scope.BLOCK),
        ("    ┃  \nx", Scope.BLOCK),
        ("def f():┃", Scope.BLOCK),
        ("if (a) {  ┃", Scope.BLOCK),
        ("foo(┃", Scope.BLOCK),
        ("while x do┃", Scope.BLOCK),
        ("foo(┃)", Scope.LINE),
        ("x = ┃", Scope.LINE),
        ("undo┃", Scope.LINE),
        ("    ┃x", Scope.LINE),
    ],
)
def test_the_place_decides_how_much_is_wanted(document: str, scope: Scope) -> None:
    """A block on a blank line and after what opens one, if nothing follows; else the rest of the line."""
    assert _at(document).scope is scope


@pytest.mark.parametrize(("document", "inside"), [("fo┃o", True), ("é┃_", True), ("foo┃", False), ("(┃a", False)])
def test_inside_of_a_word(document: str, inside: bool) -> None:
    """A word is letters of any script, digits and underscores."""
    assert _at(document).mid_word is inside


def test_the_lines_below() -> None:
    """``following`` begins after the cursor's line and knows every newline."""
    assert _at("a┃b\r\nc\rd\n").following == ("c", "d", "")
    assert _at("a┃b").following == ()


def test_cuts_are_made_at_line_borders() -> None:
    """What the model sees begins and ends with whole lines, within the budgets."""
    text = "".join(f"line {number}\r\n" for number in range(10_000))
    offset = text.index("line 5000") + 3
    place = gather(Snapshot("file:///a", "python", 1, text), offset)
    assert PREFIX_BUDGET - PREFIX_STEP - 1_000 <= len(place.prefix) <= PREFIX_BUDGET
    assert SUFFIX_BUDGET - 1_000 <= len(place.suffix) <= SUFFIX_BUDGET
    assert place.prefix.startswith("line ")
    assert place.suffix.endswith("\r\n")
    assert text[place.start : place.offset] == place.prefix


def test_typing_does_not_move_the_beginning() -> None:
    """Over 200 keys far from the beginning, the prefix begins at the same character but for one step at most."""
    text = "x = 1\n" * 10_000
    starts = {gather(Snapshot("file:///a", "python", 1, text), offset).start for offset in range(30_000, 30_200)}
    assert len(starts) <= 2


@pytest.mark.parametrize("text", ["x = 1\n" * 1_700_000, "x" * 10_000_000, "\n" * 10_000_000])
def test_the_size_of_the_document_does_not_matter(text: str) -> None:
    """A place in 10 MB is read in a moment, also where a line is as long as the document."""
    snapshot = Snapshot("file:///a", "python", 1, text)
    began = time.perf_counter()
    places = [gather(snapshot, offset) for offset in range(5_000_000, 5_000_100)]
    assert len({(place.line_before, place.line_after, place.following, place.newline) for place in places}) > 0
    assert time.perf_counter() - began < 1.0
    assert max(len(place.prefix) + len(place.suffix) for place in places) <= PREFIX_BUDGET + SUFFIX_BUDGET


@pytest.mark.parametrize("offset", [-1, 4])
def test_an_offset_outside_is_refused(offset: int) -> None:
    """There is no place there."""
    with pytest.raises(ValueError, match="outside"):
        gather(Snapshot("file:///a", "python", 1, "abc"), offset)
