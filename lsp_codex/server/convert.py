"""Between LSP's positions, ranges and edits and our snapshots, spans and edits."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lsprotocol import types as lsp

from lsp_codex.server.documents import Document, find_document
from lsp_codex.text import Edit, Snapshot, Span

if TYPE_CHECKING:
    from pygls.lsp.server import LanguageServer


def snapshot(server: LanguageServer, uri: str) -> Snapshot | None:
    """The document as it is now, or ``None`` if the editor has not opened it."""
    document = find_document(server, uri)
    return snapshot_of(document) if document else None


def snapshot_of(document: Document) -> Snapshot:
    """``document`` as it is now."""
    return Snapshot(document.uri, document.language_id, document.version, document.text)


def offset(document: Document, position: lsp.Position) -> int:
    """Where ``position`` is in the document's text."""
    return document.offset_at(position)


def span_of(document: Document, range_: lsp.Range) -> Span:
    """The span that ``range_`` covers; a range whose ends are the wrong way round is turned."""
    start, end = sorted((document.offset_at(range_.start), document.offset_at(range_.end)))
    return Span(start, end)


def range_of(document: Document, span: Span) -> lsp.Range:
    """The range of ``span`` in the client's units."""
    return lsp.Range(document.position_at(span.start), document.position_at(span.end))


def read_range(value: object) -> lsp.Range | None:
    """A range as LSP writes it, out of an argument that nobody has checked; None if it is none (3.18, uinteger)."""
    match value:
        case {"start": {"line": first, "character": column}, "end": {"line": last, "character": end}}:
            numbers = (first, column, last, end)
            if all(type(each) is int and 0 <= each < 2**31 for each in numbers):
                return lsp.Range(lsp.Position(first, column), lsp.Position(last, end))
        case _:
            pass
    return None


def text_edit(document: Document, edit: Edit) -> lsp.TextEdit:
    """``edit`` as LSP has it; valid for the document's present version."""
    return lsp.TextEdit(range_of(document, edit.span), edit.text)
