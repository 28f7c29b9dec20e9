"""CodexClient: asks the model and streams its text, lists models, reads limits; never sees a token."""

from __future__ import annotations

import asyncio
import json
import logging
import time
from contextlib import AsyncExitStack, aclosing, asynccontextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, assert_never

from lsp_codex.backend import events, failures, limits, models
from lsp_codex.backend.catalogue import Catalogue
from lsp_codex.backend.request import ResponsesRequest, encode, headers
from lsp_codex.backend.stream import EventStream
from lsp_codex.errors import BackendError, Unreadable
from lsp_codex.tasks import Tasks

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, AsyncIterator, Callable, Mapping

    import httpx2

    from lsp_codex.backend.connection import BearerAuth
    from lsp_codex.backend.models import Model
    from lsp_codex.credentials import CredentialSource

log = logging.getLogger(__name__)

IDLE = 60.0
"""Seconds without an event after which a stream counts as dead."""

LISTING = 5.0
"""Seconds for the model list (spec/backend.md 2.5)."""

ASKING = 15.0
"""Seconds for other small questions."""

ERROR_BODY = 5.0
"""Seconds for the body of an error; what is there by then has to do."""

LARGEST_ERROR = 64 * 1024

LARGEST_ANSWER = 16 * 1024 * 1024
"""Bytes of an answer to a small question, unpacked: the model list of the reference client has 0.3 million."""

CATALOGUE_VERSION = "0.169.0"
"""The version of the reference client whose protocol we speak: the service lists the models that one can use."""


@dataclass(frozen=True, slots=True)
class Latency:
    """Seconds from asking to the first piece of text (None: there was none), and until the reader was done."""

    first_token: float | None
    total: float


class CodexClient:
    """The backend at ``base_url`` (``https://chatgpt.com/backend-api``), asked in the name of ``source``.

    ``http`` gives the shared client, ``now`` Unix seconds, ``idle`` the longest silence of a stream in seconds.
    """

    def __init__(
        self,
        http: Callable[[], httpx2.AsyncClient],
        source: CredentialSource,
        base_url: str,
        *,
        now: Callable[[], float] = time.time,
        idle: float = IDLE,
    ) -> None:
        self._http = http
        self._source = source
        self._base = base_url.rstrip("/")
        self._now = now
        self._idle = idle
        self._auth: BearerAuth | None = None
        self._account: str | None = None
        self._tasks = Tasks()
        self._catalogue = Catalogue(self._list_models, self._tasks, now)
        self.limits: limits.RateLimits | None = None
        self.latency: Latency | None = None

    @asynccontextmanager
    async def stream(self, request: ResponsesRequest) -> AsyncIterator[AsyncIterator[str]]:
        """The text of the answer, piece by piece; leaving the block or cancellation closes the connection at once.

        Entering and iterating raise an ``AuthError`` or ``BackendError``; a stream is never repeated by itself.
        """
        clock = asyncio.get_running_loop().time
        started = clock()
        answer = EventStream(await self._ask(request), self._idle)
        pieces = self._pieces(answer, started, clock)
        try:
            yield pieces
        finally:
            try:
                await pieces.aclose()
            finally:
                await answer.aclose()

    async def text(self, request: ResponsesRequest) -> str:
        """The whole text of the answer; errors as in :meth:`stream`."""
        async with self.stream(request) as pieces:
            return "".join([piece async for piece in pieces])

    async def models(self) -> tuple[Model, ...]:
        """The models of the account, never empty; rules and errors in :mod:`lsp_codex.backend.catalogue`."""
        await self._notice_account()
        return await self._catalogue.models()

    async def usage(self) -> limits.Usage:
        """How much of the plan is used, asked now. Raises an ``AuthError`` or ``BackendError``."""
        await self._notice_account()
        usage = limits.from_usage(await self._get("/wham/usage", ASKING))
        self.limits = usage.main
        return usage

    async def aclose(self) -> None:
        """End what runs in the background; streams end with their blocks, the HTTP client with its owner."""
        await self._tasks.aclose()

    async def _ask(self, request: ResponsesRequest) -> httpx2.Response:
        """The open answer with status 200."""
        await self._notice_account()
        async with failures.guarded(self._idle):
            http = self._http()
            message = http.build_request(
                "POST", f"{self._base}/codex/responses", headers=headers(request), content=encode(request)
            )
            response = await http.send(message, auth=self._bearer(), stream=True)
        self.limits = limits.from_headers(response.headers) or self.limits
        async with AsyncExitStack() as closing:
            closing.push_async_callback(response.aclose)
            await self._check(response)
            closing.pop_all()
        return response

    async def _check(self, response: httpx2.Response) -> None:
        kind = response.headers.get("content-type", "").partition(";")[0].strip().lower()
        if response.status_code != 200:
            body = await _error_body(response)
            raise failures.from_answer(response.status_code, response.headers, body, self._now())
        if kind in {"text/html", "application/json"}:
            error = Unreadable(f"The Codex backend answered with {kind} instead of a stream")
            error.request_id = failures.request_id(response.headers)
            raise error

    async def _pieces(
        self, answer: EventStream, started: float, clock: Callable[[], float]
    ) -> AsyncGenerator[str, None]:
        first: float | None = None
        try:
            async with aclosing(_texts(answer)) as texts:
                async for text in texts:
                    first = clock() - started if first is None else first
                    yield text
        finally:
            # Also when the reader has enough: that is how most completions end.
            self.latency = Latency(first, clock() - started)
            log.debug("answered: %s", self.latency)

    async def _list_models(self) -> tuple[Model, ...]:
        return models.parse(await self._get(f"/codex/models?client_version={CATALOGUE_VERSION}", LISTING))

    async def _get(self, path: str, seconds: float) -> Mapping[str, object]:
        async with failures.guarded(seconds), AsyncExitStack() as closing:
            http = self._http()
            message = http.build_request("GET", self._base + path)
            response = await http.send(message, auth=self._bearer(), stream=True)
            closing.push_async_callback(response.aclose)
            content = await _body(response, LARGEST_ANSWER)
        if response.status_code != 200:
            raise failures.from_answer(response.status_code, response.headers, content, self._now())
        try:
            answer = json.loads(content)
        except (ValueError, RecursionError):
            answer = None
        if not isinstance(answer, dict):
            error = Unreadable("The Codex backend's answer is not what was asked for")
            error.request_id = failures.request_id(response.headers)
            raise error
        return answer

    async def _notice_account(self) -> None:
        """Forget models and limits of another account."""
        account = (await self._source.credential()).account_id
        if account != self._account:
            self._account = account
            self._catalogue = Catalogue(self._list_models, self._tasks, self._now)
            self.limits = None

    def _bearer(self) -> BearerAuth:
        from lsp_codex.backend.connection import BearerAuth  # imports httpx2, 55 ms

        if self._auth is None:
            self._auth = BearerAuth(self._source)
        return self._auth


