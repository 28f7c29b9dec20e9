"""Dialler: opens connections for the HTTP client so that one given up during its TLS handshake is closed at once.

httpcore2 2.16 closes a connection whose handshake fails, but not one whose handshake is cancelled: the socket stays
open, and the service waits for it, until the process ends. A request that typing supersedes is cancelled there often.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import httpcore2

if TYPE_CHECKING:
    import ssl
    from collections.abc import Iterable

    import httpx2

    SocketOptions = Iterable[tuple[int, int, int | bytes]]


def give(transport: httpx2.AsyncHTTPTransport) -> httpx2.AsyncHTTPTransport:
    """Let ``transport`` open its connections through a :class:`Dialler`; before its first request."""
    # httpcore2 takes a backend as an argument of its pool, httpx2 has no way to pass one on.
    transport._pool._network_backend = Dialler()  # noqa: SLF001 — pinned below version 3, tests/backend/test_cancel.py
    return transport


class Dialler(httpcore2.AnyIOBackend):
    """The library's own way of opening connections, with streams that see a cancelled handshake."""

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Any = None,
    ) -> httpcore2.AsyncNetworkStream:
        """As the library's; ``timeout`` in seconds. Raises its ``ConnectError`` and ``ConnectTimeout``."""
        return _Stream(await super().connect_tcp(host, port, timeout, local_address, socket_options))


class _Stream(httpcore2.AsyncNetworkStream):
    def __init__(self, stream: httpcore2.AsyncNetworkStream) -> None:
        self._stream = stream

    async def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        return await self._stream.read(max_bytes, timeout)

    async def write(self, buffer: bytes, timeout: float | None = None) -> None:
        await self._stream.write(buffer, timeout)

    async def aclose(self) -> None:
        await self._stream.aclose()

    async def start_tls(
        self, ssl_context: ssl.SSLContext, server_hostname: str | None = None, timeout: float | None = None
    ) -> httpcore2.AsyncNetworkStream:
        secured = None
        try:
            secured = await self._stream.start_tls(ssl_context, server_hostname, timeout)
            # TLS within TLS, as behind an https proxy, is cancelled in the same way.
            return _Stream(secured)
        finally:
            if secured is None:
                await self._stream.aclose()

    def get_extra_info(self, info: str) -> Any:
        return self._stream.get_extra_info(info)
