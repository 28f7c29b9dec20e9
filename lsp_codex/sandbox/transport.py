"""The sandbox as an httpx2 transport: no socket, chunk by chunk, with the read time limit of a real connection."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import httpx2

from lsp_codex.sandbox.exchange import Body, CutOff

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from lsp_codex.sandbox.codex import SandboxCodex


class SandboxTransport(httpx2.AsyncBaseTransport):
    """Every request of a client goes to ``codex``, whatever its host: the path decides."""

    def __init__(self, codex: SandboxCodex) -> None:
        self._codex = codex

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        """One exchange. Raises ``ReadTimeout`` and ``RemoteProtocolError`` as a socket does."""
        body = await request.aread()
        limit = request.extensions.get("timeout", {}).get("read")
        try:
            async with asyncio.timeout(limit):
                answer = await self._codex.handle(
                    request.method, request.url.raw_path.decode(), dict(request.headers), body
                )
        except TimeoutError as error:
            raise httpx2.ReadTimeout("the sandbox did not answer in time", request=request) from error
        if isinstance(answer.body, Body):
            return httpx2.Response(answer.status, headers=answer.headers, stream=_Streamed(answer.body, limit))
        return httpx2.Response(answer.status, headers=answer.headers, content=answer.body)


class _Streamed(httpx2.AsyncByteStream):
    """A body in chunks, each of which must come within ``limit`` seconds."""

    def __init__(self, body: Body, limit: float | None) -> None:
        self._body = body
        self._limit = limit

    async def __aiter__(self) -> AsyncIterator[bytes]:
        while True:
            try:
                async with asyncio.timeout(self._limit):
                    chunk = await anext(self._body)
            except StopAsyncIteration:
                return
            except TimeoutError as error:
                raise httpx2.ReadTimeout("the sandbox fell silent") from error
            except CutOff as error:
                raise httpx2.RemoteProtocolError("the sandbox broke off") from error
            yield chunk

    async def aclose(self) -> None:
        """Tell the sandbox that nobody reads on."""
        await self._body.aclose()
