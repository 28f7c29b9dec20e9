"""Implement."""

from __future__ import annotations

import pytest

from lsp_codex.actions.action import Task
from lsp_codex.actions.menu import implement
from lsp_codex.actions.outcome import Nothing
from tests.actions.scripted import place

STUBS = {
    "pass": ("def f(a):\n    pass┃\n", "python", "Codex: Implement f"),
    "dots on the line": ("def f(a: int) -> int: ..┃.\n", "python", "Codex: Implement f"),
    "a docstring alone": ('def f(a):\n    """Do: it."""┃\n', "python", "Codex: Implement f"),
    "not implemented": (
        "def f(a):\n    # later\n    raise NotImplementedError(┃'f')\n",
        "python",
        "Codex: Implement f",
    ),
    "JavaScript": (
        "function f(a) {\n  throw new Error('not implemented');┃\n}\n",
        "javascript",
        "Codex: Implement f",
    ),
    "Rust": ("fn f(a: i32) -> i32 {\n    todo!()┃\n}\n", "rust", "Codex: Implement f"),
    "an empty body": ("func f(a int) {\n┃}\n", "go", "Codex: Implement f"),
    "a TODO": ("def f(a):\n    # TODO: sort┃\n    return a\n", "python", "Codex: Implement this TODO"),
    "a comment": ("x = 1\n# read the file┃\n", "python", "Codex: Implement what this comment says"),
}


@pytest.mark.parametrize(("marked", "language", "title"), STUBS.values(), ids=STUBS.keys())
def test_what_is_to_be_implemented(marked: str, language: str, title: str) -> None:
    """Stubs, and what comments say; the task is there when the offer is."""
    at = place(marked, language)
    assert [offer.title for offer in implement.offers(at)] == [title]
    assert isinstance(implement.task(at), Task)


@pytest.mark.parametrize("marked", ["def f(a):\n    return┃ a\n", "x┃ = 1  # one\n", "├pass┤\n", "x = 1  # o┃ne\n"])
def test_what_is_not(marked: str) -> None:
    """Code that is there, and remarks behind code."""
    at = place(marked)
    assert implement.offers(at) == ()
    assert isinstance(implement.task(at), Nothing)


def test_a_comment_outside_of_functions_is_the_target_itself() -> None:
    """The code comes where it stands."""
    task = implement.task(place("x = 1\n# read┃ it\n# twice\ny\n"))
    assert isinstance(task, Task)
    assert task.region == "# read it\n# twice"
    assert "read it twice" in task.wanted
