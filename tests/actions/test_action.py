"""The values of an action."""

from __future__ import annotations

from lsp_codex.actions.action import Form, Kind, Task
from lsp_codex.text import Span
from tests.actions.scripted import place


def test_a_task_knows_its_region() -> None:
    """The text of its target."""
    assert Task(place("a┃bc"), Span(1, 2), "do").region == "b"


def test_kinds_are_words_of_lsp() -> None:
    """With dots between the levels, if any."""
    assert {kind.value for kind in Kind} == {"quickfix", "refactor.rewrite", "refactor", ""}


def test_every_form_says_what_to_answer_with() -> None:
    """And that nothing else is wanted."""
    assert all(form.value.startswith("Answer with") and "nothing else" in form.value for form in Form)
