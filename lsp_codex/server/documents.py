"""Open documents as lists of lines: LSP's line ends only, and an edit costs what it touches."""

from __future__ import annotations

import io
import logging
from typing import TYPE_CHECKING
from urllib.parse import unquote

from lsprotocol import types as lsp
from pygls.workspace import Workspace

from lsp_codex.server.units import Units, units_of

if TYPE_CHECKING:
    from pygls.lsp.server import LanguageServer

log = logging.getLogger(__name__)


class Document:
    """One open document. Offsets are indexes into :attr:`text`; positions are the client's, in its encoding.

    Invariant: every line but the last ends with its line end (``\\n``, ``\\r\\n`` or ``\\r``, nothing else:
    LSP 3.18, "Text Documents"), the last has none, and joined they are the text.
    """

    __slots__ = ("_anchor", "_lines", "_text", "language_id", "units", "uri", "version")

    def __init__(self, uri: str, language_id: str, version: int, text: str, units: Units) -> None:
        self.uri = uri
        self.language_id = language_id
        self.version = version
        self.units = units
        self._text: str | None = None
        self._replace_all(text)

    @property
    def text(self) -> str:
        """The whole text; joined at most once per change."""
        if self._text is None:
            self._text = "".join(self._lines)
        return self._text

    @property
    def line_count(self) -> int:
        """How many lines there are; at least one."""
        return len(self._lines)

    def rows(self, first: int, last: int) -> list[str]:
        """The lines from row ``first`` up to and without ``last``, without their line ends."""
        return [line.rstrip("\r\n") for line in self._lines[max(first, 0) : max(last, 0)]]

    def offset_at(self, position: lsp.Position) -> int:
        """The offset of ``position``; beyond a line's end that end, beyond the last line the end of the text."""
        row, column = self._place(position)
        return self._start_of(row) + column

    def position_at(self, offset: int) -> lsp.Position:
        """The position of ``offset``, clamped to the text; between ``\\r`` and ``\\n`` it is the end of the line."""
        row, start = self._row_at(offset)
        line = self._lines[row]
        column = min(max(offset - start, 0), _length(line))
        return lsp.Position(row, self.units.count(line, 0, column))

    def apply(self, change: lsp.TextDocumentContentChangeEvent) -> None:
        """Apply one change as ``textDocument/didChange`` brings it: a range, or the whole text."""
        if isinstance(change, lsp.TextDocumentContentChangePartial):
            self._splice(self._place(change.range.start), self._place(change.range.end), change.text)
        else:
            self._replace_all(change.text)

    # pygls' workspace, which also applies the changes of notebook cells, calls it so.
    apply_change = apply

    def _replace_all(self, text: str) -> None:
        self._lines = _split(text)
        self._text = text
        # The line whose start is known, and that start: edits and questions come close to each other.
        self._anchor = (0, 0)

    def _splice(self, start: tuple[int, int], end: tuple[int, int], text: str) -> None:
        if end < start:
            start, end = end, start
        (first, left), (last, right) = start, end
        lines = self._lines
        middle = lines[first][:left] + text + lines[last][right:]
        if middle.startswith("\n") and first and lines[first - 1].endswith("\r"):
            # The carriage return that ended the line before is now the first half of a line end.
            first -= 1
            middle = lines[first] + middle
        replacement = _split(middle)
        if last + 1 < len(lines):
            # The middle ends with a line end, so what _split puts after it is the next line, not an empty one.
            replacement.pop()
        if self._anchor[0] > first:
            self._start_of(first)
        lines[first : last + 1] = replacement
        self._text = None

    def _place(self, position: lsp.Position) -> tuple[int, int]:
        if position.line >= len(self._lines):
            last = len(self._lines) - 1
            return last, len(self._lines[last])
        line = self._lines[position.line]
        return position.line, min(self.units.index(line, position.character), _length(line))

    def _start_of(self, row: int) -> int:
        known, offset = self._anchor
        if row > known:
            offset += sum(map(len, self._lines[known:row]))
        elif row < known:
            offset -= sum(map(len, self._lines[row:known]))
        self._anchor = (row, offset)
        return offset

    def _row_at(self, offset: int) -> tuple[int, int]:
        row, start = self._anchor
        lines = self._lines
        while row and start > offset:
            row -= 1
            start -= len(lines[row])
        last = len(lines) - 1
        while row < last and start + len(lines[row]) <= offset:
            start += len(lines[row])
            row += 1
        self._anchor = (row, start)
        return row, start


class Documents(Workspace):
    """pygls' workspace with our documents in it; it knows what the editor has opened and never reads the disk."""

    def get_text_document(self, doc_uri: str) -> Document:  # type: ignore[override]  # ours, not pygls' TextDocument
        """The open document. Raises ``LookupError`` if the editor has not opened it."""
        document = self.find(doc_uri)
        if document is None:
            raise LookupError(f"The editor has not opened {doc_uri}")
        return document

    @property
    def opened(self) -> tuple[Document, ...]:
        """Every open document, the one opened last comes last."""
        return tuple(self._text_documents.values())  # type: ignore[arg-type]  # put there by us

    def find(self, uri: str) -> Document | None:
        """The document, if the editor has opened it."""
        return self._text_documents.get(unquote(uri))  # type: ignore[return-value]  # put there by us

    def all(self) -> tuple[Document, ...]:
        """Every open document, cells of notebooks too."""
        return tuple(self._text_documents.values())  # type: ignore[arg-type]  # put there by us

    def update_text_document(
        self, text_doc: lsp.VersionedTextDocumentIdentifier, change: lsp.TextDocumentContentChangeEvent
    ) -> None:
        """Apply one change; a change of a document that is not open is none of ours."""
        document = self.find(text_doc.uri)
        if document is None:
            log.warning("a change of a document that is not open was ignored")
            return
        document.apply(change)
        document.version = text_doc.version

    def _create_text_document(  # type: ignore[override]  # ours, not pygls' TextDocument
        self, doc_uri: str, source: str | None = None, version: int | None = None, language_id: str | None = None
    ) -> Document:
        return Document(doc_uri, language_id or "", version or 0, source or "", units_of(self.position_encoding))


def find_document(server: LanguageServer, uri: str) -> Document | None:
    """The document, if the editor has opened it; the disk is not asked."""
    workspace = server.workspace
    return workspace.find(uri) if isinstance(workspace, Documents) else None


def open_documents(server: LanguageServer) -> tuple[Document, ...]:
    """What the editor has opened, in the order in which it was."""
    workspace = server.workspace
    return workspace.all() if isinstance(workspace, Documents) else ()


def _split(text: str) -> list[str]:
    """The lines of ``text`` with their line ends; after a final line end comes one more, empty."""
    # newline="" splits at exactly \n, \r and \r\n, in C; str.splitlines knows seven more.
    lines = io.StringIO(text, newline="").readlines()
    if not lines or lines[-1].endswith(("\n", "\r")):
        lines.append("")
    return lines


def _length(line: str) -> int:
    """How long the line is without its line end."""
    if line.endswith("\n"):
        return len(line) - (2 if line.endswith("\r\n") else 1)
    return len(line) - line.endswith("\r")
