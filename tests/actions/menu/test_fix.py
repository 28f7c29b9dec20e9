"""Fix a diagnostic."""

from __future__ import annotations

import pytest

from lsp_codex.actions.action import Task
from lsp_codex.actions.menu import fix
from lsp_codex.actions.outcome import Answered
from tests.actions.scripted import after, outcome, place


def test_every_problem_has_its_entry() -> None:
    """Named by the first line of what it says, cut where a menu would be too wide."""
    assert fix.offers(place("┃x")) == ()
    (offer,) = fix.offers(place("├x┤", problem="bad  thing\nand more"))
    assert offer.title == "Codex: Fix: bad thing"
    assert len(fix.shortened("w" * 200)) == 60


@pytest.mark.parametrize(
    ("marked", "expected"),
    [
        ("a = 1\n\n\ndef f():\n    return ├x┤\n", "def f():\n    return x"),
        ("".join(f"a{number}\n" for number in range(9)) + "├b┤\nc\n", "a3\na4\na5\na6\na7\na8\nb\nc\n"),
    ],
)
def test_what_is_worked_on(marked: str, expected: str) -> None:
    """The function that the problem is in, else a few lines around it."""
    task = fix.task(place(marked, problem="bad"))
    assert isinstance(task, Task)
    assert task.region == expected


@pytest.mark.parametrize("language", ["python", "javascript"])
def test_the_right_line_alone_takes_no_other_away(language: str) -> None:
    """Outside of functions the target is the lines around a problem, and some models answer with one of them."""
    source = "import a\nfirst = 1\nsecond = 2\nthird = ├y┤\n"
    at = place(source, language, problem="undefined y", code="F821")
    made = outcome("fix", at, "third = first")
    assert isinstance(made, Answered)
    assert "leaves parts out" in made.why
    assert after("fix", at, "import a\nfirst = 1\nsecond = 2\nthird = first").endswith("third = first\n")
    small = place("import a\nx = ├y┤\n", language, problem="undefined y", code="F821")
    assert after("fix", small, "import a, y\nx = y") == "import a, y\nx = y\n"
