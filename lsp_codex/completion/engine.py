"""CompletionEngine owns which request runs for which document, and what is remembered: look up, join or supersede."""

from __future__ import annotations

import asyncio
import time
from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING

from lsp_codex.backend.request import Purpose
from lsp_codex.completion import alternatives, pacing
from lsp_codex.completion.cache import CompletionCache
from lsp_codex.completion.context import gather
from lsp_codex.completion.cover import covered
from lsp_codex.completion.journal import Remembered, Unasked
from lsp_codex.completion.measure import Counts, median_ms
from lsp_codex.completion.run import Call, Run, Tools
from lsp_codex.completion.surroundings import Surroundings
from lsp_codex.text import Edit, Snapshot, Span

if TYPE_CHECKING:
    from collections.abc import Callable

    from lsp_codex import config
    from lsp_codex.completion.context import CompletionContext
    from lsp_codex.completion.journal import Entry
    from lsp_codex.completion.run import Client


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
        self._ending: set[asyncio.Task[tuple[str, ...]]] = set()

    async def complete(
        self,
        snapshot: Snapshot,
        offset: int,
        trigger: Trigger,
        settings: config.Completion,
        *,
        client_wait: float = 0.0,
        linger: float = 0.0,
        selected: Edit | None = None,
        surroundings: Callable[[], Surroundings] = Surroundings,
    ) -> tuple[Suggestion, ...]:
        """Suggestions for ``offset``, an index into the text of ``snapshot``; they belong to that snapshot.

        ``client_wait`` is how long, in seconds, the client has waited before it asked. A newer call for the same
        document answers this one at once with nothing. Cancelling it closes its stream, unless a newer call has
        joined, or does so within ``linger`` seconds: some clients cancel before they ask anew. ``selected`` is what
        the client's own menu would insert: the suggestions begin with it. ``surroundings`` is called when a request
        really goes out, and may raise to keep it here. Asked by hand there are up to three, then the first line and
        the first word of the first. Raises an ``LspCodexError`` if the model cannot be asked, ``ValueError`` for an
        offset outside.
        """
        chosen = _Chosen.of(snapshot, offset, selected)
        place, invoked = gather(chosen.snapshot, chosen.offset, settings.max_lines), trigger is Trigger.INVOKED
        now = self._tools.clock()
        self._rhythm = self._rhythm.key(now)
        if settings.trigger == "off" or (settings.trigger == "manual" and not invoked):
            return ()
        if not invoked and not pacing.wanted(place):
            self._tools.note(Unasked(place, "the cursor is inside a word"))
            await self._at_once(place, ())
            return ()
        known = self._tools.cache.find(place)
        if known and (not invoked or (known.several and any(known.texts))):
            self._tools.counts.from_cache += 1
            self._tools.note(Remembered(place, next(iter(known.texts), "")))
            texts = await self._at_once(place, known.texts)
            return self._suggestions(place, chosen, texts, invoked=invoked)
        latency = (median_ms(self._tools.counts.first_token) or 0.0) / 1_000
        wait = 0.0 if invoked else pacing.wait(place, self._rhythm, settings.debounce_ms, client_wait, latency)
        purpose = Purpose.INVOKED if invoked else Purpose.AUTOMATIC
        call = Call(place, settings, now + wait, asyncio.get_running_loop().create_future(), purpose, surroundings)
        texts = await self._answered(call, linger)
        if texts and known and any(known.texts):
            # What is on the screen stays the first, also when somebody asks once more.
            texts = tuple(dict.fromkeys((*known.texts, *texts)))
            self._tools.cache.remember(place, texts, several=True)
        return self._suggestions(place, chosen, texts, invoked=invoked)

    async def _answered(self, call: Call, linger: float) -> tuple[str, ...]:
        run, answered = self._run_for(call), False
        try:
            texts = await call.answer
            answered = True
        finally:
            if run.call is call:
                if answered or not linger or not run.asked:
                    self._end(call.place.uri, run)
                else:
                    asyncio.get_running_loop().call_later(linger, self._end_unless_joined, run, call)
        return texts

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

    def supersede(self, place: CompletionContext | None = None) -> None:
        """Stop what runs for other places in the document of ``place``, or all; who waits gets nothing, at once."""
        for uri, run in tuple(self._runs.items()):
            if place is None or (uri == place.uri and run.call.place != place):
                self._end(uri)

    def forget(self, uri: str | None = None) -> None:
        """Drop what is remembered about a document, or all of them, and what runs; who waits gets nothing."""
        self._tools.cache.forget(uri)
        for each in tuple(self._runs) if uri is None else (uri,):
            self._end(each)

    async def aclose(self) -> None:
        """Stop what runs, and return when every stream is closed."""
        self.supersede()
        await asyncio.gather(*self._ending, return_exceptions=True)

    async def _at_once(self, place: CompletionContext, texts: tuple[str, ...]) -> tuple[str, ...]:
        self._end(place.uri)
        # A superseded call answers first: a client may show whichever answer comes last (spec/editors.md 3).
        await asyncio.sleep(0)
        return texts

    def _end_unless_joined(self, run: Run, call: Call) -> None:
        if run.call is call:
            self._end(call.place.uri, run)

    def _run_for(self, call: Call) -> Run:
        """The running request if its answer may serve ``call`` too, else a new one in its place."""
        uri = call.place.uri
        running = self._runs.get(uri)
        if running and running.serves(call):
            running.take_over(call)
            self._tools.counts.joined += 1
            return running
        run = Run(self._tools, call, closing=self._end(uri))
        self._runs[uri] = run
        return run

    def _end(self, uri: str, run: Run | None = None) -> frozenset[asyncio.Task[tuple[str, ...]]]:
        """End what runs for a document, or ``run`` if it is that; returns the tasks whose streams may be open."""
        if uri not in self._runs or self._runs[uri] is not (run or self._runs[uri]):
            return frozenset()
        closing = self._runs.pop(uri).end()
        for task in closing - self._ending:
            self._ending.add(task)
            task.add_done_callback(self._ending.discard)
        return closing

    def _suggestions(
        self, place: CompletionContext, chosen: _Chosen, texts: tuple[str, ...], *, invoked: bool
    ) -> tuple[Suggestion, ...]:
        rest = place.line_after
        whole = {text: covered(text, rest) for text in (texts[: alternatives.COUNT] if invoked else texts[:1])}
        wanted = [(text, replaced) for text, replaced in whole.items() if text and text != rest[:replaced]]
        if wanted and invoked:
            # Plain clients accept whole items only: so these are items too (spec/editors.md, contract 5).
            best = wanted[0][0]
            parts = (alternatives.first_line(best), alternatives.first_word(best))
            wanted += [(part, 0) for part in parts if part not in whole]
        # Two that lead to the same line are one: ``a)`` over the bracket that is there, and ``a`` before it.
        found: dict[str, Suggestion] = {}
        for text, replaced in wanted:
            found.setdefault(text + rest[replaced:], chosen.suggestion(text, replaced))
        self._tools.counts.shown += bool(found)
        return tuple(found.values())


