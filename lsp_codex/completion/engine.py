"""CompletionEngine owns which request runs for which document, and what is remembered: look up, join or supersede."""

from __future__ import annotations

import asyncio
import time
from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING

from lsp_codex.backend.request import Purpose
from lsp_codex.completion import pacing
from lsp_codex.completion.cache import CompletionCache
from lsp_codex.completion.context import gather
from lsp_codex.completion.cover import covered
from lsp_codex.completion.journal import Remembered, Unasked
from lsp_codex.completion.measure import Counts, median_ms
from lsp_codex.completion.run import Call, Run, Tools
from lsp_codex.completion.surroundings import Surroundings
from lsp_codex.text import Span

if TYPE_CHECKING:
    from collections.abc import Callable

    from lsp_codex import config
    from lsp_codex.completion.context import CompletionContext
    from lsp_codex.completion.journal import Entry
    from lsp_codex.completion.run import Client
    from lsp_codex.text import Snapshot


class Trigger(Enum):
    """Why the editor asks: the user typed or moved, or asked by hand."""

    AUTOMATIC = "automatic"
    INVOKED = "invoked"


@dataclass(frozen=True, slots=True)
class Suggestion:
    """Text to insert and the span of the snapshot that it replaces; the span lies within one line."""

    text: str
    replace: Span


@dataclass(frozen=True, slots=True)
class Statistics:
    """What happened so far; the times are medians of the last requests, in milliseconds; ``model`` was asked last."""

    requests: int = 0
    joined: int = 0
    from_cache: int = 0
    shown: int = 0
    model: str | None = None
    first_token_ms: float | None = None
    total_ms: float | None = None


class CompletionEngine:
    """Answers "what could stand here?" for all documents of a session; at most one request runs for each."""

    def __init__(
        self,
        client: Client,
        *,
        clock: Callable[[], float] = time.monotonic,
        note: Callable[[Entry], None] = lambda entry: None,
    ) -> None:
        self._tools = Tools(client, CompletionCache(), Counts(), clock, note)
        self._rhythm = pacing.Rhythm()
        self._runs: dict[str, Run] = {}
        self._ending: set[asyncio.Task[str]] = set()

    async def complete(
        self,
        snapshot: Snapshot,
        offset: int,
        trigger: Trigger,
        settings: config.Completion,
        *,
        client_wait: float = 0.0,
        surroundings: Callable[[], Surroundings] = Surroundings,
    ) -> tuple[Suggestion, ...]:
        """Suggestions for ``offset``, an index into the text of ``snapshot``; they belong to that snapshot.

        ``client_wait`` is how long, in seconds, the client has waited before it asked. ``surroundings`` is called
        when a request really goes out, and else not. A newer call for the same document answers this one at once
        with nothing. Cancelling it closes its stream, unless a newer call has joined.
        Raises an ``LspCodexError`` if the model cannot be asked, ``ValueError`` for an offset outside.
        """
        place, invoked = gather(snapshot, offset), trigger is Trigger.INVOKED
        now = self._tools.clock()
        self._rhythm = self._rhythm.key(now)
        if settings.trigger == "off" or (settings.trigger == "manual" and not invoked):
            return ()
        if not invoked and not pacing.wanted(place):
            self._tools.note(Unasked(place, "the cursor is inside a word"))
            return await self._at_once(place, "")
        known = self._tools.cache.find(place)
        if known or (known is not None and not invoked):
            self._tools.counts.from_cache += 1
            self._tools.note(Remembered(place, known))
            return await self._at_once(place, known)
        wait = 0.0 if invoked else pacing.wait(place, self._rhythm, settings.debounce_ms, client_wait)
        purpose = Purpose.INVOKED if invoked else Purpose.AUTOMATIC
        call = Call(place, settings, now + wait, asyncio.get_running_loop().create_future(), purpose, surroundings)
        run = self._run_for(call)
        try:
            text = await call.answer
        finally:
            if run.call is call:
                self._end(place.uri, run)
        return self._suggestions(place, text)

    def statistics(self) -> Statistics:
        """What happened so far."""
        counts = self._tools.counts
        return Statistics(
            requests=counts.requests,
            joined=counts.joined,
            from_cache=counts.from_cache,
            shown=counts.shown,
            model=counts.model,
            first_token_ms=median_ms(counts.first_token),
            total_ms=median_ms(counts.total),
        )

    def forget(self, uri: str) -> None:
        """Drop what is remembered about a document, and what runs for it; who waits gets nothing."""
        self._tools.cache.forget(uri)
        self._end(uri)

    async def aclose(self) -> None:
        """Stop what runs, and return when every stream is closed."""
        for uri in tuple(self._runs):
            self._end(uri)
        await asyncio.gather(*self._ending, return_exceptions=True)

    async def _at_once(self, place: CompletionContext, text: str) -> tuple[Suggestion, ...]:
        self._end(place.uri)
        # A superseded call answers first: a client may show whichever answer comes last (spec/editors.md 3).
        await asyncio.sleep(0)
        return self._suggestions(place, text)

    def _run_for(self, call: Call) -> Run:
        """The running request if its answer may serve ``call`` too, else a new one in its place."""
        uri = call.place.uri
        running = self._runs.get(uri)
        if running and running.fits(call.place):
            running.take_over(call)
            self._tools.counts.joined += 1
            return running
        run = Run(self._tools, call, closing=self._end(uri))
        self._runs[uri] = run
        return run

    def _end(self, uri: str, run: Run | None = None) -> frozenset[asyncio.Task[str]]:
        """End what runs for a document, or ``run`` if it is that; returns the tasks whose streams may be open."""
        if uri not in self._runs or self._runs[uri] is not (run or self._runs[uri]):
            return frozenset()
        closing = self._runs.pop(uri).end()
        for task in closing - self._ending:
            self._ending.add(task)
            task.add_done_callback(self._ending.discard)
        return closing

    def _suggestions(self, place: CompletionContext, text: str) -> tuple[Suggestion, ...]:
        replaced = covered(text, place.line_after)
        if not text or text == place.line_after[:replaced]:
            return ()
        self._tools.counts.shown += 1
        return (Suggestion(text, Span(place.offset, place.offset + replaced)),)
