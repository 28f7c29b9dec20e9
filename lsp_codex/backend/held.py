"""HeldSockets: the WebSockets kept open for the next response, when one is opened, and when SSE is used instead.

One response at a time per socket. ``auto`` takes whichever is faster to the first word at that moment (the measured
table stands in ARCHITECTURE): a socket that is open and free; else SSE, since a cold socket takes one round trip more
than a cold request; but a handshake that is under way for longer than that round trip is waited for, unless an HTTP
connection is free. ``websocket`` always waits for the handshake. In both a refused upgrade means SSE: 426 for the
rest of the session and silently, anything else after that one failure, to be tried again when ``PAUSE`` is over; so
do sockets that open and then keep silent (``SILENT``) or end (``DEAD``).
"""

from __future__ import annotations

import asyncio
import logging
from contextlib import AsyncExitStack, aclosing
from typing import TYPE_CHECKING, Any, Literal, NamedTuple
from weakref import WeakSet

from lsp_codex.backend import failures, limits
from lsp_codex.backend.account import Lenient
from lsp_codex.errors import AuthError, LspCodexError, TimedOut, Unreadable
from lsp_codex.tasks import Tasks

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping

    import httpx2

    from lsp_codex.backend.frames import SocketAnswer
    from lsp_codex.backend.limits import RateLimits
    from lsp_codex.backend.request import ResponsesRequest
    from lsp_codex.backend.websocket import WebSocket
    from lsp_codex.credentials import CredentialSource

log = logging.getLogger(__name__)

Transport = Literal["auto", "websocket", "sse"]

OLDEST = 55 * 60.0
"""Seconds after which a socket gets no further response: the service ends it after 60 minutes (spec 2.6)."""

REST = 5 * 60.0
"""Seconds that a socket is kept without use."""

OPEN = 2
"""Sockets kept open, busy ones included: a request that is given up, as most are, takes its socket with it, and the
next one is there a moment later. Measured: with a second socket that request is as fast as on a warm one."""

PAUSE = 10 * 60.0
"""Seconds without another try after an upgrade that failed, unless with 426."""

HANDSHAKE = 15.0
"""Seconds for connect and upgrade, as the reference client has it (spec/backend.md 2.5)."""

SILENT = 10.0
"""Seconds without a word on sockets that have not carried an answer yet, until SSE is used instead. Some of what
stands between us and the service lets the upgrade pass, but not one frame."""

DEAD = 4
"""Sockets in a row that ended without an answer, after which SSE is used instead of opening one more."""

PREWARM_FROM = 4_000
"""Characters before the user's words from which it is worth to let the service read them ahead: it caches no prefix
of less than about 1,000 tokens."""


class Where(NamedTuple):
    """Where sockets lead: address and headers of the responses, and in whose name."""

    address: str
    headers: Mapping[str, str]
    source: CredentialSource


