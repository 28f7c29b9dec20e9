"""A connection that is given up in its TLS handshake."""

from __future__ import annotations

import asyncio

import httpx2
import pytest

from lsp_codex.backend.dialling import give


@pytest.mark.real_time
async def test_a_handshake_that_is_given_up_closes_its_connection() -> None:
    """The service that has not answered the handshake yet sees the end of the connection at once."""
    begun, ended = asyncio.Event(), asyncio.Event()

    async def silent(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while await reader.read(4_096):
            begun.set()
        ended.set()
        writer.close()

    server = await asyncio.start_server(silent, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    async with httpx2.AsyncClient(transport=give(httpx2.AsyncHTTPTransport())) as client:
        asked = asyncio.create_task(client.get(f"https://127.0.0.1:{port}/"))
        await asyncio.wait_for(begun.wait(), 10)
        asked.cancel()
        await asyncio.gather(asked, return_exceptions=True)
        await asyncio.wait_for(ended.wait(), 10)
    server.close()
    await server.wait_closed()


@pytest.mark.real_time
async def test_an_answer_that_is_no_tls_is_an_error_of_the_connection() -> None:
    """As without us: the library's own error."""

    async def plain(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read(1)
        writer.write(b"HTTP/1.1 400 Bad Request\r\n\r\n")
        writer.close()

    server = await asyncio.start_server(plain, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    async with httpx2.AsyncClient(transport=give(httpx2.AsyncHTTPTransport())) as client:
        with pytest.raises(httpx2.ConnectError):
            await client.get(f"https://127.0.0.1:{port}/")
    server.close()
    await server.wait_closed()
