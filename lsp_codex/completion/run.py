"""Run owns the one request of a document, from the wait before it to the last piece that is of use.

A newer caller may take a run over: it gets what is left of the answer after what the user typed meanwhile, or its own
request on the same run if the answer turns out to lead elsewhere.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from lsp_codex.backend.models import choose_fast
from lsp_codex.backend.request import Purpose
from lsp_codex.completion import postprocess, prompt, stop
from lsp_codex.completion.cache import remaining
from lsp_codex.completion.context import Scope
from lsp_codex.completion.journal import Received, Sent
from lsp_codex.completion.surroundings import Surroundings

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable
    from contextlib import AbstractAsyncContextManager

    from lsp_codex import config
    from lsp_codex.backend.models import Model
    from lsp_codex.backend.request import ResponsesRequest
    from lsp_codex.completion.cache import CompletionCache
    from lsp_codex.completion.context import CompletionContext
    from lsp_codex.completion.journal import Entry
    from lsp_codex.completion.measure import Counts

CLOSING = 1.0
"""Seconds that a new request waits at most for the stream of the one it replaces to close."""


class Client(Protocol):
    """What ghost text needs of ``backend.client.CodexClient``."""

    def stream(self, request: ResponsesRequest) -> AbstractAsyncContextManager[AsyncIterator[str]]:
        """The pieces of the answer; leaving the block closes the connection. Raises an ``LspCodexError``."""
        ...

    async def models(self) -> tuple[Model, ...]:
        """The models of the account. Raises an ``LspCodexError``."""
        ...


@dataclass(frozen=True, slots=True)
class Tools:
    """What every run of an engine shares."""

    client: Client
    cache: CompletionCache
    counts: Counts
    clock: Callable[[], float]
    note: Callable[[Entry], None] = lambda entry: None


@dataclass(frozen=True, slots=True, eq=False)
class Call:
    """A caller that waits for the text to insert at ``place``, "" for nothing; nothing is asked before ``due``."""

    place: CompletionContext
    settings: config.Completion
    due: float
    answer: asyncio.Future[str]
    purpose: Purpose = Purpose.AUTOMATIC
    surroundings: Callable[[], Surroundings] = Surroundings

    def supersede(self) -> None:
        """Answer at once with nothing; a newer call takes over."""
        if not self.answer.done():
            self.answer.set_result("")


class Run:
    """One request at a time, for the newest caller of a document."""

    def __init__(self, tools: Tools, call: Call, closing: frozenset[asyncio.Task[str]]) -> None:
        self._tools = tools
        self._closing = closing
        self._asked: CompletionContext | None = None
        self._received = ""
        self.call = call
        self.task = asyncio.create_task(self._answer(), name="ghost text")
        self.task.add_done_callback(self._finished)

    def fits(self, place: CompletionContext) -> bool:
        """Whether the answer that is arriving may lead through ``place``: only typed on, and so far as it says."""
        if self._asked is None or self.task.done():
            return False
        typed = place.typed_since(self._asked)
        if not typed:
            return typed is not None
        if self._asked.scope is Scope.LINE and "\n" in typed:
            return False
        so_far = postprocess.clean(self._received, self._asked)
        return so_far.startswith(typed) or typed.startswith(so_far)

    def take_over(self, call: Call) -> None:
        """From now on ``call`` waits for the answer; who waited so far gets nothing, at once."""
        self.call.supersede()
        self.call = call

    def end(self) -> frozenset[asyncio.Task[str]]:
        """Stop, and answer who waits with nothing; returns the tasks whose streams may still be open."""
        self.call.supersede()
        self.task.cancel()
        return frozenset(task for task in (*self._closing, self.task) if not task.done())

    async def _answer(self) -> str:
        # Every round but the first answers a call that came during the one before.
        while True:
            call, self._asked, self._received = self.call, None, ""
            await self._pause(call.due)
            text = await self._ask(call)
            typed = self.call.place.typed_since(call.place)
            if text is not None and typed is not None and (left := remaining(text, typed)) is not None:
                return left

    async def _pause(self, due: float) -> None:
        if (seconds := due - self._tools.clock()) > 0:
            await asyncio.sleep(seconds)
        if still_open := [task for task in self._closing if not task.done()]:
            await asyncio.wait(still_open, timeout=CLOSING)

    async def _ask(self, call: Call) -> str | None:
        """The text to insert at the place of ``call``; None if the newest caller typed something else meanwhile."""
        tools, place, settings = self._tools, call.place, call.settings
        model = choose_fast(await tools.client.models(), settings.model, settings.reasoning_effort)
        tools.counts.requests += 1
        tools.counts.model = model.slug
        self._asked, started = place, tools.clock()
        request = prompt.build(place, model, purpose=call.purpose, surroundings=call.surroundings())
        tools.note(Sent(place, request))
        async with tools.client.stream(request) as pieces:
            async for piece in pieces:
                if not self._received:
                    tools.counts.first_token.append(tools.clock() - started)
                self._received += piece[: stop.MAX_ANSWER - len(self._received)]
                if not self.fits(self.call.place):
                    tools.note(Received(place, request, self._received, led_on=False))
                    return None
                if len(self._received) >= stop.MAX_ANSWER:
                    break
                if stop.is_complete(postprocess.opening(self._received, place), place):
                    break
        tools.counts.total.append(tools.clock() - started)
        tools.note(Received(place, request, self._received))
        text = postprocess.clean(self._received, place)
        tools.cache.remember(place, text)
        return text

    def _finished(self, task: asyncio.Task[str]) -> None:
        waiting = self.call.answer
        if task.cancelled():
            waiting.cancel()
        elif (error := task.exception()) is None:
            if not waiting.done():
                waiting.set_result(task.result())
        elif not waiting.done():
            waiting.set_exception(error)
