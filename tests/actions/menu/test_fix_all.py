"""Fix all of a kind."""

from __future__ import annotations

from lsp_codex.actions.action import Task
from lsp_codex.actions.menu import fix_all
from lsp_codex.actions.outcome import Nothing
from tests.actions.scripted import place


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
