"""Translate a comment."""

from __future__ import annotations

from lsp_codex.actions.action import Task
from lsp_codex.actions.menu import translate
from tests.actions.scripted import after, outcome, place


def test_only_comments_are_translated() -> None:
    """And docstrings; a string is data."""
    assert len(translate.offers(place("# Das┃\n"))) == 1
    assert len(translate.offers(place('def f():\n    """Das┃."""\n'))) == 1
    assert translate.offers(place('x = "Das┃"\n')) == ()


def test_the_user_may_name_a_language() -> None:
    """English, unless told otherwise."""
    task = translate.task(place("# that┃\n", instruction="French"))
    assert isinstance(task, Task)
    assert "into French" in task.wanted


def test_the_marks_stay() -> None:
    """Behind code, in a docstring, in a block."""
    assert after("translate", place("x = 1  # Das┃\n"), "That") == "x = 1  # That\n"
    assert after("translate", place('def f():\n    """Das┃."""\n'), "That.") == 'def f():\n    """That."""\n'
    assert after("translate", place("/* Das┃ */ f();\n", "c"), "that") == "/* that */ f();\n"


def test_code_is_no_translation() -> None:
    """What is more than a comment is shown."""
    made = outcome("translate", place("# Das┃\nx = 1\n"), "# That\nx = 2")
    assert getattr(made, "why", "") == "the model answered with something else than a comment"
