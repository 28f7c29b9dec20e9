"""Rules of lsp_codex/auth/http1.py."""

from __future__ import annotations

import asyncio

import pytest

from lsp_codex.auth.http1 import HEAD_LIMIT, Request, parse, read_head


def head(*lines: str) -> bytes:
    """A request head of these lines."""
    return ("\r\n".join(lines) + "\r\n\r\n").encode("latin-1")


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (head("GET /a?b=c HTTP/1.1", "Host: 127.0.0.1:1455"), Request("GET", "/a", "b=c", "127.0.0.1")),
        (head("GET / HTTP/1.0", "hOsT:localhost"), Request("GET", "/", "", "localhost")),
        (head("POST /x HTTP/1.1", "Host: [::1]:1455", "Cookie: \xe9"), Request("POST", "/x", "", "::1")),
        (head("GET /a?b?c=d&e HTTP/1.1", "Host: LOCALHOST"), Request("GET", "/a", "b?c=d&e", "localhost")),
        (head("GET //evil/auth HTTP/1.1", "Host: x"), Request("GET", "//evil/auth", "", "x")),
        (head("GET /a HTTP/1.1", "Host: 127.0.0.1@evil"), Request("GET", "/a", "", "evil")),
        (head("GET /a HTTP/1.1", "Host: [::1"), Request("GET", "/a", "", None)),
        (head("GET /a HTTP/1.1", "Host:"), Request("GET", "/a", "", None)),
        (head("GET /a HTTP/1.1"), None),
        (head("GET /a HTTP/1.1", "Host: a", "Host: b"), None),
        (head("GET /a HTTP/2", "Host: a"), None),
        (head("GET /a", "Host: a"), None),
        (head("GET http://127.0.0.1/a HTTP/1.1", "Host: a"), None),
        (head("OPTIONS * HTTP/1.1", "Host: a"), None),
        (head("nonsense"), None),
        (head(""), None),
        (b"", None),
    ],
)
def test_a_request_head(data: bytes, expected: Request | None) -> None:
    """One request line, an origin-form target and exactly one Host, or it is malformed."""
    assert parse(data) == expected


async def test_bytes_arrive_in_any_pieces() -> None:
    """A slow sender is read to the empty line, byte by byte."""
    reader = asyncio.StreamReader(limit=HEAD_LIMIT)
    wanted = head("GET / HTTP/1.1", "Host: x")

    async def send() -> None:
        for byte in wanted:
            await asyncio.sleep(0.01)
            reader.feed_data(bytes([byte]))

    sending = asyncio.create_task(send())
    assert await read_head(reader, 10) == wanted
    await sending


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (b"\x16\x03\x01\x02\x00\x01\x00", None),
        (b"\x00", None),
        (b"\r\n", None),
        (b"GET /" + b"a" * (HEAD_LIMIT + 1), b""),
        (b"GET /" + b"a" * HEAD_LIMIT + b"\r\n\r\n", b""),
    ],
    ids=["tls", "nul", "empty line", "endless", "too long"],
)
async def test_what_is_no_head(data: bytes, expected: bytes | None) -> None:
    """TLS is recognised by its first byte; a head over the limit is empty."""
    reader = asyncio.StreamReader(limit=HEAD_LIMIT)
    reader.feed_data(data)
    assert await read_head(reader, 10) == expected


async def test_silence_ends_in_a_timeout() -> None:
    """Whoever says nothing, or stops in the middle, is given up after the limit."""
    reader = asyncio.StreamReader()
    reader.feed_data(b"GET / HT")
    began = asyncio.get_running_loop().time()
    with pytest.raises(TimeoutError):
        await read_head(reader, 10)
    assert asyncio.get_running_loop().time() - began == pytest.approx(10)


async def test_a_peer_that_goes_away() -> None:
    """End of input before the empty line is told apart from a timeout."""
    reader = asyncio.StreamReader()
    reader.feed_data(b"GET / HT")
    reader.feed_eof()
    with pytest.raises(asyncio.IncompleteReadError):
        await read_head(reader, 10)
