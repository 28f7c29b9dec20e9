"""Journal: the last entries, by document."""

from __future__ import annotations

from lsp_codex.completion.context import CompletionContext, gather
from lsp_codex.completion.journal import Journal, Remembered, Unasked
from lsp_codex.text import Snapshot


def place(uri: str = "file:///a.py", text: str = "x = ") -> CompletionContext:
    """The end of a document."""
    return gather(Snapshot(uri, "python", 1, text), len(text))


def test_entries_come_back_in_order_and_by_document() -> None:
    """What happened in another document is not told."""
    journal = Journal()
    first, other, last = Unasked(place(), "why"), Unasked(place("file:///b.py"), "why"), Remembered(place(), "1")
    for entry in (first, other, last):
        journal.note(entry)
    assert journal.about("file:///a.py") == (first, last)


def test_the_journal_is_bounded() -> None:
    """The oldest entry goes."""
    journal = Journal(size=2)
    for number in range(3):
        journal.note(Remembered(place(), str(number)))
    assert [entry.text for entry in journal.about("file:///a.py") if isinstance(entry, Remembered)] == ["1", "2"]


def test_a_closed_document_is_forgotten() -> None:
    """Nothing of its text stays, and the bound stays."""
    journal = Journal(size=2)
    for uri in ("file:///a.py", "file:///b.py"):
        journal.note(Unasked(place(uri), "why"))
    journal.forget("file:///a.py")
    assert journal.about("file:///a.py") == ()
    for _ in range(3):
        journal.note(Unasked(place("file:///b.py"), "why"))
    assert len(journal.about("file:///b.py")) == 2
