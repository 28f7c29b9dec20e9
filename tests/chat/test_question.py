"""What may be shown to the model: nothing that is excluded, nothing twice, what is named first."""

from __future__ import annotations

import pytest

from lsp_codex.chat.question import question
from lsp_codex.config import Context
from lsp_codex.errors import Unanswered
from lsp_codex.text import Snapshot, Span
from tests.chat.fakes import APP

SETTINGS = Context()


def document(name: str, text: str = "x") -> Snapshot:
    """An open document of the project."""
    return Snapshot(f"file:///home/anna/demo/{name}", "python", 1, text)


def names(opened: list[Snapshot], prompt: str = "Why?", settings: Context = SETTINGS) -> list[str]:
    """The other documents of a question about APP, in their order."""
    found = question(prompt, APP, None, opened, settings, ["file:///home/anna/demo"])
    return [each.uri.removeprefix("file:///home/anna/demo/") for each in found.others]


def test_others_come_last_opened_first_and_named_ones_before() -> None:
    """Whoever names a file means it."""
    opened = [document("a.py"), document("b.py"), APP, document("c.py")]
    assert names(opened) == ["c.py", "b.py", "a.py"]
    assert names(opened, "What does a.py do?") == ["a.py", "c.py", "b.py"]


def test_what_is_excluded_empty_or_ours_is_not_shown() -> None:
    """By the default, by the user's patterns, and the answers that we show ourselves."""
    ours = Snapshot("codex:/answers/1.md", "markdown", 1, "an answer")
    opened = [document(".env"), document("empty.py", " \n"), ours, document("private/a.py"), document("b.py")]
    assert names(opened) == ["b.py", "private/a.py"]
    assert names(opened, settings=Context(exclude=("/private/",))) == ["b.py", ".env"]
    assert names(opened, settings=Context(open_documents=False)) == []


def test_a_question_about_an_excluded_document_is_refused() -> None:
    """It names document and setting, and nothing is sent."""
    with pytest.raises(Unanswered, match=r"demo/\.env is not shown to the model, because codex\.context\.exclude"):
        question("Why?", document(".env"), None, [], SETTINGS)


def test_an_empty_selection_is_none() -> None:
    """A cursor selects nothing."""
    assert question("Why?", APP, Span.at(3), [], SETTINGS).selection is None
    assert question("Why?", APP, Span(3, 4), [], SETTINGS).selection == Span(3, 4)
