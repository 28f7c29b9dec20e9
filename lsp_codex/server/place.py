"""Place: where in which text a request was made, kept as it was while the document moves on."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from lsprotocol import types as lsp

from lsp_codex.server.convert import snapshot_of
from lsp_codex.server.documents import find_document
from lsp_codex.text import Span

if TYPE_CHECKING:
    from pygls.lsp.server import LanguageServer

    from lsp_codex.server.units import Units
    from lsp_codex.text import Snapshot


@dataclass(frozen=True, slots=True)
class Place:
    """A position in a snapshot: its offset, its row, and the offset where that row begins."""

    snapshot: Snapshot
    offset: int
    row: int
    row_start: int
    units: Units

    def range_of(self, span: Span) -> lsp.Range:
        """The range of a ``span`` within this row, in the client's units. Raises ``ValueError`` for another row."""
        text = self.snapshot.text[self.row_start : span.end]
        if not self.row_start <= span.start <= span.end or "\n" in text or "\r" in text:
            raise ValueError("the span leaves the row of the request")
        start, end = span.start - self.row_start, span.end - self.row_start
        return lsp.Range(
            lsp.Position(self.row, self.units.count(text, 0, start)),
            lsp.Position(self.row, self.units.count(text, 0, end)),
        )

    def span_of(self, range_: lsp.Range) -> Span | None:
        """The span of a range within this row; ``None`` for one that leaves it."""
        if not range_.start.line == self.row == range_.end.line:
            return None
        ends = [self.snapshot.text.find(mark, self.row_start) for mark in "\r\n"]
        end = min((at for at in ends if at >= 0), default=len(self.snapshot.text))
        line = self.snapshot.text[self.row_start : end]
        start, stop = (self.units.index(line, each.character) for each in (range_.start, range_.end))
        return Span(self.row_start + start, self.row_start + stop) if start <= stop else None


def place_at(server: LanguageServer, uri: str, position: lsp.Position) -> Place | None:
    """The place of ``position`` in the document as it is now, or ``None`` if the editor has not opened it."""
    document = find_document(server, uri)
    if document is None:
        return None
    snapshot, offset = snapshot_of(document), document.offset_at(position)
    row = min(position.line, document.line_count - 1)
    start = document.offset_at(lsp.Position(row, 0))
    return Place(snapshot, offset, row, start, document.units)
