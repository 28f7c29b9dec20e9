"""Bytes in any pieces become bodies; what is broken costs as little as possible."""

from __future__ import annotations

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lsp_codex.server import messages
from lsp_codex.server.framing import MAX_LINE, Body, Decoder, Frame, Garbage, TooLarge, encode

A, B = b'{"a":1}', b'{"b":"\xc3\xa9"}'
FA, FB = encode(A), encode(B)


def decode(*pieces: bytes, limit: int = 1000) -> list[Frame]:
    """All frames of ``pieces``, with bodies that are no JSON searched for the next message as the server does."""
    decoder = Decoder(limit)
    frames: list[Frame] = []
    for piece in pieces:
        for frame in decoder.feed(piece):
            frames.append(frame)
            if isinstance(frame, Body):
                try:
                    messages.read(frame.data)
                except messages.NotJson:
                    decoder.unread(frame.data)
    return frames


@pytest.mark.parametrize(
    "header",
    [
        b"Content-Length: 7\r\n\r\n",
        b"content-length: 7\r\n\r\n",
        b"CONTENT-LENGTH:7\r\n\r\n",
        b"Content-Length :\t 7 \r\n\r\n",
        b"Content-Length: 007\r\n\r\n",
        b"Content-Type: application/vscode-jsonrpc; charset=utf-8\r\nContent-Length: 7\r\n\r\n",
        b"Content-Length: 7\r\nContent-Type: a\r\nX-Vendor: Content-Length\r\n\r\n",
        b"Content-Length: 7\n\n",
        b"\r\n\r\nContent-Length: 7\r\n\r\n",
    ],
)
def test_headers_in_every_form(header: bytes) -> None:
    """Names in any case, any spacing, extra headers in any order, bare line feeds, blank lines before."""
    assert decode(header + A + FB) == [Body(A), Body(B)]


@given(st.lists(st.sampled_from([A, B, b"", b"\r\n\r\n"]), max_size=8), st.lists(st.integers(0, 200), max_size=12))
def test_pieces_do_not_matter(bodies: list[bytes], cuts: list[int]) -> None:
    """However the stream is cut, the bodies are the same."""
    stream = b"".join(map(encode, bodies))
    edges = [0, *sorted(min(cut, len(stream)) for cut in cuts), len(stream)]
    decoder = Decoder()
    pieces = [stream[start:end] for start, end in itertools.pairwise(edges)]
    assert [frame for piece in pieces for frame in decoder.feed(piece)] == [Body(body) for body in bodies]


@given(st.binary(max_size=300), st.integers(1, 40))
def test_no_bytes_hang_or_break_it(noise: bytes, size: int) -> None:
    """Whatever came before, the second of two proper messages is found at the latest."""
    noise = noise.replace(b":", b"")  # a false length is another matter: see below
    pieces = [noise[at : at + size] for at in range(0, len(noise), size)]
    assert Body(B) in decode(*pieces, b"\r\n", FA, FB)


@pytest.mark.parametrize(
    ("stream", "expected"),
    [
        (b"hello\r\n" + FA, [Garbage(), Body(A)]),
        (b"hello" + FA, [Garbage(), Body(A)]),
        (b"\x00\xff\r\n\r\n" + FA, [Garbage(), Body(A)]),
        (b"X-Only: 1\r\n\r\n" + FA, [Garbage(), Body(A)]),
        (b"Content-Length: x\r\n\r\n" + FA, [Garbage(), Body(A)]),
        (b"Content-Length: -5\r\n\r\n" + FA, [Garbage(), Body(A)]),
        (b"Content-Length: 5\r\n" + FA, [Body(A)]),
        (b"Content-Length: 0\r\n\r\n" + FA, [Body(b""), Body(A)]),
        (b"x" * (3 * MAX_LINE) + FA, [Garbage(), Body(A)]),
        (FA[:-3] + FB + FA, [Body(A[:-3] + FB[:3]), Body(B), Body(A)]),
        (FA[:-1] + FB, [Body(A[:-1] + FB[:1]), Body(B)]),
        (b"Content-Length: 60\r\n\r\n" + A[:-1] + FB + FA, None),
        (b"Content-Length: 30\r\n\r\n" + A + FB + FA, None),
        (b"Content-Length: 3\r\n\r\n" + A + FB, [Body(A[:3]), Garbage(), Body(B)]),
    ],
)
def test_the_next_message_is_found(stream: bytes, expected: list[Frame] | None) -> None:
    """Garbage between messages, useless headers and wrong lengths, too long or too short, cost one message."""
    for pieces in ([stream], [stream[at : at + 1] for at in range(len(stream))]):
        found = decode(*pieces)
        assert found[1:] == [Body(B), Body(A)] if expected is None else found == expected


def test_a_message_over_the_limit_is_named_at_once_and_thrown_away_as_it_comes() -> None:
    """Its header is enough to refuse it; nothing of it is kept; the next message is read."""
    decoder = Decoder(limit=100)
    assert list(decoder.feed(b"Content-Length: 200000000\r\n\r\n")) == [TooLarge(200_000_000, 100)]
    for _ in range(200):
        assert list(decoder.feed(b"{" + b"x" * 999_999)) == []
        assert len(decoder._buffer) == 0
    assert list(decoder.feed(FA)) == [Body(A)]


def test_a_large_message_that_was_only_announced_swallows_nothing() -> None:
    """When the next header comes instead of the announced body, it is taken for what it is."""
    assert decode(b"Content-Length: 200000000\r\n\r\n", FA[:5], FA[5:]) == [TooLarge(200_000_000, 1000), Body(A)]


@pytest.mark.parametrize("size", [1, 3, 50, 10_000])
def test_a_large_message_that_was_cut_off_swallows_only_what_came(size: int) -> None:
    """JSON cannot contain a header's line, so where one comes the next message begins."""
    stream = b'Content-Length: 200000000\r\n\r\n{"text":"Content-Length, Content-Length: x' + FA + FB
    pieces = [stream[at : at + size] for at in range(0, len(stream), size)]
    assert decode(*pieces) == [TooLarge(200_000_000, 1000), Body(A), Body(B)]


def test_a_large_message_may_speak_of_headers() -> None:
    """What it says within a string is none, and nothing of it is kept in memory."""
    decoder = Decoder(limit=100)
    body = b'{"text":"' + rb"Content-Length: 5\r\n\r\n" * 100 + b"content-length: " + b"5" * 5_000 + b'"}'
    frames = list(decoder.feed(b"Content-Length: %d\r\n\r\n" % len(body)))
    for at in range(0, len(body), 7):
        frames += decoder.feed(body[at : at + 7])
        assert len(decoder._buffer) < 100
    assert frames + list(decoder.feed(FA)) == [TooLarge(len(body), 100), Body(A)]


def test_the_limit_itself_is_allowed() -> None:
    """A body of exactly the limit is a message."""
    body = b"[" + b" " * 998 + b"]"
    assert decode(encode(body)) == [Body(body)]
