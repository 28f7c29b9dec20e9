"""Between LSP's values and ours."""

from __future__ import annotations

from lsprotocol import types as lsp

from lsp_codex.server import convert
from lsp_codex.server.documents import Document, Documents
from lsp_codex.server.protocol import CodexServer
from lsp_codex.server.units import units_of
from lsp_codex.text import Edit, Snapshot, Span

DOCUMENT = Document("file:///a.py", "python", 3, "x = '😀'\r\ny\n", units_of("utf-16"))


def test_a_snapshot_is_the_document_as_it_is_now() -> None:
    """It does not change with the document, and there is none of a document that is not open."""
    server = CodexServer("test", "1")
    workspace = Documents(None)
    server.protocol._workspace = workspace
    workspace.put_text_document(lsp.TextDocumentItem("file:///a.py", "python", 3, "a"))
    taken = convert.snapshot(server, "file:///a.py")
    workspace.get_text_document("file:///a.py").apply(lsp.TextDocumentContentChangeWholeDocument("b"))
    assert taken == Snapshot("file:///a.py", "python", 3, "a")
    assert convert.snapshot(server, "file:///b.py") is None


def test_a_span_and_a_range_are_the_same_place() -> None:
    """There and back, with a character that is two units for the client."""
    quote = DOCUMENT.text.index("'", 5)
    span = Span(quote, quote + 1)
    range_ = convert.range_of(DOCUMENT, span)
    assert range_ == lsp.Range(lsp.Position(0, 7), lsp.Position(0, 8))
    assert convert.span_of(DOCUMENT, range_) == span
    assert convert.offset(DOCUMENT, lsp.Position(0, 7)) == quote


def test_a_range_whose_ends_are_swapped_is_turned() -> None:
    """A selection made backwards is the same span."""
    range_ = lsp.Range(lsp.Position(1, 1), lsp.Position(0, 0))
    assert convert.span_of(DOCUMENT, range_) == Span(0, DOCUMENT.text.index("y") + 1)


def test_an_edit_in_the_clients_units() -> None:
    """The range is the client's, the text is as it is."""
    start = DOCUMENT.text.index("y")
    edit = convert.text_edit(DOCUMENT, Edit(Span(start, start + 1), "z"))
    assert edit == lsp.TextEdit(lsp.Range(lsp.Position(1, 0), lsp.Position(1, 1)), "z")
