"""What every transport must do, over each of them: memory (the tests' own), standard streams, TCP."""

from __future__ import annotations

import asyncio
import os
from typing import TYPE_CHECKING, Protocol

import pytest

from lsp_codex.server.stdio import StdioTransport
from lsp_codex.server.tcp import accept_one
from lsp_codex.server.transport import MOST_WAITING, Ending, Transport
from tests.harness.wire import MemoryTransport, pair

if TYPE_CHECKING:
    from collections.abc import Callable

pytestmark = pytest.mark.real_time


class Far(Protocol):
    """The editor's end."""

    async def write(self, data: bytes) -> None:
        """Send."""

    async def read(self, size: int) -> bytes:
        """Receive exactly ``size`` bytes."""

    def close(self) -> None:
        """Close both directions."""


class FarMemory:
    """The other end of a pair in memory."""

    def __init__(self, end: MemoryTransport) -> None:
        self._end = end
        self._stream = asyncio.StreamReader()
        end.start(self._stream.feed_data, lambda _: None)

    async def write(self, data: bytes) -> None:
        self._end.write(data)

    async def read(self, size: int) -> bytes:
        return await self._stream.readexactly(size)

    def close(self) -> None:
        asyncio.get_running_loop().create_task(self._end.aclose()).add_done_callback(lambda _: None)


class FarPipes:
    """The other ends of two pipes."""

    def __init__(self, source: int, sink: int) -> None:
        self._source, self._sink = source, sink

    async def write(self, data: bytes) -> None:
        os.write(self._sink, data)

    async def read(self, size: int) -> bytes:
        data = b""
        while len(data) < size:
            data += await asyncio.to_thread(os.read, self._source, size)
        return data

    def close(self) -> None:
        os.close(self._sink)
        os.close(self._source)


class FarSocket:
    """A connected socket."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader, self._writer = reader, writer

    async def write(self, data: bytes) -> None:
        self._writer.write(data)

    async def read(self, size: int) -> bytes:
        return await self._reader.readexactly(size)

    def close(self) -> None:
        self._writer.close()


async def memory() -> tuple[Transport, Far]:
    """A pair in memory."""
    ours, theirs = pair()
    return ours, FarMemory(theirs)


async def stdio() -> tuple[Transport, Far]:
    """Two pipes."""
    source, their_sink = os.pipe()
    their_source, sink = os.pipe()
    return StdioTransport(source, sink), FarPipes(their_source, their_sink)


async def tcp() -> tuple[Transport, Far]:
    """A socket."""
    bound: asyncio.Future[tuple[str, int]] = asyncio.get_running_loop().create_future()
    waiting = asyncio.create_task(accept_one("127.0.0.1", 0, ready=lambda *address: bound.set_result(address)))
    far = FarSocket(*await asyncio.open_connection(*await bound))
    return await waiting, far


EVERY = pytest.mark.parametrize("connect", [memory, stdio, tcp], ids=lambda connect: connect.__name__)


@EVERY
async def test_bytes_arrive_in_order_both_ways(connect: Callable[[], asyncio.Future[tuple[Transport, Far]]]) -> None:
    """Also those that were sent before the start."""
    transport, far = await connect()
    await far.write(b"early ")
    received: asyncio.Queue[bytes] = asyncio.Queue()
    transport.start(received.put_nowait, lambda _: None)
    await far.write(b"late")
    data = b""
    while data != b"early late":
        data += await asyncio.wait_for(received.get(), 2)
    for number in range(100):
        transport.write(b"%02d" % number)
    assert await far.read(200) == b"".join(b"%02d" % number for number in range(100))
    await transport.aclose()
    far.close()


@EVERY
async def test_the_end_of_the_input_is_told(connect: Callable[[], asyncio.Future[tuple[Transport, Far]]]) -> None:
    """When the editor closes its end, within 2 s."""
    transport, far = await connect()
    ended: asyncio.Queue[Ending] = asyncio.Queue()
    transport.start(lambda _: None, ended.put_nowait)
    far.close()
    assert await asyncio.wait_for(ended.get(), 2) in {Ending.END_OF_INPUT, Ending.CLOSED_OUTPUT}
    await transport.aclose()


@EVERY
async def test_closing_twice_and_writing_afterwards_is_harmless(
    connect: Callable[[], asyncio.Future[tuple[Transport, Far]]],
) -> None:
    """What comes too late is dropped."""
    transport, far = await connect()
    transport.start(lambda _: None, lambda _: None)
    transport.write(b"x")
    await transport.aclose()
    transport.write(b"y")
    await transport.aclose()
    assert await far.read(1) == b"x"
    far.close()


@pytest.mark.parametrize("connect", [stdio, tcp], ids=lambda connect: connect.__name__)
async def test_an_editor_that_never_reads_is_left(
    connect: Callable[[], asyncio.Future[tuple[Transport, Far]]],
) -> None:
    """One large message may wait, many may not: memory is bounded, and the session ends in time."""
    transport, far = await connect()
    ended: asyncio.Queue[Ending] = asyncio.Queue()
    transport.start(lambda _: None, ended.put_nowait)
    transport.write(bytes(MOST_WAITING + 10_000_000))
    assert ended.empty()
    transport.write(b"x")
    assert await asyncio.wait_for(ended.get(), 2) is Ending.NOT_READING
    async with asyncio.timeout(2):
        await transport.aclose()
    far.close()
