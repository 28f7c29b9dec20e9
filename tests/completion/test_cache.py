"""What is remembered, and when it answers."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lsp_codex.completion.cache import CompletionCache, remaining
from lsp_codex.completion.context import CompletionContext, gather
from lsp_codex.text import Snapshot


def _at(document: str, uri: str = "file:///a.py") -> CompletionContext:
    return gather(Snapshot(uri, "python", 1, document.replace("┃", "")), document.index("┃"))


@pytest.mark.parametrize(
    ("document", "found"),
    [
        ("x = ┃\ny", "foo(a)"),
        ("x = fo┃\ny", "o(a)"),
        ("x = foo(a┃\ny", ")"),
        ("x = foo(a)┃\ny", None),
        ("x = fa┃\ny", None),
        ("x =┃\ny", None),
        ("x = fo┃)\ny", None),
        ("x = fo┃\nz", None),
        ("z = fo┃\ny", None),
    ],
)
def test_typing_through_a_suggestion(document: str, found: str | None) -> None:
    """The remainder, as long as it fits and something is left, and nothing else has changed."""
    cache = CompletionCache()
    cache.remember(_at("x = ┃\ny"), "foo(a)")
    assert cache.find(_at(document)) == found


def test_deleting_back_into_a_suggestion_finds_it_again() -> None:
    """What was typed and deleted again leads through the same suggestion."""
    cache = CompletionCache()
    cache.remember(_at("x = ┃"), "foo")
    assert [cache.find(_at(text)) for text in ("x = fo┃", "x = foa┃", "x = fo┃", "x = ┃")] == ["o", None, "o", "foo"]


def test_nothing_is_an_answer_for_its_own_place() -> None:
    """That the model had nothing to say is known there, and says nothing about the next key."""
    cache = CompletionCache()
    cache.remember(_at("x┃"), "")
    assert cache.find(_at("x┃")) == ""
    assert cache.find(_at("xy┃")) is None


def test_the_newest_answer_counts() -> None:
    """A later answer for a place comes first; an earlier one still helps where the later does not fit."""
    cache = CompletionCache()
    cache.remember(_at("x┃"), "abc")
    cache.remember(_at("x┃"), "def")
    assert cache.find(_at("x┃")) == "def"
    assert cache.find(_at("xa┃")) == "bc"


def test_the_cache_is_bounded() -> None:
    """The oldest entry goes first."""
    cache = CompletionCache(size=2)
    for name in "abc":
        cache.remember(_at("┃", name), name)
    assert [cache.find(_at("┃", name)) for name in "abc"] == [None, "b", "c"]


def test_a_closed_document_is_forgotten_alone() -> None:
    """Other documents keep theirs, and the bound stays."""
    cache = CompletionCache(size=2)
    cache.remember(_at("┃", "a"), "1")
    cache.remember(_at("┃", "b"), "2")
    cache.forget("a")
    assert (cache.find(_at("┃", "a")), cache.find(_at("┃", "b"))) == (None, "2")
    cache.remember(_at("┃", "c"), "3")
    cache.remember(_at("┃", "d"), "4")
    assert cache.find(_at("┃", "b")) is None


@given(text=st.text(min_size=1), count=st.integers(0, 20))
def test_typed_and_remaining_make_the_suggestion(text: str, count: int) -> None:
    """Nothing is lost or doubled; a suggestion that is used up is none."""
    typed = text[:count]
    left = remaining(text, typed)
    assert typed + (left or "") == text
    assert (left is None) == (typed == text)