async def _texts(answer: EventStream) -> AsyncGenerator[str, None]:
    """The text of the answer, each part once; ends with ``response.completed`` or raises what ended it instead."""
    since_item = ""  # what the deltas of the running message gave
    trouble: events.ErrorSeen | None = None
    async with aclosing(answer.events()) as seen:
        async for event in seen:
            match event:
                case events.TextDelta(text):
                    since_item += text
                    yield text
                case events.ItemText(text):
                    # The message once more: only what the deltas did not bring is new.
                    if text.startswith(since_item) and (rest := text[len(since_item) :]):
                        yield rest
                    since_item = ""
                case events.Completed(_, tokens):
                    log.debug("tokens: %s", tokens)
                    return
                case events.Failed() | events.Incomplete():
                    raise answer.named(failures.from_event(event))
                case events.ErrorSeen():
                    trouble = event
                case events.RateLimitsSeen() | events.Ignored():
                    pass  # over SSE only the headers count for limits (spec/backend.md 5.3)
                case _:
                    assert_never(event)
    cut = failures.from_event(trouble) if trouble else Unreadable("The Codex backend's answer was cut off")
    raise answer.named(cut)


async def _body(response: httpx2.Response, most: int, body: bytearray | None = None) -> bytes:
    """The first ``most`` bytes of the body, unpacked; ``body`` shows meanwhile how far it came."""
    body = bytearray() if body is None else body
    async with aclosing(response.aiter_bytes()) as chunks:
        async for chunk in chunks:
            body += chunk[: most - len(body)]
            if len(body) >= most:
                break
    return bytes(body)


async def _error_body(response: httpx2.Response) -> bytes:
    """The beginning of the body of an error, as far as it comes in time."""
    body = bytearray()
    try:
        async with failures.guarded(ERROR_BODY):
            await _body(response, LARGEST_ERROR, body)
    except BackendError:
        pass
    return bytes(body)
