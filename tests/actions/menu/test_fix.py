"""Fix a diagnostic."""

from __future__ import annotations

import pytest

from lsp_codex.actions.action import Task
from lsp_codex.actions.menu import fix
from tests.actions.scripted import place


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
