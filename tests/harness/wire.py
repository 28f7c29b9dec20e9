"""An in-memory connection: server and editor in one event loop, without sockets, threads or waiting."""

from __future__ import annotations

import asyncio
import itertools
import json
import logging
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

from lsp_codex.server import framing
from lsp_codex.server.serve import serve
from lsp_codex.server.transport import Ending

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable

    from lsp_codex.server.protocol import CodexServer


log = logging.getLogger(__name__)


class MemoryTransport:
    """One end of a pair: what is written at one end is received at the other, in the next turn of the loop."""

    def __init__(self) -> None:
        self.peer: MemoryTransport | None = None
        self.closed = False
        self._received: Callable[[bytes], None] | None = None
        self._ended: Callable[[Ending], None] | None = None
        self._early: list[bytes] = []

    def start(self, received: Callable[[bytes], None], ended: Callable[[Ending], None]) -> None:
        """Give what arrives to ``received``."""
        self._received, self._ended = received, ended
        for data in self._early:
            received(data)

    def write(self, data: bytes) -> None:
        """Send to the other end."""
        if not self.closed and self.peer is not None:
            asyncio.get_running_loop().call_soon(self.peer.deliver, data)

    async def aclose(self) -> None:
        """Close this end; the other end's input ends after what was written."""
        if not self.closed:
            self.closed = True
            if self.peer is not None:
                asyncio.get_running_loop().call_soon(self.peer.end)

    def deliver(self, data: bytes) -> None:
        """What the other end has written."""
        if self._received is None:
            self._early.append(data)
        elif not self.closed:
            self._received(data)

    def end(self) -> None:
        """The other end was closed."""
        if self._ended is not None:
            self._ended(Ending.END_OF_INPUT)


def pair() -> tuple[MemoryTransport, MemoryTransport]:
    """Two ends of one connection."""
    left, right = MemoryTransport(), MemoryTransport()
    left.peer, right.peer = right, left
    return left, right


class RefusedError(Exception):
    """The server answered with an error."""

    def __init__(self, error: dict[str, Any]) -> None:
        super().__init__(f"{error.get('code')}: {error.get('message')}")
        self.code: int = error["code"]
        self.message: str = error["message"]
        self.data: Any = error.get("data")


class Client:
    """A JSON-RPC client in plain JSON.

    It answers the server's requests from ``handlers``, otherwise with null. A method in ``replies`` is answered with
    what is there, ``result`` or ``error`` or neither; with ``None`` not at all.
    """

    def __init__(self, transport: MemoryTransport) -> None:
        self.transport = transport
        self.handlers: dict[str, Callable[[Any], Any]] = {}
        self.replies: dict[str, dict[str, Any] | None] = {}
        self.notifications: list[tuple[str, Any]] = []
        self.requests: list[dict[str, Any]] = []
        self.answers: list[Any] = []
        self.asked: dict[Any, str] = {}
        """The method of each request that was sent, by its id."""
        self.overheard: list[Any] | None = None
        """Every message of the server, in the order in which they came, if somebody gives a list for them."""
        self.session: asyncio.Task[int] | None = None
        self._numbers = itertools.count(1)
        self._open: dict[Any, asyncio.Future[Any]] = {}
        self._decoder = framing.Decoder()
        transport.start(self._bytes, lambda _: None)

    def send(self, message: Any) -> None:
        """Send any JSON."""
        if isinstance(message, dict) and "id" in message and "method" in message:
            self.asked[message["id"]] = message["method"]
        self.transport.write(framing.encode(json.dumps(message).encode()))

    def notify(self, method: str, params: Any = None) -> None:
        """Send a notification."""
        self.send({"jsonrpc": "2.0", "method": method, "params": params})

    def start(self, method: str, params: Any = None) -> tuple[int, asyncio.Future[Any]]:
        """Send a request: its id, to cancel it, and its answer."""
        number = next(self._numbers)
        future: asyncio.Future[Any] = asyncio.get_running_loop().create_future()
        self._open[number] = future
        self.send({"jsonrpc": "2.0", "id": number, "method": method, "params": params})
        return number, future

    async def request(self, method: str, params: Any = None) -> Any:
        """Send a request and wait for its result. Raises :class:`RefusedError`."""
        return await asyncio.wait_for(self.start(method, params)[1], 60)

    def cancel(self, number: int) -> None:
        """Send ``$/cancelRequest``."""
        self.notify("$/cancelRequest", {"id": number})

    async def initialize(self, **params: Any) -> Any:
        """The usual beginning; the answer of ``initialize``."""
        answer = await self.request("initialize", {"processId": None, "rootUri": None, "capabilities": {}, **params})
        self.notify("initialized", {})
        return answer

    async def leave(self) -> int:
        """``shutdown`` and ``exit``; the exit code."""
        await self.request("shutdown")
        self.notify("exit")
        return await self.wait_closed()

    async def wait_closed(self) -> int:
        """Wait until the server has ended the session; the exit code."""
        assert self.session is not None
        return await asyncio.wait_for(self.session, 60)

    def _bytes(self, data: bytes) -> None:
        log.debug("to the editor: %s", data)  # heard by Leaks
        for frame in self._decoder.feed(data):
            assert isinstance(frame, framing.Body), frame
            self._message(json.loads(frame.data))

    def _message(self, message: Any) -> None:
        if self.overheard is not None:
            self.overheard.append(message)
        if isinstance(message, dict) and "method" in message and "id" in message:
            self.requests.append(message)
            self._reply(message)
        elif isinstance(message, dict) and "method" in message:
            self.notifications.append((message["method"], message.get("params")))
        else:
            self.answers.append(message)
            future = self._open.pop(message["id"], None) if isinstance(message, dict) else None
            if future is not None and not future.done():
                if "error" in message:
                    future.set_exception(RefusedError(message["error"]))
                else:
                    future.set_result(message["result"])

    def _reply(self, message: dict[str, Any]) -> None:
        handler = self.handlers.get(message["method"])
        reply: dict[str, Any] | None = {"result": handler(message.get("params")) if handler else None}
        reply = self.replies.get(message["method"], reply)
        if reply is not None:
            self.send({"jsonrpc": "2.0", "id": message["id"], **reply})


@asynccontextmanager
async def connected(server: CodexServer) -> AsyncIterator[Client]:
    """A client of ``server``; leaving closes the connection and waits until the session is over."""
    ours, theirs = pair()
    client = Client(theirs)
    client.session = asyncio.create_task(serve(server, ours), name="session")
    try:
        yield client
    finally:
        await theirs.aclose()
        await client.wait_closed()
