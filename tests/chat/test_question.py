"""What may be shown to the model: nothing that is excluded, nothing twice, what is named first."""

from __future__ import annotations

from lsp_codex.chat.question import question
from lsp_codex.text import Snapshot, Span
from tests.chat.fakes import APP


def document(name: str, text: str = "x") -> Snapshot:
    """An open document of the project."""
    return Snapshot(f"file:///home/anna/demo/{name}", "python", 1, text)


def names(opened: list[Snapshot], prompt: str = "Why?") -> list[str]:
    """The other documents of a question about APP, in their order."""
    found = question(prompt, APP, None, opened)
    return [each.uri.removeprefix("file:///home/anna/demo/") for each in found.others]


def test_others_come_last_opened_first_and_named_ones_before() -> None:
    """Whoever names a file means it."""
    opened = [document("a.py"), document("b.py"), APP, document("c.py")]
    assert names(opened) == ["c.py", "b.py", "a.py"]
    assert names(opened, "What does a.py do?") == ["a.py", "c.py", "b.py"]


def test_what_is_empty_or_ours_is_not_shown() -> None:
    """Nor are the answers that we show ourselves."""
    ours = Snapshot("codex:/answers/1.md", "markdown", 1, "an answer")
    assert names([document("empty.py", " \n"), ours, document("private/a.py"), document("b.py")]) == [
        "b.py",
        "private/a.py",
    ]


def test_an_empty_selection_is_none() -> None:
    """A cursor selects nothing."""
    assert question("Why?", APP, Span.at(3)).selection is None
    assert question("Why?", APP, Span(3, 4)).selection == Span(3, 4)
