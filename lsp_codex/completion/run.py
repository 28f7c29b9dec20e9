"""Run owns the one request of a document, from the wait before it to the last piece that is of use.

A newer caller may take a run over: it gets what is left of the answer after what the user typed meanwhile, or its own
request on the same run if the answer turns out to lead elsewhere.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from lsp_codex.backend.models import choose_fast, choose_tier
from lsp_codex.backend.request import Purpose
from lsp_codex.completion import alternatives, postprocess, prompt, stop
from lsp_codex.completion.context import Scope
from lsp_codex.completion.cover import covered
from lsp_codex.completion.journal import Received, Sent
from lsp_codex.completion.surroundings import Surroundings
from lsp_codex.completion.typed import between

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
PATIENCE, PATIENCE_BY_HAND = 1.5, 8.0
"""Seconds from the first piece of an answer; then the whole lines that have come are shown."""


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
    """A caller that waits for texts to insert at ``place``, the best first; nothing is asked before ``due``."""

    place: CompletionContext
    settings: config.Completion
    due: float
    answer: asyncio.Future[tuple[str, ...]]
    purpose: Purpose = Purpose.AUTOMATIC
    surroundings: Callable[[], Surroundings] = Surroundings

    @property
    def several(self) -> bool:
        """Whether more than one suggestion is wanted: asked by hand, one may choose."""
        return self.purpose is Purpose.INVOKED

    def supersede(self) -> None:
        """Answer at once with nothing; a newer call takes over."""
        if not self.answer.done():
            self.answer.set_result(())


class Run:
    """One request at a time, for the newest caller of a document."""

    def __init__(self, tools: Tools, call: Call, closing: frozenset[asyncio.Task[tuple[str, ...]]]) -> None:
        self._tools = tools
        self._closing = closing
        self._asked: CompletionContext | None = None
        self._received = ""
        self._several = self._outrun = False
        self.call = call
        self.task = asyncio.create_task(self._answer(), name="ghost text")
        self.task.add_done_callback(self._finished)

    @property
    def asked(self) -> bool:
        """Whether a request is out, and its answer arriving."""
        return self._asked is not None and not self.task.done()

    def fits(self, place: CompletionContext) -> bool:
        """Whether the answer that is arriving may lead through ``place``: only typed on, and so far as it says."""
        if self._asked is None or self.task.done():
            return False
        typed = between(self._asked, place)
        if typed is None or typed.gone:
            return False
        if not typed.text:
            return True
        if self._asked.scope is Scope.LINE and "\n" in typed.text:
            return False
        so_far = postprocess.clean(self._parts()[0], self._asked)
        return so_far.startswith(typed.text) or typed.text.startswith(so_far)

    def serves(self, call: Call) -> bool:
        """Whether ``call`` can have this answer: it fits its place, and has as many suggestions as it wants."""
        return (self._several or not call.several) and self.fits(call.place)

    def take_over(self, call: Call) -> None:
        """From now on ``call`` waits for the answer; who waited so far gets nothing, at once."""
        self.call.supersede()
        self.call = call

    def end(self) -> frozenset[asyncio.Task[tuple[str, ...]]]:
        """Stop, and answer who waits with nothing; returns the tasks whose streams may still be open."""
        self.call.supersede()
        self.task.cancel()
        return frozenset(task for task in (*self._closing, self.task) if not task.done())

    async def _answer(self) -> tuple[str, ...]:
        # Every round but the first answers a call that came during the one before.
        while True:
            call, self._asked, self._received = self.call, None, ""
            await self._pause(call.due)
            texts = await self._ask(call)
            typed = between(call.place, self.call.place)
            if texts is None or typed is None:
                continue
            left = [typed.leaves(text, covered(text, call.place.line_after)) for text in texts or ("",)]
            if (fitting := [text for text in left if text]) or not typed.text:
                return tuple(fitting)

    async def _pause(self, due: float) -> None:
        if (seconds := due - self._tools.clock()) > 0:
            await asyncio.sleep(seconds)
        if still_open := [task for task in self._closing if not task.done()]:
            await asyncio.wait(still_open, timeout=CLOSING)

    async def _ask(self, call: Call) -> tuple[str, ...] | None:
        """The texts to insert at the place of ``call``; None if the newest caller typed something else meanwhile."""
        tools, place, settings = self._tools, call.place, call.settings
        models = await tools.client.models()
        model = choose_fast(models, settings.model, settings.reasoning_effort)
        tier = choose_tier(models, model.slug, settings.service_tier)
        self._asked, self._several, started = place, call.several, tools.clock()
        request = prompt.build(place, model, tier, call.purpose, call.surroundings())
        tools.counts.requests += 1
        tools.counts.model = model.slug
        tools.note(Sent(place, request))
        complete = True
        limit = asyncio.timeout(None)
        try:
            async with limit:
                complete = await self._read(request, started, limit)
        except TimeoutError:
            if not limit.expired():
                raise
            complete = False
        if self._outrun:
            tools.note(Received(place, request, self._received, led_on=False))
            return None
        tools.counts.total.append(tools.clock() - started)
        return self._finish(place, request, complete=complete)

    async def _read(self, request: ResponsesRequest, started: float, limit: asyncio.Timeout) -> bool:
        """Read the answer as far as it is of use; False if the newest caller typed something else meanwhile."""
        tools, place = self._tools, self.call.place if self._asked is None else self._asked
        self._outrun = False
        async with tools.client.stream(request) as pieces:
            async for piece in pieces:
                if not self._received:
                    tools.counts.first_token.append(tools.clock() - started)
                    patience = PATIENCE_BY_HAND if self._several else PATIENCE
                    limit.reschedule(asyncio.get_running_loop().time() + patience)
                self._received += piece[: stop.MAX_ANSWER - len(self._received)]
                if not self.fits(self.call.place):
                    self._outrun = True
                    return False
                if len(self._received) >= stop.MAX_ANSWER or self._is_complete(piece, place):
                    return True
        return True

    def _finish(self, place: CompletionContext, request: ResponsesRequest, *, complete: bool) -> tuple[str, ...]:
        """The texts of what has come; of an answer that took too long, its whole lines."""
        parts = self._parts()
        if not complete:
            last = parts[-1].rpartition("\n")[0]
            parts = [*parts[:-1], last] if last else parts[:-1]
        outcomes = tuple(postprocess.explain(part, place) for part in parts)
        texts = tuple(dict.fromkeys(outcome.text for outcome in outcomes if outcome.text))
        self._tools.note(Received(place, request, self._received, outcomes, complete=complete))
        if texts or complete:
            self._tools.cache.remember(place, texts, several=self._several)
        return texts

    def _parts(self) -> list[str]:
        return alternatives.split(self._received) if self._several else [self._received]

    def _is_complete(self, piece: str, place: CompletionContext) -> bool:
        """Whether nothing that may still arrive is of use."""
        if alternatives.has_more(self._received):
            return True
        part = self._parts()[-1]
        newline = part.rfind("\n")
        # Only a newline or the beginning of a line can have decided it.
        if newline < 0 or ("\n" not in piece and len(part) - newline > 40):
            return False
        opening = postprocess.opening(part, place)
        if not stop.is_complete(opening, place):
            return False
        return not self._several or len(opening) > len(stop.keep(opening, place)) + alternatives.BEYOND

    def _finished(self, task: asyncio.Task[tuple[str, ...]]) -> None:
        waiting = self.call.answer
        if task.cancelled():
            waiting.cancel()
        elif (error := task.exception()) is None:
            if not waiting.done():
                waiting.set_result(task.result())
        elif not waiting.done():
            waiting.set_exception(error)
