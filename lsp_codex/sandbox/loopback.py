"""The sandbox on 127.0.0.1: a small HTTP/1.1 server for people and for end-to-end tests."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from email.utils import formatdate
from http import HTTPStatus
from typing import TYPE_CHECKING

from lsp_codex.sandbox.exchange import Answer, Body, CutOff, json_answer

if TYPE_CHECKING:
    import ssl
    from collections.abc import AsyncIterator, Coroutine

    from lsp_codex.sandbox.codex import SandboxCodex

HEAD_LIMIT = 256 * 1024
BODY_LIMIT = 32 * 1024 * 1024


@asynccontextmanager
async def serve(
    codex: SandboxCodex, port: int = 0, *, tls: ssl.SSLContext | None = None, name: str = "localhost"
) -> AsyncIterator[str]:
    """Serve ``codex`` until the block is left; gives its address, such as ``http://127.0.0.1:43121``.

    With ``tls``, a context with a certificate for ``name``, the address is ``https://NAME:…``.

    That address is the issuer; the ChatGPT base address is the same with ``/backend-api``. Port 0 takes a free one.
    Raises :class:`OSError` if the port is taken.
    """
    connections: set[asyncio.Task[None]] = set()

    def connect() -> _Protocol:
        return _Protocol(codex, connections, frozenset({"127.0.0.1", "localhost", name}))

    server = await asyncio.get_running_loop().create_server(connect, "127.0.0.1", port, ssl=tls)
    try:
        where = f"https://{name}" if tls else "http://127.0.0.1"
        yield f"{where}:{server.sockets[0].getsockname()[1]}"
    finally:
        server.close()
        open_now = tuple(connections)
        for connection in open_now:
            connection.cancel()
        await asyncio.gather(*open_now, return_exceptions=True)
        await server.wait_closed()


class _Protocol(asyncio.StreamReaderProtocol):
    """A stream that knows at once when the other side is gone, also while nobody reads."""

    def __init__(self, codex: SandboxCodex, connections: set[asyncio.Task[None]], names: frozenset[str]) -> None:
        reader = asyncio.StreamReader(limit=HEAD_LIMIT)
        super().__init__(reader)
        self._codex = codex
        self._connections = connections
        self._names = names
        self._input = reader
        self.gone = asyncio.Event()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        super().connection_made(transport)
        assert isinstance(transport, asyncio.Transport)  # noqa: S101  (for the checker)
        writer = asyncio.StreamWriter(transport, self, self._input, asyncio.get_running_loop())
        task = asyncio.create_task(
            _Connection(self._codex, self._input, writer, self.gone, self._names).run(), name="sandbox"
        )
        self._connections.add(task)
        task.add_done_callback(self._connections.discard)

    def eof_received(self) -> bool | None:
        self.gone.set()
        return super().eof_received()

    def connection_lost(self, exc: Exception | None) -> None:
        self.gone.set()
        super().connection_lost(exc)


class _Connection:
    """One connection: requests one after another until either side has had enough."""

    def __init__(
        self,
        codex: SandboxCodex,
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
        gone: asyncio.Event,
        names: frozenset[str],
    ) -> None:
        self._codex = codex
        self._reader = reader
        self._writer = writer
        self._gone = gone
        self._names = names

    async def run(self) -> None:
        """Serve until the connection ends; leaves nothing behind."""
        try:
            while await self._one():
                pass
        except (OSError, asyncio.IncompleteReadError):
            pass  # the other side is gone, which is how connections end
        finally:
            self._writer.close()

    async def _one(self) -> bool:
        """One exchange; whether another may follow."""
        head = await self._head()
        if head is None:
            return False
        method, target, headers = head
        refused = _unreadable(headers, self._names)
        if refused is not None:
            await self._send(refused, keep=False)
            return False
        if headers.get("expect", "").lower() == "100-continue":
            self._writer.write(b"HTTP/1.1 100 Continue\r\n\r\n")
        body = await self._reader.readexactly(int(headers.get("content-length", "0")))
        keep = headers.get("connection", "").lower() != "close"
        return await self._unless_gone(self._answer(method, target, headers, body, keep)) and keep

    async def _head(self) -> tuple[str, str, dict[str, str]] | None:
        """Request line and headers, names in lower case; None at the end of the connection or for something else."""
        try:
            lines = (await self._reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
        except asyncio.LimitOverrunError:
            return None
        parts = lines[0].split(" ")
        if len(parts) != 3 or not parts[2].startswith("HTTP/1."):
            return None
        pairs = (line.partition(":") for line in lines[1:] if line)
        return parts[0], parts[1], {name.strip().lower(): value.strip() for name, _, value in pairs}

    async def _unless_gone(self, work: Coroutine[None, None, bool]) -> bool:
        """The result of ``work``, which ends the moment that the other side goes away."""
        working = asyncio.create_task(work, name="sandbox answer")
        watching = asyncio.create_task(self._gone.wait(), name="sandbox watch")
        try:
            await asyncio.wait((working, watching), return_when=asyncio.FIRST_COMPLETED)
            return working.done() and working.result()
        finally:
            watching.cancel()
            working.cancel()
            await asyncio.gather(working, watching, return_exceptions=True)

    async def _answer(self, method: str, target: str, headers: dict[str, str], body: bytes, keep: bool) -> bool:
        answer = await self._codex.handle(method, target, headers, body)
        return await self._send(answer, keep=keep)

    async def _send(self, answer: Answer, *, keep: bool) -> bool:
        """Write the whole answer; whether it went out in full."""
        body = answer.body
        lines = [f"HTTP/1.1 {answer.status} {_phrase(answer.status)}"]
        lines.append(f"date: {formatdate(usegmt=True)}")  # as every real service; clocks are compared by it
        lines += [f"{name}: {value}" for name, value in answer.headers.items()]
        if isinstance(body, bytes | Body):
            known = isinstance(body, bytes)
            lines.append(f"content-length: {len(body)}" if known else "transfer-encoding: chunked")  # type: ignore[arg-type]  # known bytes here
            lines.append(f"connection: {'keep-alive' if keep else 'close'}")
        self._writer.write(("\r\n".join(lines) + "\r\n\r\n").encode("latin-1"))
        if isinstance(body, Body):
            return await self._send_chunks(body)
        if not isinstance(body, bytes):
            await body.run(_Upgraded(self._reader, self._writer))
            return False
        self._writer.write(body)
        await self._writer.drain()
        return True

    async def _send_chunks(self, body: Body) -> bool:
        try:
            async for chunk in body:
                self._writer.write(b"%x\r\n%b\r\n" % (len(chunk), chunk))
                await self._writer.drain()
        except CutOff:
            return False  # closing without the last chunk is how a lost connection looks
        finally:
            await body.aclose()
        self._writer.write(b"0\r\n\r\n")
        await self._writer.drain()
        return True


class _Upgraded:
    """The bytes of this connection once it is no HTTP any more."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.read = reader.read
        self.end = writer.close
        self._writer = writer

    async def write(self, data: bytes) -> None:
        """Send all of ``data``."""
        self._writer.write(data)
        await self._writer.drain()


def _unreadable(headers: dict[str, str], names: frozenset[str]) -> Answer | None:
    """A request that this server does not take: another host's name, or a body whose length is not said.

    The host is checked because a page on the web could otherwise reach the sandbox under a name of its own.
    """
    host = headers.get("host", "").rpartition(":")[0] or headers.get("host", "")
    if host not in names:
        return json_answer(421, {"detail": "The sandbox answers on 127.0.0.1 and localhost only."})
    if "transfer-encoding" in headers:
        return json_answer(411, {"detail": "The sandbox wants a content-length."})
    length = headers.get("content-length", "0")
    if not length.isdecimal():
        return json_answer(400, {"detail": "The content-length is not a number."})
    return json_answer(413, {"detail": "The body is too large."}) if int(length) > BODY_LIMIT else None


def _phrase(status: int) -> str:
    return HTTPStatus(status).phrase if status in {known.value for known in HTTPStatus} else "Status"
