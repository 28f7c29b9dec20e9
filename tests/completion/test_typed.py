"""What was typed between two places."""

from __future__ import annotations

import pytest

from lsp_codex.completion.context import CompletionContext, gather
from lsp_codex.completion.typed import Typed, between
from lsp_codex.text import Snapshot


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
