"""The loopback listener that receives exactly one authorization code, and lets nothing else end the wait.

It is strict (one path, GET, a loopback ``Host``, the right ``state``) and patient: whatever else knocks is answered
and forgotten (field-notes pain 22; spec/auth.md 1.2). Only another Codex program may ask it to let go of the port.
"""

from __future__ import annotations

import asyncio
import logging
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias
from urllib.parse import parse_qs

from lsp_codex.auth import http1, peer
from lsp_codex.auth.http1 import Answer
from lsp_codex.auth.pkce import CALLBACK_PATH
from lsp_codex.errors import SignInFailed, SignInFailure
from lsp_codex.secret import Secret

if TYPE_CHECKING:
    from asyncio import StreamReader, StreamWriter
    from collections.abc import Awaitable, Callable, Sequence

    from lsp_codex.auth.http1 import Request
    from lsp_codex.auth.pages import Page

    StartServer = Callable[..., Awaitable[asyncio.Server]]

log = logging.getLogger(__name__)

READ_SECONDS = 10.0
CLOSE_SECONDS = 1.0
MAX_CONNECTIONS = 64
MAX_FIELDS = 32
HOSTS = frozenset({"127.0.0.1", "localhost", "::1"})
LETTING_GO_TRIES = 6
LETTING_GO_SECONDS = 0.2
STATE_MISMATCH = Answer("400 Bad Request", b"State mismatch")
CANCELLED = Answer("200 OK", b"Login cancelled", ())


@dataclass(frozen=True, slots=True)
class Code:
    """The browser brought an authorization code."""

    code: Secret


@dataclass(frozen=True, slots=True)
class Refused:
    """The browser brought an error of the issuer, or no code."""

    error: str
    description: str = ""


@dataclass(frozen=True, slots=True)
class TakenOver:
    """Another Codex program asked for the port."""


Arrival: TypeAlias = Code | Refused | TakenOver


def _nobody() -> None:
    """Who does not ask to be told of strays."""


