"""Rewrite as I say."""

from __future__ import annotations

import pytest

from lsp_codex.actions.action import Task
from lsp_codex.actions.menu import rewrite
from lsp_codex.actions.outcome import Nothing
from tests.actions.scripted import after, place


@pytest.mark.parametrize(
    ("marked", "title", "region"),
    [
        ("def f():\n    return┃ 1\n", "Codex: Rewrite f as I say…", "def f():\n    return 1"),
        ("├a = 1┤\n", "Codex: Rewrite the selection as I say…", "a = 1"),
        ("a┃ = 1\nb\n", "Codex: Rewrite this line as I say…", "a = 1"),
    ],
)
def test_what_is_rewritten(marked: str, title: str, region: str) -> None:
    """The selection, else the function, else the line."""
    assert [offer.title for offer in rewrite.offers(place(marked))] == [title]
    task = rewrite.task(place(marked, instruction="do"))
    assert isinstance(task, Task)
    assert task.region == region


@pytest.mark.parametrize("instruction", [None, "", "  "])
def test_without_an_instruction_it_says_how(instruction: str | None) -> None:
    """Nobody is asked to do nothing."""
    task = rewrite.task(place("a┃\n", instruction=instruction))
    assert isinstance(task, Nothing)
    assert "codex.applyAction" in task.why


def test_prose_is_rewritten_too() -> None:
    """Whatever the model says is the text."""
    at = place("├Some words, (and more.┤\n", "markdown", instruction="shorter")
    assert after("rewrite", at, "Some words.") == "Some words.\n"
