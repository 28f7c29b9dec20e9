"""Simplify."""

from __future__ import annotations

from lsp_codex.actions.menu import simplify
from tests.actions.scripted import after, outcome, place


def test_a_selection_or_a_function() -> None:
    """Whichever there is; prose is not simplified."""
    assert [o.title for o in simplify.offers(place("├x = 1┤"))] == ["Codex: Simplify the selection"]
    assert [o.title for o in simplify.offers(place("def f():\n    x┃\n"))] == ["Codex: Simplify f"]
    assert simplify.offers(place("├some words┤", "markdown")) == ()


def test_an_expression_within_a_line() -> None:
    """Only what is selected changes."""
    assert after("simplify", place("if ├not a == b┤ and c:\n    pass\n"), "a != b") == "if a != b and c:\n    pass\n"


def test_parameters_stay() -> None:
    """A caller must not notice."""
    made = outcome("simplify", place("def f(a, b):\n    return┃ a\n"), "def f(a):\n    return a")
    assert getattr(made, "why", "") == "it changes the parameters of f"
