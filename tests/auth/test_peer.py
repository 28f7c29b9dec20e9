"""Rules of lsp_codex/auth/peer.py, with a stand-in for the Codex CLI's sign-in on a real port."""

from __future__ import annotations

import asyncio
import errno
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

import pytest

from lsp_codex.auth import peer
from lsp_codex.auth.http1 import parse
from tests.harness.ports import free_ports

if TYPE_CHECKING:
    from asyncio import StreamReader, StreamWriter
    from collections.abc import AsyncIterator

# What codex-cli 0.169.0 sends and answers (spec/auth.md 1.3, recorded/auth-browser-login.json).
CANCELLED = b"HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 15\r\n\r\nLogin cancelled"


class Holder:
    """Holds a port; answers ``answer`` (``None``: nothing at all) and, if ``leaves``, frees it ``after`` seconds."""

    def __init__(self, answer: bytes | None = CANCELLED, *, leaves: bool = True, after: float = 0.05) -> None:
        self.answer = answer
        self.leaves = leaves
        self.after = after
        self.heard: list[bytes] = []
        self.port = 0
        self.server: asyncio.Server | None = None

    async def __call__(self, reader: StreamReader, writer: StreamWriter) -> None:
        """One connection."""
        self.heard.append(await reader.readuntil(b"\r\n\r\n"))
        if self.answer is None:
            await reader.read()
        else:
            writer.write(self.answer)
            await writer.drain()
        writer.close()
        if self.leaves and self.server is not None:
            asyncio.get_running_loop().call_later(self.after, self.server.close)


@asynccontextmanager
async def held(holder: Holder, port: int | None = None) -> AsyncIterator[Holder]:
    """The holder at work on ``port``, or on a free one."""
    holder.port = free_ports(1)[0] if port is None else port
    holder.server = await asyncio.start_server(holder, "127.0.0.1", holder.port)
    try:
        yield holder
    finally:
        holder.server.close()


@pytest.mark.real_time
async def test_the_request_is_the_clis_own() -> None:
    """``GET /cancel`` with Host and Connection, and nothing that looks like a browser."""
    async with held(Holder()) as holder:
        assert await peer.ask_to_leave(holder.port)
    assert holder.heard == [
        f"GET /cancel HTTP/1.1\r\nHost: 127.0.0.1:{holder.port}\r\nConnection: close\r\n\r\n".encode()
    ]
    request = parse(holder.heard[0])
    assert request is not None
    assert peer.is_program(request)


@pytest.mark.parametrize(
    "answer",
    [
        b"HTTP/1.1 404 Not Found\r\n\r\n",
        b"HTTP/1.1 200 OK\r\n\r\n<html>my site",
        b"",
        b"SSH-2.0-x\r\n",
        b"\n" * 9_000,
    ],
    ids=repr,
)
@pytest.mark.real_time
async def test_somebody_else_is_no_codex(answer: bytes) -> None:
    """Then waiting for the port would be in vain."""
    async with held(Holder(answer, leaves=False)) as holder:
        assert not await peer.ask_to_leave(holder.port)


@pytest.mark.real_time
async def test_who_says_nothing_is_not_waited_for() -> None:
    """One second, and nobody there is no error either."""
    loop = asyncio.get_running_loop()
    began = loop.time()
    async with held(Holder(None, leaves=False)) as holder:
        assert not await peer.ask_to_leave(holder.port)
    assert loop.time() - began < 1.5
    assert not await peer.ask_to_leave(holder.port)


@pytest.mark.parametrize(
    "header",
    [
        "Origin: https://evil.example",
        "Origin: null",
        "Referer: http://127.0.0.1/",
        "Sec-Fetch-Site: cross-site",
        "sec-ch-ua: x",
        "Cookie: a=b",
        "Accept-Language: en",
        "User-Agent: Mozilla/5.0 (X11)",
    ],
)
def test_a_page_in_a_browser_is_no_program(header: str) -> None:
    """Each of these is in a browser's request, in one version or the other (field-notes D4)."""
    request = parse(f"GET /cancel HTTP/1.1\r\nHost: localhost\r\n{header}\r\n\r\n".encode())
    assert request is not None
    assert not peer.is_program(request)


@pytest.mark.parametrize(
    ("number", "words"),
    [(errno.EADDRINUSE, "in use"), (errno.EACCES, "reserved"), (10013, "reserved"), (errno.ENOBUFS, "No buffer")],
)
def test_why_a_port_cannot_be_had(number: int, words: str) -> None:
    """In use and reserved by the system are told apart; Windows says 10013 (field-notes pain 3)."""
    assert words in peer.why(OSError(number, "No buffer space"))
