"""Write tests."""

from __future__ import annotations

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
    task = tests.task(place(MARKED, new_file="/p/test_demo.py", import_name="p.demo"))
    assert isinstance(task, Task)
    assert "/p/test_demo.py" in task.wanted
    assert "imported as p.demo." in task.wanted


def test_the_file_has_the_line_ends_of_its_neighbour() -> None:
    """And exactly one at its end."""
    made = outcome("tests", place(MARKED, new_file="/p/t.py"), "from demo import f\n\nassert f(1) == 1\n\n\n")
    assert made == NewFile("/p/t.py", "from demo import f\r\n\r\nassert f(1) == 1\r\n")
