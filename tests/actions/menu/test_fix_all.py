"""Fix all of a kind."""

from __future__ import annotations

from lsp_codex.actions.action import Task
from lsp_codex.actions.menu import fix_all
from lsp_codex.actions.outcome import Answered, Nothing
from tests.actions.scripted import after, outcome, place


def test_a_kind_needs_a_name() -> None:
    """A problem without a code is of no kind that could be named."""
    assert fix_all.offers(place("├x┤", problem="bad")) == ()
    (offer,) = fix_all.offers(place("├x┤", problem="bad", code="E1"))
    assert offer.title == "Codex: Fix all “E1” in this file"


def test_the_whole_file_is_worked_on() -> None:
    """If it can be written out as a whole; else the entry says why not."""
    task = fix_all.task(place("a\n├x┤\nb\n", problem="bad", code="E1"))
    assert isinstance(task, Task)
    assert task.region == "a\nx\nb\n"
    long = place("├x┤\n" + "y = 1\n" * 20_000, problem="bad", code="E1")
    assert "too long" in (fix_all.offers(long)[0].refused or "")
    assert isinstance(fix_all.task(long), Nothing)


def test_a_part_of_the_file_is_not_the_file() -> None:
    """An answer with the one function that was wrong would take the others away."""
    source = (
        "function f() {\n  return ├x┤ == null;\n}\nfunction g() {\n  return 1;\n}\nfunction h() {\n  return 2;\n}\n"
    )
    at = place(source, "javascript", problem="eqeqeq", code="eqeqeq")
    assert isinstance(outcome("fixAll", at, "function f() {\n  return x === null;\n}"), Answered)
    whole = source.replace("├x┤ ==", "x ===")
    assert after("fixAll", at, whole) == whole
