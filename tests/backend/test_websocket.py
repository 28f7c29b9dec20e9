"""One open connection, against the sandbox's hand-written side; time is virtual."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

import httpx2
import pytest

from lsp_codex.backend.connection import BearerAuth
from lsp_codex.backend.websocket import PING, PONG, WAITING, Ended, Refused, WebSocket, connect
from lsp_codex.errors import Blocked, CredentialsRejected
from lsp_codex.sandbox.frames import Frames, Message, Op, accept, frame
from lsp_codex.tasks import Tasks
from tests.backend.helpers import Source

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable

URL = "https://backend.test/backend-api/codex/responses"


class Far(httpx2.AsyncByteStream):
    """The other side of a connection, played by a test: ``heard`` are its client's messages."""

    def __init__(self) -> None:
        self.heard: list[Message] = []
        self.closed = False
        self.answers_pings = True
        self._frames = Frames()
        self._out: asyncio.Queue[bytes] = asyncio.Queue()

    def say(self, data: bytes) -> None:
        """Send bytes to the client; none is the end."""
        self._out.put_nowait(data)

    async def read(self, _most: int, timeout: float | None = None) -> bytes:
        """As httpx2's network stream."""
        return await self._out.get()

    async def write(self, data: bytes, timeout: float | None = None) -> None:
        """As httpx2's network stream."""
        for message in self._frames.feed(data):
            self.heard.append(message)
            if message.op is Op.PING and self.answers_pings:
                self.say(frame(Op.PONG, message.data))

    async def __aiter__(self) -> AsyncIterator[bytes]:
        """There is no body."""
        nothing: tuple[bytes, ...] = ()
        for chunk in nothing:
            yield chunk

    async def aclose(self) -> None:
        """The client has closed."""
        self.closed = True


def agree(far: Far) -> Callable[[httpx2.Request], httpx2.Response]:
    """A server that says 101."""

    def answer(request: httpx2.Request) -> httpx2.Response:
        headers = {"sec-websocket-accept": accept(request.headers["sec-websocket-key"])}
        return httpx2.Response(101, headers=headers, stream=far, extensions={"network_stream": far})

    return answer


async def open_to(handler: Callable[[httpx2.Request], Any], tasks: Tasks, source: Source | None = None) -> WebSocket:
    """A handshake with a server of one function."""
    http = httpx2.AsyncClient(transport=httpx2.MockTransport(handler))
    return await connect(http, URL, {"openai-beta": "x"}, BearerAuth(source or Source()), tasks, lambda: 0.0)


@asynccontextmanager
async def connected() -> AsyncIterator[tuple[WebSocket, Far]]:
    """An open connection and its other side."""
    far = Far()
    async with Tasks() as tasks:
        yield await open_to(agree(far), tasks), far


async def test_the_handshake_says_what_the_protocol_wants() -> None:
    """Version, a fresh key, what we were given, the credential; no compression is offered."""
    seen: list[httpx2.Request] = []

    def answer(request: httpx2.Request) -> httpx2.Response:
        seen.append(request)
        return agree(Far())(request)

    async with Tasks() as tasks:
        await open_to(answer, tasks)
        await open_to(answer, tasks)
    headers = seen[0].headers
    assert (seen[0].method, headers["upgrade"], headers["connection"]) == ("GET", "websocket", "Upgrade")
    assert (headers["sec-websocket-version"], headers["openai-beta"]) == ("13", "x")
    assert headers["authorization"] == "Bearer tok-1"
    assert "sec-websocket-extensions" not in headers
    assert headers["sec-websocket-key"] != seen[1].headers["sec-websocket-key"]


async def test_texts_go_both_ways() -> None:
    """Whole, in fragments, with what UTF-8 cannot say."""
    async with connected() as (socket, far):
        await socket.send("é\ud800")
        assert far.heard == [Message(Op.TEXT, "é?".encode())]
        far.say(frame(Op.TEXT, "grüß".encode()) + b"\x01\x01a" + b"\x80\x01b")
        assert [await socket.receive(), await socket.receive()] == ["grüß", "ab"]
        assert socket.waiting() is None


async def test_a_ping_is_answered_while_nobody_reads() -> None:
    """An idle connection stays open only so."""
    async with connected() as (socket, far):
        far.say(frame(Op.PING, b"?"))
        await asyncio.sleep(0.1)
        assert far.heard == [Message(Op.PONG, b"?")]
        assert not socket.over


@pytest.mark.parametrize("end", [b"", frame(Op.CLOSE, b"\x03\xe8"), b"\xff\xff\xff\xff"])
async def test_the_end_comes_after_the_last_text(end: bytes) -> None:
    """What arrived before the end is not lost; nonsense is an end too."""
    async with connected() as (socket, far):
        far.say(frame(Op.TEXT, b"last"))
        far.say(end)
        await asyncio.sleep(0.1)
        assert socket.over
        assert far.closed
        assert await socket.receive() == "last"
        for attempt in (socket.receive(), socket.receive(), socket.send("x")):
            with pytest.raises(Ended):
                await attempt


