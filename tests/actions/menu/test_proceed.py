"""Continue here."""

from __future__ import annotations

import pytest

from lsp_codex.actions.menu import proceed
from lsp_codex.actions.outcome import Nothing
from tests.actions.scripted import after, outcome, place

CASES = {
    "the rest of a line": ("x = foo(┃\n", "1)", "x = foo(1)\n"),
    "the line again": ("x = foo(┃\n", "x = foo(1)", "x = foo(1)\n"),
    "the margin again": ("def f():\n    ┃\n", "    return 1\n", "def f():\n    return 1\n"),
    "a block": ("def f():┃\n", "\n    return 1", "def f():\n    return 1\n"),
    "the next function": (
        "def f():\n    return 1\n\n\n┃",
        "def g():\n    return 2",
        "def f():\n    return 1\n\n\ndef g():\n    return 2",
    ),
    "CRLF": ("a = 1\r\n┃", "b = 2\nc = 3", "a = 1\r\nb = 2\r\nc = 3"),
}


@pytest.mark.parametrize(("marked", "said", "expected"), CASES.values(), ids=CASES.keys())
def test_text_at_the_cursor(marked: str, said: str, expected: str) -> None:
    """Without what stands there already."""
    assert after("continue", place(marked), said) == expected


def test_what_opens_and_does_not_close_is_shown() -> None:
    """The document would be broken."""
    made = outcome("continue", place("x = 1\n┃"), "y = (")
    assert getattr(made, "why", "") == "the result would not be valid Python"


def test_where_it_is_offered() -> None:
    """At the end of a line, with text before."""
    assert proceed.offers(place("x = 1┃\n"))
    assert proceed.offers(place("x┃ = 1\n")) == ()
    assert proceed.offers(place("┃")) == ()
    assert isinstance(proceed.task(place("┃")), Nothing)
