"""Explain."""

from __future__ import annotations

import pytest

from lsp_codex.actions.action import Question, Task
from lsp_codex.actions.menu import explain
from lsp_codex.actions.outcome import Answered
from lsp_codex.text import Span
from tests.actions.scripted import place


@pytest.mark.parametrize(
    ("marked", "title", "about"),
    [
        ("def f():\n    return┃ 1\n", "Codex: Explain f", "def f():\n    return 1"),
        ("x = ├a + b┤\n", "Codex: Explain the selection", "a + b"),
        ("x┃ = 1\ny\n", "Codex: Explain this line", "x = 1"),
    ],
)
def test_what_is_explained(marked: str, title: str, about: str) -> None:
    """The selection, else the function, else the line."""
    at = place(marked)
    assert [offer.title for offer in explain.offers(at)] == [title]
    question = explain.task(at)
    assert isinstance(question, Question)
    assert at.text[question.target.start : question.target.end] == about


def test_a_problem_is_explained_first() -> None:
    """With what it says, in its function."""
    at = place("def f():\n    return ├x┤\n", problem="undefined name 'x'")
    question = explain.task(at)
    assert isinstance(question, Question)
    assert "undefined name 'x'" in question.prompt
    assert at.text[question.target.start : question.target.end] == "def f():\n    return x"


def test_an_empty_line_has_nothing_to_explain() -> None:
    """And so no entry."""
    assert explain.offers(place("┃\n")) == ()


def test_an_explanation_is_no_edit() -> None:
    """Whatever the model says, with code in it or not."""
    said = "```python\nx = 2\n```"
    at = place("x┃ = 1\n")
    assert explain.outcome(Task(at, Span(0, 5), ""), said) == Answered(said, "it was asked to explain")
