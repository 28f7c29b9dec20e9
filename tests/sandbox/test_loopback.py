"""The small HTTP/1.1 server: what it takes, what it refuses, and how it ends."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import httpx2
import pytest

from lsp_codex.sandbox import replies
from lsp_codex.sandbox.codex import SandboxCodex
from lsp_codex.sandbox.loopback import serve
from tests.sandbox.ways import Way, body, over_loopback, until

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

pytestmark = pytest.mark.real_time


@pytest.fixture
async def served() -> AsyncIterator[Way]:
    """A sandbox on a free port."""
    async with over_loopback(SandboxCodex()) as way:
        yield way


async def raw(way: Way, sent: bytes) -> bytes:
    """Send bytes on a connection of their own and read until the server closes it."""
    reader, writer = await asyncio.open_connection("127.0.0.1", int(way.issuer.rpartition(":")[2]))
    try:
        writer.write(sent)
        return await asyncio.wait_for(reader.read(), 2)
    finally:
        writer.close()


async def test_one_connection_serves_many_requests(served: Way) -> None:
    """Keep-alive, also after a streamed answer."""
    for _ in range(3):
        assert (await served.ask(body())).status_code == 200
    pool = served.http._transport._pool  # type: ignore[attr-defined]  # the only place that knows
    assert len(pool.connections) == 1


async def test_many_clients_are_served_at_once(served: Way) -> None:
    """A slow answer holds nobody else up."""
    served.codex.script(replies.slow("slow", 30.0))
    slow = asyncio.create_task(served.ask(body()))
    await until(lambda: bool(served.codex.requests))
    answers = await asyncio.gather(*(served.ask(body()) for _ in range(8)))
    assert {answer.status_code for answer in answers} == {200}
    assert not slow.done()
    slow.cancel()
    await asyncio.gather(slow, return_exceptions=True)


@pytest.mark.parametrize(
    ("sent", "status"),
    [
        (b"GET /nothing HTTP/1.1\r\nHost: 127.0.0.1:1\r\nConnection: close\r\n\r\n", b"404 Not Found"),
        (b"GET /nothing HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n", b"404 Not Found"),
        (b"GET / HTTP/1.1\r\nHost: evil.invalid\r\n\r\n", b"421 Misdirected Request"),
        (b"GET / HTTP/1.1\r\n\r\n", b"421 Misdirected Request"),
        (b"POST / HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n", b"411 Length Required"),
        (b"POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: no\r\n\r\n", b"400 Bad Request"),
        (b"POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 99999999\r\n\r\n", b"413 "),
    ],
)
async def test_what_it_refuses_has_a_status(served: Way, sent: bytes, status: bytes) -> None:
    """Another host's name is refused because a page on the web could come with it."""
    assert (await raw(served, sent)).startswith(b"HTTP/1.1 " + status)


@pytest.mark.parametrize(
    "sent", [b"\r\n\r\n", b"nonsense\r\n\r\n", b"\x16\x03\x01\r\n\r\n", b"GET / HTTP/1.1\r\nx: "]
)
async def test_what_is_not_http_ends_the_connection(served: Way, sent: bytes) -> None:
    """No answer, no error, and the next client is served."""
    if not sent.endswith(b"\r\n\r\n"):
        sent += b"a" * 300_000
    assert await raw(served, sent) == b""
    assert (await served.ask(body())).status_code == 200


async def test_expect_continue_is_answered(served: Way) -> None:
    """curl asks for it before a large body."""
    head = b"POST /nothing HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nExpect: 100-continue\r\n"
    answer = await raw(served, head + b"Content-Length: 1\r\n\r\nx")
    assert answer.startswith(b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 404")


async def test_stopping_leaves_nothing_behind() -> None:
    """Open streams and idle connections end with the server, and so do its tasks."""
    codex = SandboxCodex()
    async with httpx2.AsyncClient() as http:
        async with serve(codex) as address:
            way = Way(codex, http, address, f"{address}/backend-api")
            await way.ask(body())
            codex.script(replies.slow("a b", 30.0))
            slow = asyncio.create_task(way.ask(body()))
            await until(lambda: len(codex.requests) == 2)
        with pytest.raises(httpx2.TransportError):
            await slow
        assert codex.requests[-1].client_left
        with pytest.raises(httpx2.ConnectError):
            await http.get(f"{address}/nothing")
    assert [task for task in asyncio.all_tasks() if (task.get_name() or "").startswith("sandbox")] == []


async def test_a_taken_port_is_an_error() -> None:
    """The caller says what to do about it."""
    async with serve(SandboxCodex()) as address:
        with pytest.raises(OSError, match="address already in use"):
            async with serve(SandboxCodex(), int(address.rpartition(":")[2])):
                pass
