"""Documents against a naive reference: every edit, every position, every line end."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lsprotocol import types as lsp

from lsp_codex.server.documents import Document, Documents, find_document
from lsp_codex.server.protocol import CodexServer
from lsp_codex.server.units import units_of

if TYPE_CHECKING:
    from hypothesis.strategies import DrawFn

ENCODINGS = ("utf-8", "utf-16", "utf-32")
# Line ends together and apart, what other programs take for line ends, wide and combining characters.
TEXTS = st.text(st.sampled_from("ab\r\n\n\r\x0b\x0c\x1c\x85\u2028\u2029é\u0301😀\ud83d"), max_size=25)
PLACES = st.tuples(st.integers(0, 12), st.one_of(st.integers(0, 12), st.just(2**31 - 1)))
CHANGES = st.lists(st.tuples(st.none() | st.tuples(PLACES, PLACES), TEXTS), max_size=12)


def reference_lines(text: str) -> list[tuple[int, int]]:
    """Where each line starts and where it ends without its line end (LSP 3.18, "Text Documents")."""
    lines, start = [], 0
    for match in re.finditer("\r\n|\r|\n", text):
        lines.append((start, match.start()))
        start = match.end()
    return [*lines, (start, len(text))]


def reference_offset(text: str, place: tuple[int, int], encoding: str) -> int:
    """The offset of a position, clamped as the specification says."""
    lines = reference_lines(text)
    if place[0] >= len(lines):
        return len(text)
    start, end = lines[place[0]]
    return start + units_of(encoding).index(text[start:end], place[1])


def open_document(text: str, encoding: str = "utf-16") -> Document:
    """An open document."""
    return Document("file:///a", "python", 1, text, units_of(encoding))


def change(edit: tuple[tuple[int, int], tuple[int, int]] | None, text: str) -> lsp.TextDocumentContentChangeEvent:
    """A change as LSP has it."""
    if edit is None:
        return lsp.TextDocumentContentChangeWholeDocument(text)
    return lsp.TextDocumentContentChangePartial(lsp.Range(lsp.Position(*edit[0]), lsp.Position(*edit[1])), text)


@st.composite
def questions(draw: DrawFn) -> tuple[tuple[int, int], int]:
    """A position and an offset to ask for, near and far."""
    return draw(PLACES), draw(st.integers(0, 60))


@pytest.mark.parametrize("encoding", ENCODINGS)
@settings(max_examples=300)
@given(text=TEXTS, changes=CHANGES, asked=st.lists(questions(), min_size=13, max_size=13))
def test_edits_and_positions_are_those_of_the_reference(
    encoding: str,
    text: str,
    changes: list[tuple[tuple[tuple[int, int], tuple[int, int]] | None, str]],
    asked: list[tuple[tuple[int, int], int]],
) -> None:
    """After any edits, text, lines, offsets and positions are what splicing a plain string gives."""
    document = open_document(text, encoding)
    for (edit, new), (place, offset) in zip([(None, text), *changes], asked, strict=False):
        document.apply(change(edit, new))
        if edit is None:
            text = new
        else:
            start, end = sorted(reference_offset(text, place, encoding) for place in edit)
            text = text[:start] + new + text[end:]
        lines = reference_lines(text)
        assert document.offset_at(lsp.Position(*place)) == reference_offset(text, place, encoding)
        assert document.text == text
        assert document.line_count == len(lines)
        clamped = min(offset, len(text))
        row = max(i for i, (start, _) in enumerate(lines) if start <= clamped)
        column = units_of(encoding).count(text, lines[row][0], min(clamped, lines[row][1]))
        assert document.position_at(offset) == lsp.Position(row, column)


@pytest.mark.parametrize("character", ["\x0b", "\x0c", "\x1c", "\x1d", "\x1e", "\x85", "\u2028", "\u2029"])
def test_only_lsp_line_ends_are_line_ends(character: str) -> None:
    """A form feed, U+0085 or U+2028 is a character: an edit after it lands where the client means it."""
    document = open_document(f"a{character}b\nc")
    document.apply(change(((1, 0), (1, 1)), "C"))
    assert document.text == f"a{character}b\nC"


def test_a_carriage_return_and_a_line_feed_may_come_apart() -> None:
    """``\\r`` and ``\\n`` typed one after the other, in either order of editing, become one line end."""
    document = open_document("ab")
    document.apply(change(((0, 1), (0, 1)), "\r"))
    assert document.line_count == 2
    document.apply(change(((1, 0), (1, 0)), "\n"))
    assert (document.text, document.line_count) == ("a\r\nb", 2)
    document = open_document("a\nb")
    document.apply(change(((0, 1), (0, 1)), "\r"))
    assert (document.text, document.line_count) == ("a\r\nb", 2)


def test_an_edit_of_a_large_document_does_not_split_it_again() -> None:
    """Lines that an edit does not touch are the same objects afterwards, and the text is joined once."""
    document = open_document("a line of text\n" * 10_000)
    before = list(document._lines)
    document.apply(change(((5_000, 2), (5_001, 3)), "x\ny"))
    after = document._lines
    assert [id(line) for line in after[:5_000]] == [id(line) for line in before[:5_000]]
    assert [id(line) for line in after[5_002:]] == [id(line) for line in before[5_002:]]
    assert document.text is document.text


def test_a_document_that_is_not_open_is_none_of_ours() -> None:
    """The disk is not read, and a change of it is ignored."""
    workspace = Documents(None)
    workspace.update_text_document(
        lsp.VersionedTextDocumentIdentifier(version=1, uri="file:///etc/passwd"), change(None, "")
    )
    assert workspace.find("file:///etc/passwd") is None
    with pytest.raises(LookupError):
        workspace.get_text_document("file:///etc/passwd")


def test_documents_are_found_by_their_address_however_it_is_quoted() -> None:
    """Clients quote the same address differently."""
    workspace = Documents(None, position_encoding="utf-8")
    workspace.put_text_document(lsp.TextDocumentItem("file:///a%20b%3A", "python", 7, "é!"))
    document = workspace.get_text_document("file:///a b:")
    assert (document.uri, document.language_id, document.version) == ("file:///a%20b%3A", "python", 7)
    assert document.offset_at(lsp.Position(0, 2)) == 1
    workspace.remove_text_document("file:///a b%3a")
    assert workspace.find("file:///a b:") is None


def test_find_document_asks_the_server() -> None:
    """What features use knows opened documents only."""
    server = CodexServer("test", "1")
    workspace = Documents(None)
    server.protocol._workspace = workspace
    workspace.put_text_document(lsp.TextDocumentItem("untitled:1", "python", 1, "x"))
    assert find_document(server, "untitled:1") is workspace.find("untitled:1")
    assert find_document(server, "untitled:2") is None
