"""WebSocket: one open connection on which texts go out and come in; owns the frames, knows nothing of what they say.

The handshake goes through the HTTP client: its proxy, certificates, cookies and credential then hold here too, and a
refusal is an ordinary answer. ``websockets`` does the framing (its sans-I/O part only, 9 ms to import).
"""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from contextlib import AsyncExitStack
from typing import TYPE_CHECKING, Any

import httpcore2
from websockets.frames import Frame, Opcode
from websockets.protocol import CLIENT, OPEN, Protocol
from websockets.utils import accept_key, generate_key

from lsp_codex.backend import failures, questions
from lsp_codex.backend.sse import LARGEST_EVENT
from lsp_codex.errors import Unreadable

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    import httpx2

    from lsp_codex.tasks import Tasks

log = logging.getLogger(__name__)

PING = 30.0
"""Seconds of silence after which we ask whether somebody is still there."""

PONG = 10.0
"""Seconds within which the answer to that must come."""

WRITING = 10.0
"""Seconds within which a frame must have left."""

WAITING = 64
"""Texts that may wait for their reader; then the other side waits."""

CHUNK = 64 * 1024

QUIET = "websockets.client"
"""The library's logger, which says every frame at DEBUG: held at WARNING in ``logs.py``."""


class Ended(Exception):
    """The connection is over."""


class Refused(Exception):
    """The answer to the handshake was not 101; ``error`` is what that means for the user."""

    def __init__(self, status: int, error: Exception) -> None:
        super().__init__(f"the upgrade was refused with {status}: {error}")
        self.status = status
        self.error = error


async def connect(
    http: httpx2.AsyncClient,
    address: str,
    headers: Mapping[str, str],
    auth: httpx2.Auth,
    tasks: Tasks,
    now: Callable[[], float],
) -> WebSocket:
    """The handshake with ``address`` (http or https); the reader runs in ``tasks``.

    Raises :class:`Refused`, and what httpx2 and ``auth`` raise; ``now`` is Unix seconds, for a refusal's Retry-After.
    """
    key = generate_key()
    upgrade = {
        "connection": "Upgrade",
        "upgrade": "websocket",
        "sec-websocket-version": "13",
        "sec-websocket-key": key,
        # No compression: deltas are small, and what is compressed may be held back.
        **headers,
    }
    async with AsyncExitStack() as closing:
        response = await http.send(http.build_request("GET", address, headers=upgrade), auth=auth, stream=True)
        closing.push_async_callback(response.aclose)
        if response.status_code != 101:
            body = await questions.error_body(response)
            said = failures.from_answer(response.status_code, response.headers, body, now())
            raise Refused(response.status_code, said)
        if response.headers.get("sec-websocket-accept") != accept_key(key):
            raise Refused(101, Unreadable("The answer to the WebSocket handshake is not one"))
        closing.pop_all()
    return WebSocket(response, tasks)


class WebSocket:
    """An open connection. ``until`` is when it is closed for want of use, in the loop's time; None while in use."""

    def __init__(self, response: httpx2.Response, tasks: Tasks) -> None:
        self.headers: Mapping[str, str] = response.headers
        self.born = asyncio.get_running_loop().time()
        self.until: float | None = None
        self._response = response
        self._stream: Any = response.extensions["network_stream"]
        self._protocol = Protocol(CLIENT, state=OPEN, max_size=LARGEST_EVENT, logger=logging.getLogger(QUIET))
        self._texts: deque[str] = deque()
        self._news, self._room = asyncio.Event(), asyncio.Event()
        self._begun = bytearray()  # a text in fragments
        self._writing = asyncio.Lock()
        self._heard = self.born
        self._over = False
        self._tasks = tasks
        self._closing: asyncio.Task[None] | None = None
        self._reader = tasks.spawn(self._read(), "websocket")
        self._watcher = tasks.spawn(self._watch(), "websocket watch")

    @property
    def over(self) -> bool:
        """Nothing can be sent any more."""
        return self._over or self._protocol.state is not OPEN  # the close frame is read before its answer is sent

    async def send(self, text: str) -> None:
        """Send one text. Raises :class:`Ended`."""
        if self.over:
            raise Ended
        self._protocol.send_text(text.encode("utf-8", "replace"))
        await self._flush()

    async def receive(self) -> str:
        """The next text. Raises :class:`Ended`, but not before all texts that came until then."""
        while (text := self.waiting()) is None:
            if self._over:
                raise Ended
            self._news.clear()
            await self._news.wait()
        return text

    def waiting(self) -> str | None:
        """The next text if it is there already."""
        if not self._texts:
            return None
        self._room.set()
        return self._texts.popleft()

    async def aclose(self) -> None:
        """Give the connection up at once, without waiting for the other side."""
        self._end()
        if self._closing is not None:
            await asyncio.wait({self._closing})

    async def _read(self) -> None:
        clock = asyncio.get_running_loop().time
        try:
            while data := await self._some():
                self._heard = clock()
                self._protocol.receive_data(data)
                for frame in self._protocol.events_received():
                    await self._take(frame)
                await self._flush()
                if self._protocol.state is not OPEN:
                    return
                # What lies decrypted is read without a pause: whoever waits gets this text before all that follows.
                await asyncio.sleep(0)
        except Ended:
            return
        finally:
            self._end()

    async def _some(self) -> bytes:
        """Bytes; none at the end."""
        try:
            data: bytes = await self._stream.read(CHUNK)
        except httpcore2.NetworkError:
            return b""
        return data

    async def _watch(self) -> None:
        """End a connection that is not used any more, or on which a ping was not answered."""
        # Beside the reader and not as the time limit of its reads, which would be set and unset at every event.
        clock = asyncio.get_running_loop().time
        while True:
            due = self._heard + PING
            await asyncio.sleep((due if self.until is None else min(due, self.until)) - clock())
            if self.until is not None and clock() >= self.until:
                break
            if clock() < self._heard + PING:
                continue
            if self.over:
                break
            self._protocol.send_ping(b"")
            asked = clock()
            try:
                await self._flush()
            except Ended:
                return
            await asyncio.sleep(PONG)
            if self._heard < asked:
                log.info("the WebSocket does not answer any more")
                break
        self._end()

    async def _take(self, frame: object) -> None:
        if not isinstance(frame, Frame) or frame.opcode not in {Opcode.TEXT, Opcode.CONT}:
            return  # the library has answered a ping or a close already
        self._begun += frame.data
        if frame.fin:
            self._texts.append(self._begun.decode("utf-8", "replace"))
            self._begun.clear()
            self._news.set()
        while len(self._texts) >= WAITING and not self._over:
            self._room.clear()
            await self._room.wait()

    async def _flush(self) -> None:
        # After nearly every frame there is nothing to say. Who takes bytes first gets the lock first.
        if not (data := b"".join(self._protocol.data_to_send())):
            return
        async with self._writing:
            try:
                await self._stream.write(data, timeout=WRITING)
            except (httpcore2.NetworkError, httpcore2.TimeoutException) as error:
                self._end()
                raise Ended from error

    def _end(self) -> None:
        self._over = True
        self._news.set()
        self._room.set()
        if self._closing is None:
            # In a task of its own: interrupted by a second cancellation, the pool would keep the dead connection.
            self._closing = self._tasks.spawn(self._close(), "close a WebSocket")

    async def _close(self) -> None:
        self._reader.cancel()
        self._watcher.cancel()
        await self._response.aclose()
