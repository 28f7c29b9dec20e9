"""What is remembered, and when it answers."""

from __future__ import annotations

import pytest

from lsp_codex.completion.cache import CompletionCache
from lsp_codex.completion.context import CompletionContext, gather
from lsp_codex.text import Snapshot


def _find(cache: CompletionCache, place: CompletionContext) -> str | None:
    """The best of what is known at a place."""
    known = cache.find(place)
    return known.texts[0] if known else None


def _at(document: str, uri: str = "file:///a.py") -> CompletionContext:
    return gather(Snapshot(uri, "python", 1, document.replace("┃", "")), document.index("┃"))


@pytest.mark.parametrize(
    ("document", "found"),
    [
        ("x = ┃\ny", "foo(a)"),
        ("x = fo┃\ny", "o(a)"),
        ("x = foo(a┃\ny", ")"),
        ("x = foo(a)┃\ny", ""),
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
    cache.remember(_at("x = ┃\ny"), ("foo(a)",))
    assert _find(cache, _at(document)) == found


def test_deleting_back_into_a_suggestion_finds_it_again() -> None:
    """What was typed and deleted again leads through the same suggestion."""
    cache = CompletionCache()
    cache.remember(_at("x = ┃"), ("foo",))
    assert [_find(cache, _at(text)) for text in ("x = fo┃", "x = foa┃", "x = fo┃", "x = ┃")] == [
        "o",
        None,
        "o",
        "foo",
    ]


def test_nothing_is_an_answer_for_its_own_place() -> None:
    """That the model had nothing to say is known there, and says nothing about the next key."""
    cache = CompletionCache()
    cache.remember(_at("x┃"), ("",))
    assert _find(cache, _at("x┃")) == ""
    assert _find(cache, _at("xy┃")) is None


def test_the_newest_answer_counts() -> None:
    """A later answer for a place comes first; an earlier one still helps where the later does not fit."""
    cache = CompletionCache()
    cache.remember(_at("x┃"), ("abc",))
    cache.remember(_at("x┃"), ("def",))
    assert _find(cache, _at("x┃")) == "def"
    assert _find(cache, _at("xa┃")) == "bc"


def test_the_cache_is_bounded() -> None:
    """The oldest entry goes first."""
    cache = CompletionCache(size=2)
    for name in "abc":
        cache.remember(_at("┃", name), (name,))
    assert [_find(cache, _at("┃", name)) for name in "abc"] == [None, "b", "c"]


def test_a_closed_document_is_forgotten_alone() -> None:
    """Other documents keep theirs, and the bound stays."""
    cache = CompletionCache(size=2)
    cache.remember(_at("┃", "a"), ("1",))
    cache.remember(_at("┃", "b"), ("2",))
    cache.forget("a")
    assert (_find(cache, _at("┃", "a")), _find(cache, _at("┃", "b"))) == (None, "2")
    cache.remember(_at("┃", "c"), ("3",))
    cache.remember(_at("┃", "d"), ("4",))
    assert _find(cache, _at("┃", "b")) is None


def test_several_answers_stay_together() -> None:
    """Those that still fit, in their order; and that several were asked for is known."""
    cache = CompletionCache()
    cache.remember(_at("x = ┃"), ("foo(a)", "bar", "foo(b)"), several=True)
    known = cache.find(_at("x = fo┃"))
    assert known is not None
    assert (known.texts, known.several) == (("o(a)", "o(b)"), True)


@pytest.mark.parametrize(
    ("document", "found"),
    [
        ("x = f(┃)\ny", "a)"),
        ("x = f(a)┃\ny", ""),
        ("x = f(a┃)\ny", ")"),
        ("x = f(┃]\ny", None),
        ("x = f(┃b)\ny", None),
    ],
)
def test_a_bracket_that_the_editor_closes_by_itself(document: str, found: str | None) -> None:
    """It is no reason to ask again, and neither is stepping over it."""
    cache = CompletionCache()
    cache.remember(_at("x = ┃\ny"), ("f(a)",))
    assert _find(cache, _at(document)) == found


def test_an_accepted_suggestion_that_covered_a_bracket_is_used_up() -> None:
    """Editors ask again right after an acceptance (spec/editors.md 3, rule 5): there is nothing to ask yet."""
    cache = CompletionCache()
    cache.remember(_at("foo(┃)\ny"), ("a, b)",))
    assert _find(cache, _at("foo(a, b)┃\ny")) == ""
