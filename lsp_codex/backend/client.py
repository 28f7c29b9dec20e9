"""CodexClient: asks the model and streams its text, lists models, reads limits; never sees a token."""

from __future__ import annotations

import asyncio
import logging
import random
import time
from contextlib import AsyncExitStack, aclosing, asynccontextmanager
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any, TypeVar

from lsp_codex.advice import Advice
from lsp_codex.backend import asking, failures, questions, route
from lsp_codex.backend import limits as plan
from lsp_codex.backend.account import Account, Bound, identity
from lsp_codex.backend.cache import DiskCache
from lsp_codex.backend.held import HeldSockets, Transport, Where
from lsp_codex.backend.request import Purpose, encode
from lsp_codex.backend.stream import EventStream
from lsp_codex.errors import (
    AuthError,
    BackendError,
    LspCodexError,
    ModelUnavailable,
    PlanRefused,
    Unanswered,
    Unreadable,
)
from lsp_codex.tasks import Tasks

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, AsyncIterator, Callable, Mapping
    from pathlib import Path

    import httpx2

    from lsp_codex.backend.models import Model
    from lsp_codex.backend.request import ResponsesRequest
    from lsp_codex.backend.route import Route
    from lsp_codex.backend.routing import Routing
    from lsp_codex.backend.stream import Answer
    from lsp_codex.credentials import CredentialSource

T = TypeVar("T")

log = logging.getLogger(__name__)

IDLE = 60.0
"""Seconds without an event after which a stream counts as dead."""

KEPT = 60.0
"""Seconds for which a free HTTP connection is counted on: we keep one longer, but servers often do not."""

WARM_UPS_APART = 15.0
"""Seconds between two small requests whose purpose is an open connection; a socket needs none."""


def _nobody(*_: object) -> None:
    """Who does not ask to be told."""


@dataclass(frozen=True, slots=True)
class Latency:
    """Seconds from asking to the first piece of text (None: there was none), and until the reader was done."""

    first_token: float | None
    total: float


