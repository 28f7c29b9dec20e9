"""Event streams cut into events, whatever the line ends and wherever the chunks end."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lsp_codex.backend.sse import LARGEST_EVENT, EventParser
from lsp_codex.errors import Unreadable

CASES = {
    "newlines": (b"data: a\n\ndata: b\n\n", ["a", "b"]),
    "carriage returns": (b"data: a\r\rdata: b\r\r", ["a", "b"]),
    "both": (b"data: a\r\n\r\ndata: b\r\n\r\n", ["a", "b"]),
    "mixed": (b"data: a\r\n\ndata: b\n\r\n", ["a", "b"]),
    "event line before": (b"event: response.created\ndata: {}\n\n", ["{}"]),
    "event line after": (b"data: {}\nevent: x\n\n", ["{}"]),
    "data only": (b"data:{}\n\n", ["{}"]),
    "one space is taken, the second stays": (b"data:  a\n\n", [" a"]),
    "several data lines": (b"data: a\ndata\ndata: b\n\n", ["a\n\nb"]),
    "several data lines, CRLF": (b"data: a\r\ndata: b\r\n\r\n", ["a\nb"]),
    "comments": (b": hello\ndata: a\n: there\n\n:\n\n", ["a"]),
    "id and retry": (b"id: 1\nretry: 5\ndata: a\n\n", ["a"]),
    "no data, no event": (b"event: ping\n\n\n\n", []),
    "byte order mark": (b"\xef\xbb\xbfdata: a\n\n", ["a"]),
    "byte order mark in the middle is text": (b"data: \xef\xbb\xbfa\n\n", ["\ufeffa"]),
    "separators that are no line ends": ("data: a\u2028b\u0085c\u000bd\n\n".encode(), ["a\u2028b\u0085c\u000bd"]),
    "characters outside the BMP": ("data: 😀é\n\n".encode(), ["😀é"]),
    "not UTF-8": (b"data: a\xffb\n\n", ["a\ufffdb"]),
    "no final blank line": (b"data: a\n\ndata: b\n", ["a", "b"]),
    "no final line end": (b"data: a\n\ndata: b", ["a", "b"]),
    "nothing": (b"", []),
    "only a byte order mark": (b"\xef\xbb\xbf", []),
    "half a byte order mark": (b"\xef\xbb", []),
}


def parsed(*chunks: bytes) -> list[str]:
    """Everything in a body that came in these chunks."""
    parser = EventParser()
    return [data for chunk in chunks for data in parser.feed(chunk)] + parser.finish()


@pytest.mark.parametrize(("body", "expected"), CASES.values(), ids=CASES.keys())
def test_a_body_gives_its_events(body: bytes, expected: list[str]) -> None:
    """The data of each event, in one chunk and byte by byte."""
    assert parsed(body) == expected
    assert parsed(*(body[i : i + 1] for i in range(len(body)))) == expected


@given(st.sampled_from(sorted(CASES)), st.data())
def test_where_chunks_end_does_not_matter(name: str, data: st.DataObject) -> None:
    """Any two cuts give the same events, also inside a character, a CRLF or the byte order mark."""
    body, expected = CASES[name]
    first = data.draw(st.integers(0, len(body)))
    second = data.draw(st.integers(first, len(body)))
    assert parsed(body[:first], body[first:second], body[second:]) == expected


def test_an_empty_chunk_between_the_halves_of_a_crlf_changes_nothing() -> None:
    """Hypothesis found it: the LF then counted as a blank line."""
    assert parsed(b"data: a\r", b"", b"\ndata: b\r\n\r\n") == ["a\nb"]


@pytest.mark.parametrize("end", [b"\n\n", b"\r\r", b"\r\n\r\n"])
def test_an_event_comes_with_its_last_byte(end: bytes) -> None:
    """Nothing waits for the next chunk: the event that decides may be the last that ever comes."""
    assert EventParser().feed(b"data: a" + end) == ["a"]


def test_an_event_of_some_megabytes_is_read() -> None:
    """``response.completed`` may repeat a whole answer: the 1 MiB of the library's parser would not do."""
    text = "x" * (3 * 1024 * 1024)
    chunks = [f"data: {text}\n\n".encode()[i : i + 65_536] for i in range(0, len(text) + 8, 65_536)]
    assert parsed(*chunks) == [text]


@pytest.mark.parametrize("chunk", [b"x" * 1_048_576, b"data: " + b"x" * 1_048_576 + b"\n", b"data:\n" * 1_048_576])
def test_an_endless_event_is_refused(chunk: bytes) -> None:
    """A body that never ends an event must not fill the memory, in one line or in many."""
    parser = EventParser()
    with pytest.raises(Unreadable):
        for _ in range(LARGEST_EVENT // 1_048_576 + 2):
            parser.feed(chunk)
