"""The sandbox as an httpx2 transport: no socket, chunk by chunk, with the read time limit of a real connection."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import httpcore2
import httpx2

from lsp_codex.sandbox.exchange import Body, CutOff, Upgraded

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
        if not isinstance(answer.body, bytes):
            pipe = _Pipe(answer.body)
            return httpx2.Response(answer.status, headers=answer.headers, stream=pipe, extensions=pipe.extensions)
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


class _Pipe(httpx2.AsyncByteStream):
    """An upgraded connection without a socket: httpx2's ``network_stream`` at one end, the sandbox at the other."""

    def __init__(self, other: Upgraded) -> None:
        self.extensions = {"network_stream": self}
        self._to_client: asyncio.Queue[bytes] = asyncio.Queue()
        self._to_sandbox: asyncio.Queue[bytes] = asyncio.Queue()
        self._task = asyncio.create_task(self._run(other), name="sandbox websocket")

    async def __aiter__(self) -> AsyncIterator[bytes]:
        """There is no body."""
        nothing: tuple[bytes, ...] = ()
        for chunk in nothing:
            yield chunk

    async def read(self, _most: int, timeout: float | None = None) -> bytes:
        """Some bytes from the sandbox, none at the end. Raises ``ReadTimeout`` as the real one does."""
        try:
            async with asyncio.timeout(timeout):
                return await self._to_client.get()
        except TimeoutError as error:
            raise httpcore2.ReadTimeout from error

    async def write(self, data: bytes, timeout: float | None = None) -> None:
        """Send ``data`` to the sandbox."""
        if self._task.done():
            raise httpcore2.WriteError
        self._to_sandbox.put_nowait(data)

    async def aclose(self) -> None:
        """The client goes away."""
        self._task.cancel()
        await asyncio.gather(self._task, return_exceptions=True)

    async def _run(self, other: Upgraded) -> None:
        try:
            await other.run(_Far(self._to_sandbox, self._to_client))
        finally:
            self._to_client.put_nowait(b"")


class _Far:
    """The sandbox's end of a pipe."""

    def __init__(self, incoming: asyncio.Queue[bytes], outgoing: asyncio.Queue[bytes]) -> None:
        self._incoming = incoming
        self._outgoing = outgoing

    async def read(self, _most: int) -> bytes:
        """Some bytes; none at the end."""
        return await self._incoming.get()

    async def write(self, data: bytes) -> None:
        """Send all of ``data``."""
        self._outgoing.put_nowait(data)

    def end(self) -> None:
        """Close it."""
        self._incoming.put_nowait(b"")
