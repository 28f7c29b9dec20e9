"""Write tests."""

from __future__ import annotations

import pytest

from lsp_codex.actions.action import Task
from lsp_codex.actions.menu import tests
from lsp_codex.actions.outcome import NewFile, Nothing
from tests.actions.scripted import outcome, place

MARKED = "def f(a):\r\n    return┃ a\r\n"


def test_files_have_tests() -> None:
    """A document that is no file has no place beside it; prose has none to test."""
    assert [o.title for o in tests.offers(place(MARKED))] == ["Codex: Write tests for f"]
    assert tests.offers(place(MARKED, uri="untitled:1")) == ()
    assert tests.offers(place("# f(a)┃", "markdown")) == ()
    assert isinstance(tests.task(place(MARKED)), Nothing)


def test_the_model_is_told_where_and_how() -> None:
    """The new path, and what the module is imported as."""
    task = tests.task(place(MARKED, new_file="/p/q/test_demo.py", import_name="p.demo"))
    assert isinstance(task, Task)
    assert "q/test_demo.py" in task.wanted
    assert "imported as p.demo." in task.wanted


@pytest.mark.parametrize("path", ["/home/ann/test_#1.py", "C:/Users/ann/test_#1.py", "/Users/ann/test_#1.py"])
def test_the_model_is_not_told_who_works_here(path: str) -> None:
    """As of documents, it sees of the new file's path what tells it from others."""
    task = tests.task(place(MARKED, new_file=path))
    assert isinstance(task, Task)
    assert "file test_#1.py:" in task.wanted


def test_the_file_has_the_line_ends_of_its_neighbour() -> None:
    """And exactly one at its end."""
    made = outcome("tests", place(MARKED, new_file="/p/t.py"), "from demo import f\n\nassert f(1) == 1\n\n\n")
    assert made == NewFile("/p/t.py", "from demo import f\r\n\r\nassert f(1) == 1\r\n")


def test_a_file_that_cannot_run_is_not_made() -> None:
    """It must be a program, not only parse."""
    made = outcome("tests", place(MARKED, new_file="/p/t.py"), "from demo import f\n\nreturn f(1)\n")
    assert getattr(made, "why", "") == "it is not valid Python"