class CodexClient:
    """The backend, asked in the name of ``source``: which one, and where, its credential decides (``route``).

    ``base_url`` is that of the ChatGPT backend, ``openai`` that of the OpenAI API. ``http`` gives the shared client,
    ``now`` Unix seconds, ``idle`` the longest silence of a stream in seconds, ``cache`` the folder for what outlives
    the process (None: nothing does), ``chance`` numbers from 0 to 1, ``transport`` how answers come
    (:mod:`lsp_codex.backend.held`). ``on_replaced`` is told of each model that
    cannot be had, and of the one that answers instead, ``on_limits`` of what each answer says about the plan.
    """

    def __init__(
        self,
        http: Callable[[], httpx2.AsyncClient],
        source: CredentialSource,
        base_url: str,
        *,
        openai: str = route.OPENAI,
        now: Callable[[], float] = time.time,
        idle: float = IDLE,
        cache: Path | None = None,
        chance: Callable[[], float] = random.random,
        transport: Transport = "sse",
    ) -> None:
        self._http = http
        self._source = source
        self._bases = (base_url, openai)
        self._now = now
        self._idle = idle
        self._chance = chance
        self._cache = DiskCache(cache)
        self._tasks = Tasks()
        self._account: Account | None = None
        self._warm_until = self._warmed_at = float("-inf")
        self._sockets = HeldSockets(http, self._where, transport, now=now, idle=idle, on_limits=self._notice_limits)
        self.latency: Latency | None = None
        self.on_replaced: Callable[[str, str], None] = _nobody
        self.on_limits: Callable[[plan.RateLimits], None] = _nobody

    @property
    def usage_address(self) -> str | None:
        """Where :meth:`usage` asked the last time."""
        return self._account.usage_url if self._account else None

    @property
    def limits(self) -> plan.RateLimits | None:
        """The last state of the plan's limits that was seen."""
        return self._account.limits if self._account else None

    @property
    def held(self) -> BackendError | None:
        """What keeps automatic requests here at the moment, e.g. a usage limit that is reached."""
        return self._account.holdoff.reason if self._account else None

    @asynccontextmanager
    async def stream(self, request: ResponsesRequest) -> AsyncIterator[AsyncIterator[str]]:
        """The text of the answer, piece by piece; leaving the block or cancellation closes the connection at once.

        Iterating sends the request and raises an ``AuthError`` or ``BackendError``; what is repeated says ``asking``.
        """
        async with aclosing(self._measured(asking.pieces, request)) as pieces:
            yield pieces

    @asynccontextmanager
    async def converse(self, request: ResponsesRequest) -> AsyncIterator[AsyncIterator[asking.Part]]:
        """As :meth:`stream`; the last part is the whole answer, as the next turn of a conversation sends it back."""
        async with aclosing(self._measured(asking.parts, request)) as parts:
            yield parts

    async def text(self, request: ResponsesRequest) -> str:
        """The whole text of the answer; errors as in :meth:`stream`."""
        async with aclosing(self._measured(asking.whole, request)) as pieces:
            return "".join([piece async for piece in pieces])

    @property
    def account(self) -> object:
        """Who is signed in, as a value to compare, from the first request on; None: nobody."""
        return self._account.of if self._account else None

    async def models(self) -> tuple[Model, ...]:
        """The models of the account, never empty; rules and errors in :mod:`lsp_codex.backend.catalogue`."""
        return await (await self._current()).catalogue.models()

    async def routing(self) -> Routing | None:
        """What the service says of the selected workspace; None without one. Raises as ``Account.routing``."""
        return await (await self._current()).routing()

    async def usage(self, *, renewing: bool = True) -> plan.Usage:
        """How much of the plan is used, asked now. Raises an ``AuthError`` or ``BackendError``.

        Without ``renewing`` a 401 is an answer like any other, and changes nothing for the login.
        """
        account = await self._current()
        if account.usage_url is None:
            raise PlanRefused(
                "Usage windows belong to a ChatGPT plan, and you are signed in with an API key; "
                "see https://platform.openai.com/usage"
            )
        answer = await account.ask(account.usage_url, questions.ASKING, None if renewing else _unrenewed(account))
        usage = plan.from_usage(answer.json)
        account.limits = usage.main
        return usage

    async def reset_credits(self) -> plan.ResetCredits | None:
        """What can be used to begin a window anew; None if that cannot be had. Raises an ``AuthError``."""
        account = await self._current()
        if account.usage_url is None:
            return None
        url = account.usage_url.rpartition("/")[0] + "/rate-limit-reset-credits"
        try:
            answer = await account.ask(url, questions.ASKING, _unrenewed(account))
        except LspCodexError as error:
            log.info("reset credits: %s", error)
            return None
        return plan.reset_credits(answer.json)

    async def prepare(self) -> None:
        """Ask for what the first request would have to wait for. Raises an ``AuthError`` or ``BackendError``."""
        account = await self._current()
        await account.route()
        await account.catalogue.models()

    def make_ready(self) -> None:
        """A request may follow in a moment: begin to open a connection for it, if none is open; returns at once."""
        clock = asyncio.get_running_loop().time()
        if self.held is not None:
            return
        if self._sockets.usable:
            self._sockets.make_ready()
        elif clock >= self._warm_until and clock >= self._warmed_at + WARM_UPS_APART:
            self._warmed_at = clock
            self._tasks.start(self._warm_up(), "warm up")

    def forget(self) -> None:
        """Somebody has signed in or out: models, limits and pauses are learnt anew, sockets closed."""
        self._account = None
        self._sockets.forget()

    async def aclose(self) -> None:
        """End what runs in the background; streams end with their blocks, the HTTP client with its owner."""
        await self._sockets.aclose()
        await self._tasks.aclose()

    async def _measured(
        self,
        read: Callable[[asking.Opener, ResponsesRequest, Callable[[], float]], AsyncGenerator[T, None]],
        request: ResponsesRequest,
    ) -> AsyncGenerator[T, None]:
        clock = asyncio.get_running_loop().time
        account = await self._current()
        if request.account not in (None, account.of):
            raise Unanswered("Another account was signed in meanwhile", Advice.NEW_CONVERSATION)
        started, first = clock(), None
        try:
            async with aclosing(read(partial(self._opened, account), request, self._chance)) as pieces:
                async for text in pieces:
                    first = clock() - started if first is None else first
                    yield text
        except BackendError as error:
            account.holdoff.note(error)
            raise
        finally:
            # Also when the reader has enough: that is how most completions end.
            self.latency = Latency(first, clock() - started)
            log.debug("answered: %s", self.latency)

    async def _opened(self, account: Account, request: ResponsesRequest) -> Answer:
        """The open answer, from another model if that of ``request`` cannot be had."""
        account.holdoff.check(automatic=request.purpose is Purpose.AUTOMATIC)
        request = await account.known_substitute(request)
        try:
            return await self._sent(account, request)
        except ModelUnavailable as error:
            other = await account.substitute(request)
            if other is None:
                raise
            log.info("%s answers instead of %s: %s", other.model, request.model, error)
        answer = await self._sent(account, other)
        account.replace(request.model, other.model)
        self.on_replaced(request.model, other.model)
        return answer

    async def _sent(self, account: Account, request: ResponsesRequest) -> Answer:
        """The answer, begun, over the transport that serves it best."""
        way = await account.route()
        body = way.body(request)
        http_free = asyncio.get_running_loop().time() < self._warm_until
        answer: Answer | None = None
        if account is self._account:  # else the sockets are another account's by now
            answer = await self._sockets.ask(request, body, http_free=http_free)
        if answer is None:
            answer = await self._posted(account, way, request, body)
        account.holdoff.clear()
        return answer

    async def _posted(
        self, account: Account, way: Route, request: ResponsesRequest, body: Mapping[str, Any]
    ) -> EventStream:
        """The open answer with status 200."""
        async with failures.guarded(self._idle):
            http = self._http()
            message = http.build_request("POST", way.responses, headers=way.headers(request), content=encode(body))
            response = await http.send(message, auth=account.auth, stream=True)
        seen = plan.from_headers(response.headers)
        account.limits = seen or account.limits
        if account.usage_url is not None and response.status_code != 401:
            self.on_limits(seen or plan.RateLimits())
        async with AsyncExitStack() as closing:
            closing.push_async_callback(response.aclose)
            await self._check(response)
            closing.pop_all()
        account.catalogue.noticed(response.headers.get("x-models-etag"))
        return EventStream(response, self._idle, on_close=self._connection_left)

    async def _where(self) -> Where:
        account = await self._current()
        way = await account.route()
        return Where(way.responses, {route.OVERRIDE_HEADER: way.override} if way.override else {}, account.source)

    def _connection_left(self, kept: bool = True) -> None:
        """An HTTP connection is open and free for a while, or was given up."""
        self._warm_until = asyncio.get_running_loop().time() + KEPT if kept else float("-inf")

    def _notice_limits(self, seen: plan.RateLimits) -> None:
        if self._account is not None:
            self._account.limits = seen
            if self._account.usage_url is not None:
                self.on_limits(seen)

    async def _warm_up(self) -> None:
        try:
            await self.usage()
        except LspCodexError as error:
            log.info("no connection ahead of the request: %s", error)

    async def _check(self, response: httpx2.Response) -> None:
        kind = response.headers.get("content-type", "").partition(";")[0].strip().lower()
        if response.status_code != 200:
            body = await questions.error_body(response)
            raise failures.from_answer(response.status_code, response.headers, body, self._now())
        if kind in {"text/html", "application/json"}:
            error = Unreadable(f"The Codex backend answered with {kind} instead of a stream")
            error.request_id = failures.request_id(response.headers)
            raise error

    async def _current(self) -> Account:
        """What is known of the account that is signed in now; nothing of another one's."""
        try:
            credential = await self._source.credential()
        except AuthError:
            self.forget()
            raise
        account = self._account
        if account is None or account.of != identity(credential):
            from lsp_codex.backend.connection import BearerAuth  # imports httpx2, 55 ms

            source = Bound(self._source, credential)
            first_route = route.choose(credential, *self._bases)
            if account is not None:
                self.forget()
            account = Account(
                credential,
                first_route,
                source,
                BearerAuth(source),
                self._http,
                self._tasks,
                self._cache,
                self._now,
                self._connection_left,
            )
            self._account = account
        return account


def _unrenewed(account: Account) -> httpx2.Auth:
    from lsp_codex.backend.connection import UnrenewedAuth  # imports httpx2, 55 ms

    return UnrenewedAuth(account.source)