class HeldSockets:
    """The sockets of one account at a time, the one that ``where`` speaks of.

    ``now`` is Unix seconds, ``idle`` the longest silence within a response, ``on_limits`` hears what is left.
    """

    def __init__(
        self,
        http: Callable[[], httpx2.AsyncClient],
        where: Callable[[], Awaitable[Where]],
        transport: Transport,
        *,
        now: Callable[[], float],
        idle: float,
        on_limits: Callable[[RateLimits], None],
    ) -> None:
        self._http = http
        self._where = where
        self._transport = transport
        self._now = now
        self._idle_limit = idle
        self._on_limits = on_limits
        self._tasks = Tasks()
        self._free: list[WebSocket] = []
        self._busy: WeakSet[WebSocket] = WeakSet()
        self._current: WeakSet[WebSocket] = WeakSet()  # opened for the account of now
        self._opening: asyncio.Task[None] | None = None
        self._closed = False
        self._began = 0.0
        self._took: float | None = None  # by the last handshake
        self._off = transport == "sse"
        self._paused_until = float("-inf")
        self._trusted = False  # a socket has carried an answer, and none has been silent for long since
        self._silent = 0.0  # seconds that requests have waited for a first word since the last one came
        self._dead = 0
        self._last: tuple[ResponsesRequest, dict[str, Any]] | None = None

    @property
    def usable(self) -> bool:
        """Whether sockets are wanted and not refused."""
        return not self._off and asyncio.get_running_loop().time() >= self._paused_until

    def make_ready(self) -> None:
        """Begin to open what is missing of ``OPEN`` sockets; returns at once."""
        if self._opening is None and self._missing() and self.usable:
            self._opening = self._tasks.spawn(self._open_one(), "open a WebSocket")

    async def ask(
        self, request: ResponsesRequest, body: dict[str, Any], *, http_free: bool = False
    ) -> SocketAnswer | None:
        """The response to ``request`` with this ``body``, its first event read; None: ask over SSE.

        ``http_free``: a request over SSE needs no handshake.
        Raises the ``LspCodexError`` for what the service answered, and ``TimedOut``.
        """
        from lsp_codex.backend import frames

        self._last = request, body
        if not self.usable:
            return None
        current = self._current
        socket = self._take()
        if socket is None and (patience := self._patience(http_free=http_free)) > 0:
            socket = await self._wait_for_one(patience, current)
        if socket is None:
            return None
        frame = frames.create(body, lite=request.lite)
        answer = await self._ask_on(socket, frame)
        if answer == "again":
            socket = await self._wait_for_one(HANDSHAKE, current)
            answer = None if socket is None else await self._ask_on(socket, frame)
        return None if answer == "again" else answer

    def forget(self) -> None:
        """Give every free socket up: another account signed in, or nobody is signed in any more."""
        free, self._free, self._current = self._free, [], WeakSet()
        self._paused_until = float("-inf")
        for socket in free:
            self._tasks.start(socket.aclose(), "close a WebSocket")

    async def aclose(self) -> None:
        """Close every socket, also one in use."""
        self._closed = self._off = True
        await asyncio.gather(*(socket.aclose() for socket in {*self._free, *self._busy}))
        await self._tasks.aclose()

    async def _ask_on(self, socket: WebSocket, frame: str) -> SocketAnswer | Literal["again"] | None:
        from lsp_codex.backend import frames
        from lsp_codex.backend.websocket import Ended

        answer = frames.SocketAnswer(socket, self._idle_limit, self._now, self._on_limits, self._give_back)
        clock = asyncio.get_running_loop().time
        async with AsyncExitStack() as closing:
            closing.push_async_callback(answer.aclose)
            patience = (self._idle_limit if self._trusted else min(SILENT, self._idle_limit)) - self._silent
            asked, silent = clock(), True
            try:
                await answer.begin(frame, patience)
                silent = False
            except Ended:
                silent = False
                if self._closed:
                    raise Unreadable("The connection to the Codex backend was closed") from None
                log.info("the WebSocket was gone before it answered")
                self._ended()
                return None
            except frames.Told as told:
                silent = False
                if told.code == frames.LIMIT_REACHED:
                    return "again"
                if told.status == 401:
                    return None  # over SSE the credential is renewed and the request asked again
                raise told.error from None
            except TimedOut:
                if patience >= self._idle_limit:
                    raise
                return None
            finally:
                # Also when the next key cancels it: that is how most of those end that nobody answers.
                self._waited(clock() - asked, patience, silent=silent)
            self._trusted, self._dead = True, 0
            closing.pop_all()
        return answer

    def _waited(self, seconds: float, patience: float, *, silent: bool) -> None:
        """A request has waited for its first word, in vain if ``silent``; too much of that means SSE for a while."""
        self._silent = self._silent + seconds if silent else 0.0
        if silent and seconds >= patience:
            log.info("WebSockets open, but nothing comes through them; SSE instead")
            self._silent, self._trusted = 0.0, False
            self._pause()

    def _ended(self) -> None:
        """A socket has ended by itself; too many in a row mean SSE for a while."""
        self._dead += 1
        if self._dead >= DEAD:
            log.info("WebSockets open, but end at once; SSE instead")
            self._dead = 0
            self._pause()

    def _pause(self) -> None:
        self._paused_until = max(self._paused_until, asyncio.get_running_loop().time() + PAUSE)

    def _take(self) -> WebSocket | None:
        """A free socket that is young enough."""
        self._let_go()
        if not self._free:
            return None
        socket = self._free.pop()
        socket.until = None
        self._busy.add(socket)
        return socket

    def _missing(self) -> bool:
        self._let_go()
        return len(self._free) + sum(not socket.over for socket in self._busy) < OPEN

    def _let_go(self) -> None:
        """Close what is too old for another response."""
        now = asyncio.get_running_loop().time()
        for socket in list(self._free):
            if socket.over or now - socket.born >= OLDEST:
                if socket.over and socket.until is not None and now < socket.until:
                    self._ended()
                self._free.remove(socket)
                self._tasks.start(socket.aclose(), "close a WebSocket")

    async def _give_back(self, socket: WebSocket) -> None:
        now = asyncio.get_running_loop().time()
        self._busy.discard(socket)
        if len(self._free) >= OPEN or socket not in self._current:
            await socket.aclose()
            return
        socket.until = min(now + REST, socket.born + OLDEST)
        self._free.append(socket)

    def _patience(self, *, http_free: bool) -> float:
        """Seconds that a request waits for a socket; 0 if SSE is faster."""
        if self._transport == "websocket":
            return HANDSHAKE
        if self._opening is None or self._took is None or http_free:
            return 0.0
        # Connect, TLS and upgrade are a round trip each: what is left of them, and one for the frame, against three.
        under_way = asyncio.get_running_loop().time() - self._began
        return max(0.0, 2 * self._took - under_way) if under_way > self._took / 3 else 0.0

    async def _wait_for_one(self, patience: float, current: WeakSet[WebSocket]) -> WebSocket | None:
        """A socket, opened now if need be; None if that fails or takes longer than ``patience`` seconds.

        None too if the account has changed meanwhile, whose sockets are no longer those of ``current``.
        """
        if self._opening is None:
            self._opening = self._tasks.spawn(self._open_one(ahead=False), "open a WebSocket")
        # Not awaited itself: a caller that is cancelled by the next key must not end what the next one waits for.
        await asyncio.wait({self._opening}, timeout=patience)
        return self._take() if self._current is current else None

    async def _open_one(self, *, ahead: bool = True) -> None:
        """Open one; ``ahead`` of a request: let the service read ahead on it, and open what is still missing."""
        good = False
        try:
            socket = await self._connect()
            if socket is not None and (not ahead or await self._prewarm(socket)):
                await self._give_back(socket)
                good = True
        finally:
            self._opening = None
        if ahead and good:
            self.make_ready()

    async def _connect(self) -> WebSocket | None:
        from lsp_codex.backend import frames
        from lsp_codex.backend.connection import BearerAuth
        from lsp_codex.backend.websocket import Refused, connect

        current, clock = self._current, asyncio.get_running_loop().time
        try:
            where = await self._where()
        except LspCodexError as error:
            log.info("no WebSocket: %s", error)
            return None  # the request over SSE says so too
        self._began = clock()
        said = {**where.headers, **dict(frames.HANDSHAKE)}
        try:
            async with failures.guarded(HANDSHAKE):
                # Who refuses sockets with 401 has not refused the login (spec/backend.md 2.6): that SSE decides.
                auth = BearerAuth(Lenient(where.source))
                socket = await connect(self._http(), where.address, said, auth, self._tasks, self._now)
        except Refused as refused:
            log.info("no WebSocket, SSE instead: %s", refused)
            self._off = self._off or refused.status == 426
            self._paused_until = float("inf") if refused.status == 401 else clock() + PAUSE
        except AuthError as error:
            log.info("no WebSocket: %s", error)
        except LspCodexError as error:
            log.info("no WebSocket, SSE instead: %s", error)
            self._pause()
        else:
            if (seen := limits.from_headers(socket.headers)) is not None:
                self._on_limits(seen)
            self._took = clock() - self._began
            current.add(socket)
            return socket
        return None

    async def _prewarm(self, socket: WebSocket) -> bool:
        """Let the service read ahead how the last request began, if that is worth it; whether the socket is good."""
        from lsp_codex.backend import frames
        from lsp_codex.backend.websocket import Ended

        if self._last is None or frames.prewarmed_size(self._last[0]) < PREWARM_FROM:
            return True
        request, body = self._last
        answer = frames.SocketAnswer(socket, HANDSHAKE, self._now, self._on_limits, _nothing)
        try:
            await answer.begin(frames.prewarm(body, lite=request.lite))
            async with aclosing(answer.events()) as events:
                async for event in events:
                    log.debug("prewarm: %s", event)
        except (Ended, frames.Told, LspCodexError) as error:
            log.info("the WebSocket could not be prewarmed: %s", error)
            if isinstance(error, TimedOut):
                self._pause()
            elif isinstance(error, Ended):
                self._ended()
        finally:
            await answer.aclose()
        return not socket.over


async def _nothing(_socket: WebSocket) -> None:
    """The socket stays with who has it."""
