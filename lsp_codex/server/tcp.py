"""The editor on a TCP connection, on this machine unless forced otherwise."""

from __future__ import annotations

import asyncio
import contextlib
import ipaddress
import socket
from typing import TYPE_CHECKING, cast

from lsp_codex.server.transport import FLUSH, MOST_WAITING, Ending

if TYPE_CHECKING:
    from collections.abc import Callable


class ExposedAddress(ValueError):
    """The address can be reached from other machines."""

    def __init__(self, host: str) -> None:
        super().__init__(
            f"{host} can be reached from other machines, and whoever connects uses your account and reads your code;"
            " use 127.0.0.1"
        )


class SocketTransport(asyncio.Protocol):
    """One accepted connection; nothing is read before :meth:`start`."""

    def __init__(self, accepted: Callable[[SocketTransport], bool]) -> None:
        self._accepted = accepted
        self._socket: asyncio.Transport | None = None
        self._received: Callable[[bytes], None] | None = None
        self._ended: Callable[[Ending], None] | None = None
        self._lost = asyncio.Event()
        # Debian 12's CPython 3.11.2 reads on although it was told to pause in connection_made (seen).
        self._early = bytearray()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Called by the loop."""
        self._socket = cast("asyncio.Transport", transport)
        self._socket.pause_reading()
        if not self._accepted(self):
            self._socket.abort()

    def data_received(self, data: bytes) -> None:
        """Called by the loop."""
        if self._received is not None:
            self._received(data)
        else:
            self._early += data

    def connection_lost(self, exc: Exception | None) -> None:
        """Called by the loop."""
        self._lost.set()
        if self._ended is not None:
            self._ended(Ending.END_OF_INPUT if exc is None else Ending.CLOSED_OUTPUT)

    def start(self, received: Callable[[bytes], None], ended: Callable[[Ending], None]) -> None:
        """Begin to read."""
        self._received, self._ended = received, ended
        if self._early:
            received(bytes(self._early))
            self._early.clear()
        if self._lost.is_set():
            ended(Ending.END_OF_INPUT)
        elif self._socket is not None:
            self._socket.resume_reading()

    def write(self, data: bytes) -> None:
        """Send; what the socket does not take yet waits in memory."""
        if self._socket is None or self._socket.is_closing():
            return
        if self._socket.get_write_buffer_size() <= MOST_WAITING:
            self._socket.write(data)
        elif self._ended is not None:
            self._ended(Ending.NOT_READING)

    async def aclose(self) -> None:
        """Close after what was written has left, for a bounded time."""
        if self._socket is None:
            return
        self._socket.close()
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self._lost.wait(), FLUSH)
        self._socket.abort()


async def accept_one(
    host: str, port: int, *, exposed: bool = False, ready: Callable[[str, int], None] | None = None
) -> SocketTransport:
    """Wait for one editor; the next that tries is refused.

    ``ready`` is told the address as soon as it can be connected to. Raises :class:`ExposedAddress` unless
    ``exposed``, ``OSError`` if the address cannot be had.
    """
    loop = asyncio.get_running_loop()
    found = await loop.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    if not exposed and not all(ipaddress.ip_address(address[0]).is_loopback for *_, address in found):
        raise ExposedAddress(host)
    first: asyncio.Future[SocketTransport] = loop.create_future()

    def accepted(transport: SocketTransport) -> bool:
        if first.done():
            return False
        first.set_result(transport)
        return True

    server = await loop.create_server(lambda: SocketTransport(accepted), host, port)
    try:
        if ready is not None:
            bound = server.sockets[0].getsockname()
            ready(bound[0], bound[1])
        return await first
    finally:
        server.close()
