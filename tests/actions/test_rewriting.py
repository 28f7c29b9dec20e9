"""What an edit must not break."""

from __future__ import annotations

import pytest

from lsp_codex.actions import rewriting
from lsp_codex.text import Edit, Span
from tests.actions.scripted import after, outcome, place

CASES = {
    "sound": ("a = 1\n", "a = 1", "a = 2", "python", None),
    "broken": ("a = 1\n", "a = 1", "a = (", "python", "the result would not be valid Python"),
    "broken before": ("a = (\nb = 1\n", "b = 1", "b = 2", "python", None),
    "broken before and worse": ("a = (\nb = 1\n", "b = 1", "b = [", "python", "its brackets do not balance"),
    "balanced": ("f(1);", "f(1);", "f([2]);", "c", None),
    "not balanced": ("f(1);", "f(1);", "f([2);", "c", "its brackets do not balance"),
    "as open as before": ("if (a) {\n x;\n}", "if (a) {", "if (b) {", "c", None),
    "prose": ("it's (", "it's (", "it's ((", "markdown", None),
}


@pytest.mark.parametrize(("text", "old", "new", "language", "expected"), CASES.values(), ids=CASES.keys())
def test_what_would_be_broken(text: str, old: str, new: str, language: str, expected: str | None) -> None:
    """Python must parse if it did; elsewhere, and where it did not, brackets stay as balanced as they are."""
    at = text.index(old)
    edits = (Edit(Span(at, at + len(old)), new),)
    assert rewriting.fault(place(f"┃{text}", language), edits, old, new) == expected


def test_line_ends_of_the_document_are_kept() -> None:
    """The model writes ``\\n``; the document has ``\\r\\n`` and keeps every one of them."""
    at = place("def f(a):\r\n    b = a\r\n    return┃ b\r\n")
    assert after("simplify", at, "def f(a):\n    return a") == "def f(a):\r\n    return a\r\n"


def test_a_whole_file_keeps_its_end() -> None:
    """Blank lines at the ends of a target are not the model's to drop."""
    at = place("\n\ndef a():\n    return ├x┤ == None\n\n", problem="E", code="E711")
    assert after("fixAll", at, "def a():\n    return x is None") == "\n\ndef a():\n    return x is None\n\n"


def test_the_same_again_is_nothing() -> None:
    """An answer that changes nothing is no edit."""
    assert outcome("simplify", place("def f():\n    return┃ 1\n"), "def f():\n    return 1") == rewriting.UNCHANGED


def test_a_definition_may_not_vanish() -> None:
    """An answer without the function is shown and not applied."""
    made = outcome("simplify", place("def f():\n    return┃ 1\n"), "g = 1")
    assert getattr(made, "why", "") == "it lacks the function f"