class CallbackListener:
    """Listens until :meth:`aclose`; the browser that brought the arrival waits for :meth:`show`.

    ``on_stray`` hears of each arrival with another ``state``; ``start`` is what binds a port.
    """

    def __init__(
        self, state: Secret, on_stray: Callable[[], None] = _nobody, start: StartServer = asyncio.start_server
    ) -> None:
        self._state = state
        self._on_stray = on_stray
        self._start = start
        self._servers: list[asyncio.Server] = []
        self._connections: dict[asyncio.Task[None], StreamWriter] = {}
        self._answering: set[asyncio.Task[None]] = set()
        self._arrival: asyncio.Future[Arrival] = asyncio.get_running_loop().create_future()
        self._page: asyncio.Future[Page | None] = asyncio.get_running_loop().create_future()
        self.port = 0

    async def open(self, ports: Sequence[int]) -> None:
        """Listen on the first port that is free, on 127.0.0.1 and, where it exists, on ::1.

        Another Codex sign-in on the first port, and only there, is asked to let go of it (spec/auth.md 1.3). Raises
        :class:`SignInFailed` (``PORT_BUSY``), with the causes, when no port can be had; never listens on another.
        """
        causes = []
        for place, port in enumerate(ports):
            try:
                server = await self._bind(port, polite=place == 0)
            except OSError as error:
                causes.append(f"port {port} is {peer.why(error)}")
                continue
            self.port = server.sockets[0].getsockname()[1]
            with suppress(OSError):  # no IPv6 here; the redirect address names 127.0.0.1 anyway
                await self._listen("::1", self.port)
            return
        raise SignInFailed(SignInFailure.PORT_BUSY, ", ".join(causes))

    def bring(self, query: str) -> bool:
        """Take the query of an address that a browser ended on elsewhere; ``False`` if its ``state`` is another."""
        arrival = self._read(query)
        if arrival is not None and not self._arrival.done():
            self._arrival.set_result(arrival)
        return arrival is not None

    async def arrival(self) -> Arrival:
        """What the browser brought: the first request with the right state decides."""
        return await asyncio.shield(self._arrival)

    def show(self, page: Page) -> None:
        """The page for the browser that waits: the sign-in is finished, one way or the other."""
        if not self._page.done():
            self._page.set_result(page)

    def close(self) -> None:
        """Free the port at once and drop everyone who is not being answered."""
        for server in self._servers:
            server.close()
        if not self._page.done():
            self._page.set_result(None)
        self._abort(set(self._connections) - self._answering)

    async def aclose(self) -> None:
        """As :meth:`close`; a browser that is being answered has one second to take its page."""
        self.close()
        if self._answering:
            await asyncio.wait(self._answering, timeout=CLOSE_SECONDS)
        self._abort(set(self._connections))
        if self._connections:
            await asyncio.wait(self._connections, timeout=CLOSE_SECONDS)

    def _abort(self, tasks: set[asyncio.Task[None]]) -> None:
        for task in tasks:
            self._connections[task].transport.abort()

    async def _bind(self, port: int, *, polite: bool) -> asyncio.Server:
        try:
            return await self._listen("127.0.0.1", port)
        except OSError as error:
            if not polite or error.errno in peer.DENIED or not await peer.ask_to_leave(port):
                raise
        log.info("another Codex sign-in on port %d was asked to let go of it", port)
        for _ in range(LETTING_GO_TRIES - 1):
            await asyncio.sleep(LETTING_GO_SECONDS)
            with suppress(OSError):
                return await self._listen("127.0.0.1", port)
        return await self._listen("127.0.0.1", port)

    async def _listen(self, host: str, port: int) -> asyncio.Server:
        # Ours before the next await: whoever is cancelled there would leave a port that nobody frees.
        server = await self._start(self._connected, host, port, limit=http1.HEAD_LIMIT, start_serving=False)
        self._servers.append(server)
        try:
            await server.start_serving()
        except OSError:  # another program began to listen between the two
            server.close()
            raise
        return server

    async def _connected(self, reader: StreamReader, writer: StreamWriter) -> None:
        task = asyncio.current_task()
        if task is None or len(self._connections) >= MAX_CONNECTIONS:
            writer.transport.abort()
            return
        self._connections[task] = writer
        try:
            # Whoever connects and stays silent, speaks TLS or goes away is not worth a word in the log.
            with suppress(OSError, TimeoutError, asyncio.IncompleteReadError):
                head = await http1.read_head(reader, READ_SECONDS)
                if head is None:
                    return
                self._answering.add(task)
                answer = await self._answer(head)
                if answer is not None:
                    await http1.respond(reader, writer, head, answer, READ_SECONDS)
        finally:
            self._answering.discard(task)
            del self._connections[task]
            writer.close()

    async def _answer(self, head: bytes) -> Answer | None:
        if not head:
            return http1.TOO_LARGE
        request = http1.parse(head)
        if request is None:
            return http1.BAD_REQUEST
        if request.host not in HOSTS:  # a page elsewhere whose name was made to point here
            return http1.FORBIDDEN
        if request.method not in {"GET", "HEAD"}:
            return http1.NOT_ALLOWED
        if request.path == peer.CANCEL_PATH and request.method == "GET":
            return self._cancel(request)
        if request.path != CALLBACK_PATH:
            return http1.NOT_FOUND
        if request.method == "HEAD":  # link checkers ask so; the code is for the browser behind them
            return http1.EMPTY
        return await self._callback(request.query)

    def _cancel(self, request: Request) -> Answer:
        if self._arrival.done() or not peer.is_program(request):
            return http1.NOT_FOUND
        log.info("another Codex program asked for port %d: its sign-in takes the place of this one", self.port)
        self._arrival.set_result(TakenOver())
        return CANCELLED

    async def _callback(self, query: str) -> Answer | None:
        arrival = self._read(query)
        if arrival is None:
            self._on_stray()
            return STATE_MISMATCH
        # A browser that loads the address twice sees the same end; the code is used once.
        if not self._arrival.done():
            self._arrival.set_result(arrival)
        page = await asyncio.shield(self._page)
        return None if page is None else Answer("200 OK", page.body, page.headers)

    def _read(self, query: str) -> Arrival | None:
        """The arrival, or ``None`` without the right state, which is looked at before anything else."""
        try:
            fields = parse_qs(query, keep_blank_values=True, max_num_fields=MAX_FIELDS)
        except ValueError:
            return None
        states = fields.get("state", [])
        # Secret compares in constant time.
        if len(states) != 1 or Secret(states[0]) != self._state:
            return None
        if "error" in fields:
            return Refused(fields["error"][0], fields.get("error_description", [""])[0])
        match fields.get("code"):
            case [code] if code:
                return Code(Secret(code))
            case _:
                return Refused("missing_authorization_code")
