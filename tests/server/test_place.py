"""A request's place stays what it was while the document moves on."""

from __future__ import annotations

import pytest
from lsprotocol import types as lsp

from lsp_codex.server.place import Place
from lsp_codex.server.units import units_of
from lsp_codex.text import Snapshot, Span

TEXT = "one\n😀 two = (\nthree"


def place(encoding: str) -> Place:
    """The end of the second row."""
    return Place(Snapshot("file:///a.py", "python", 1, TEXT), 13, 1, 4, units_of(encoding))


@pytest.mark.parametrize(("encoding", "start", "end"), [("utf-8", 5, 8), ("utf-16", 3, 6), ("utf-32", 2, 5)])
def test_a_span_becomes_a_range_in_the_clients_units(encoding: str, start: int, end: int) -> None:
    """A character outside the basic plane counts 4, 2 or 1."""
    found = place(encoding).range_of(Span(6, 9))
    assert (found.start.line, found.start.character, found.end.line, found.end.character) == (1, start, 1, end)


@pytest.mark.parametrize("span", [Span(2, 5), Span(10, 15), Span(14, 16)])
def test_a_span_outside_the_row_is_refused(span: Span) -> None:
    """Clients require one-line ranges; sending another would destroy text."""
    with pytest.raises(ValueError, match="leaves the row"):
        place("utf-16").range_of(span)


@pytest.mark.parametrize(("encoding", "start", "end"), [("utf-8", 5, 8), ("utf-16", 3, 6), ("utf-32", 2, 5)])
def test_a_range_of_the_row_becomes_a_span(encoding: str, start: int, end: int) -> None:
    """The way back; a range elsewhere, or turned round, is none."""
    here = place(encoding)
    assert here.span_of(_range(1, start, 1, end)) == Span(6, 9)
    assert here.span_of(_range(1, start, 1, 99)) == Span(6, 13)
    assert here.span_of(_range(0, 1, 1, end)) is None
    assert here.span_of(_range(0, 1, 0, 2)) is None
    assert here.span_of(_range(1, end, 1, start)) is None


def _range(row: int, character: int, end_row: int, end_character: int) -> lsp.Range:
    return lsp.Range(lsp.Position(row, character), lsp.Position(end_row, end_character))
