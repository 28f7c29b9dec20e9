"""HttpPool: owns the one HTTP client of the process, made when it is first needed, closed with its owner."""

from __future__ import annotations

import asyncio
import sys
from types import MappingProxyType
from typing import TYPE_CHECKING

from lsp_codex.advice import Advice
from lsp_codex.config import Network
from lsp_codex.errors import Unanswered

if TYPE_CHECKING:
    from collections.abc import Mapping

    import httpx2


class HttpPool:
    """One ``httpx2.AsyncClient``, HTTP/1.1; ``transport`` replaces the network (tests, the sandbox).

    ``settings`` and ``environ`` say how to get out of this machine (:mod:`lsp_codex.backend.network`).
    """

    def __init__(
        self,
        transport: httpx2.AsyncBaseTransport | None = None,
        settings: Network | None = None,
        environ: Mapping[str, str] = MappingProxyType({}),
    ) -> None:
        self._transport = transport
        self._settings = settings or Network()
        self._environ = environ
        self._client: httpx2.AsyncClient | None = None
        self._closed = False

    def client(self) -> httpx2.AsyncClient:
        """The client. Raises :class:`~lsp_codex.errors.Unreachable` if proxy or certificates cannot be used.

        ``Unanswered`` once it is closed: whoever asked at that moment did nothing wrong.
        """
        if self._closed:
            raise Unanswered("A connection setting was changed meanwhile", Advice.AGAIN)
        if self._client is None:
            self._client = self._build()
        return self._client

    async def prewarm(self) -> None:
        """Import httpx2 and build the client in a thread: 100 ms that the first request then does not wait for.

        Raises ``Unreachable`` as :meth:`client` does.
        """
        if self._closed or self._client:
            return
        built = await asyncio.to_thread(self._build)
        # Somebody may have been faster meanwhile; a client that was never used holds nothing open.
        self._client = self._client or built

    async def aclose(self) -> None:
        """Close every connection."""
        self._closed = True
        if self._client is not None:
            await self._client.aclose()

    def _build(self) -> httpx2.AsyncClient:
        from urllib.request import getproxies

        from lsp_codex.backend import connection, network  # imports httpx2, 55 ms

        environ = network.with_system(self._environ, sys.platform, getproxies)
        return connection.build(self._transport, network.way_out(self._settings, environ))