async def test_a_connection_that_is_dead_is_noticed() -> None:
    """After 30 seconds of silence it is asked, and given up if nothing comes for 10 more."""
    loop = asyncio.get_running_loop()
    async with connected() as (socket, far):
        await asyncio.sleep(3 * PING)
        assert not socket.over
        assert {message.op for message in far.heard} == {Op.PING}
        far.answers_pings = False
        began = loop.time()
        with pytest.raises(Ended):
            await socket.receive()
        assert loop.time() - began <= PING + PONG
        await asyncio.sleep(0)
        assert far.closed


async def test_a_connection_without_use_is_closed() -> None:
    """At the time that its owner has set, and not while it is in use."""
    loop = asyncio.get_running_loop()
    async with connected() as (socket, far):
        await asyncio.sleep(1_000)
        assert not socket.over
        socket.until = loop.time() + 100
        await asyncio.sleep(101)
        assert (socket.over, far.closed) == (True, True)


async def test_who_does_not_read_does_not_fill_the_memory() -> None:
    """The other side waits; nothing is lost."""
    async with connected() as (socket, far):
        for number in range(3 * WAITING):
            far.say(frame(Op.TEXT, str(number).encode()))
        await asyncio.sleep(0.1)
        assert len(socket._texts) == WAITING
        assert [await socket.receive() for _ in range(3 * WAITING)] == [str(n) for n in range(3 * WAITING)]


async def test_closing_is_at_once() -> None:
    """Without a word to the other side and without waiting for one."""
    async with connected() as (socket, far):
        await socket.aclose()
        assert (far.closed, far.heard) == (True, [])
        with pytest.raises(Ended):
            await socket.send("x")


async def test_closing_is_not_interrupted_by_a_second_cancellation() -> None:
    """Otherwise the pool would keep the dead connection for ever."""

    class SlowToClose(Far):
        async def aclose(self) -> None:
            await asyncio.sleep(1)
            await super().aclose()

    far = SlowToClose()
    async with Tasks() as tasks:
        socket = await open_to(agree(far), tasks)
        await asyncio.sleep(0)
        closing = asyncio.create_task(socket.aclose())
        for _ in range(3):
            await asyncio.sleep(0.1)
            closing.cancel()
        await asyncio.sleep(2)
        assert far.closed


async def test_after_a_401_the_credential_is_renewed_once() -> None:
    """At the upgrade as at any request; a second 401 is a refusal."""
    far, source = Far(), Source()

    def answer(request: httpx2.Request) -> httpx2.Response:
        return agree(far)(request) if request.headers["authorization"] == "Bearer tok-2" else httpx2.Response(401)

    async with Tasks() as tasks:
        socket = await open_to(answer, tasks, source)
        assert not socket.over
        with pytest.raises(Refused) as caught:
            await open_to(lambda _request: httpx2.Response(401), tasks, source)
    assert source.renewals == 2
    assert (caught.value.status, type(caught.value.error)) == (401, CredentialsRejected)


async def test_a_refusal_says_why() -> None:
    """The status, and what that means to the user."""
    page = httpx2.Response(403, headers={"content-type": "text/html"}, content=b"<html>Cloudflare</html>")
    async with Tasks() as tasks:
        with pytest.raises(Refused) as caught:
            await open_to(lambda _request: page, tasks)
        assert (caught.value.status, type(caught.value.error)) == (403, Blocked)
        wrong = {"sec-websocket-accept": "x"}
        far = Far()
        with pytest.raises(Refused):
            await open_to(lambda _request: httpx2.Response(101, headers=wrong, stream=far), tasks)
        assert far.closed


async def test_a_connection_that_is_being_closed_takes_nothing_more() -> None:
    """The close frame waits behind texts that nobody has read yet: that is an end as any other, not a crash."""
    async with connected() as (socket, far):
        far.say(frame(Op.TEXT, b"{}") * (WAITING + 1) + frame(Op.CLOSE, b"\x03\xe8"))
        await asyncio.sleep(0.1)
        assert socket.over
        with pytest.raises(Ended):
            await socket.send("{}")


async def test_a_refusal_whose_body_never_ends_is_the_same_refusal() -> None:
    """The status says it all: 426 means SSE for good, and must not be lost for want of a body."""

    class Endless(httpx2.AsyncByteStream):
        async def __aiter__(self) -> AsyncIterator[bytes]:
            while True:
                yield b"no "
                await asyncio.sleep(1)

    tasks = Tasks()
    with pytest.raises(Refused) as caught:
        await open_to(lambda _: httpx2.Response(426, stream=Endless()), tasks)
    assert caught.value.status == 426
    await tasks.aclose()
