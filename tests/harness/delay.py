"""A TCP proxy on loopback that adds the delay of a long line, per direction, the handshake of TCP included."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING
from urllib.parse import urlsplit, urlunsplit

if TYPE_CHECKING:
    from collections.abc import AsyncIterator


class Line:
    """The line; ``delay`` in seconds may change at any time, ``opened`` counts connections."""

    def __init__(self, address: str, delay: float) -> None:
        self._far = urlsplit(address)
        self.address = ""
        self.delay = delay
        self.opened = 0
        self._connections: set[asyncio.Task[None]] = set()
        self._dropped: list[asyncio.Task[None]] = []

    def drop(self) -> None:
        """Lose every connection, as an idle one is lost after a while."""
        for connection in tuple(self._connections):
            connection.cancel()
            self._connections.discard(connection)
            self._dropped.append(connection)

    def served_at(self, port: int) -> None:
        """The address under which the far side is reached over this line."""
        self.address = urlunsplit(self._far._replace(netloc=f"{self._far.hostname}:{port}"))

    async def connect(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Carry one connection until one side ends it."""
        self.opened += 1
        task = asyncio.create_task(self._carry(reader, writer))
        self._connections.add(task)
        task.add_done_callback(self._connections.discard)

    async def aclose(self) -> None:
        """End every connection."""
        self.drop()
        await asyncio.gather(*self._dropped, return_exceptions=True)
        await asyncio.sleep(0.05)

    async def _carry(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        far_reader, far_writer = await asyncio.open_connection(self._far.hostname, self._far.port)
        # A client has connected when the kernel says so; on a long line it would learn that a round trip later.
        there = asyncio.create_task(self._pass_on(reader, far_writer, 2 * self.delay))
        back = asyncio.create_task(self._pass_on(far_reader, writer, 0.0))
        try:
            await asyncio.wait((there, back), return_when=asyncio.FIRST_COMPLETED)
        finally:
            writer.close()
            far_writer.close()
            for each in (there, back):
                each.cancel()
            await asyncio.gather(there, back, return_exceptions=True)

    async def _pass_on(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, first: float) -> None:
        clock = asyncio.get_running_loop().time
        ready = clock() + first
        arriving: asyncio.Queue[tuple[float, bytes]] = asyncio.Queue()

        async def receive() -> None:
            data = b"x"
            while data:
                data = await reader.read(64 * 1024)
                arriving.put_nowait((max(ready, clock()) + self.delay, data))

        receiving = asyncio.create_task(receive())
        try:
            while True:
                due, data = await arriving.get()
                await asyncio.sleep(due - clock())
                if not data or writer.is_closing():
                    return
                writer.write(data)
                await writer.drain()
        finally:
            receiving.cancel()
            await asyncio.gather(receiving, return_exceptions=True)


@asynccontextmanager
async def delayed(address: str, delay: float) -> AsyncIterator[Line]:
    """A line to ``address`` (http or https) with ``delay`` seconds in each direction."""
    line = Line(address, delay)
    server = await asyncio.start_server(line.connect, "127.0.0.1", 0)
    line.served_at(server.sockets[0].getsockname()[1])
    try:
        yield line
    finally:
        server.close()
        await line.aclose()
        await server.wait_closed()