@dataclass(frozen=True, slots=True)
class _Chosen:
    """The document as if what is selected in the client's menu stood in it already, and the way back from there."""

    snapshot: Snapshot
    offset: int
    begins: Span
    """What of the real document an insertion at the offset replaces, before what it covers."""
    lead: str

    @classmethod
    def of(cls, snapshot: Snapshot, offset: int, selected: Edit | None) -> _Chosen:
        plain = cls(snapshot, offset, Span.at(offset), "")
        if selected is None or not selected.span.start <= offset <= selected.span.end:
            return plain
        span, typed = selected.span, snapshot.text[selected.span.start : offset]
        if {"\r", "\n"} & set(snapshot.text[span.start : span.end]):
            return plain
        text = selected.apply(snapshot.text)
        ahead = Snapshot(snapshot.uri, snapshot.language, snapshot.version, text)
        end = span.start + len(selected.text)
        if selected.text.startswith(typed):
            # An item that begins at the cursor is shown by every client; the menu's text minus what is typed.
            return cls(ahead, end, Span(offset, span.end), selected.text[len(typed) :])
        return cls(ahead, end, span, selected.text)

    def suggestion(self, text: str, replaced: int) -> Suggestion:
        """``text`` at the offset, in the real document."""
        return Suggestion(self.lead + text, Span(self.begins.start, self.begins.end + replaced))
