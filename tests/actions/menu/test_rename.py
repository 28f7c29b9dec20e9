"""Clearer names."""

from __future__ import annotations

from lsp_codex.actions.menu import rename
from lsp_codex.actions.outcome import Nothing
from tests.actions.scripted import outcome, place


def test_functions_have_local_names() -> None:
    """Classes and loose lines have none that would be ours to change."""
    assert [o.title for o in rename.offers(place("def f():\n    x┃\n"))] == ["Codex: Clearer names in f"]
    assert rename.offers(place("class A:\n    x┃ = 1\n")) == ()
    assert isinstance(rename.task(place("x┃ = 1\n")), Nothing)


def test_what_is_known_outside_stays() -> None:
    """An attribute is known outside."""
    made = outcome("rename", place("def f(a):\n    return┃ a.x\n"), "def f(a):\n    return a.y")
    assert getattr(made, "why", "") == "it changes more than names"
