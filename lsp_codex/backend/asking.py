"""Asking: the tries of one request until its text has come, each try closed before the next begins."""

from __future__ import annotations

import asyncio
import logging
from contextlib import aclosing
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias, assert_never

from lsp_codex.backend import events, failures, retry
from lsp_codex.backend.request import Message, Purpose
from lsp_codex.errors import BackendError, CutOff, TimedOut, Unreadable

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Awaitable, Callable

    from lsp_codex.backend.request import ResponsesRequest
    from lsp_codex.backend.stream import Answer

    Opener = Callable[[ResponsesRequest], Awaitable[Answer]]

log = logging.getLogger(__name__)

LONGEST, LONGEST_AHEAD = 1_800.0, 120.0
"""Seconds that one answer may take in all, to a question and to ghost text: events that say nothing keep a stream
from being idle, for ever if need be."""

LARGEST_TEXT = 16 * 1024 * 1024
"""Characters of one answer, with what is said twice."""


@dataclass(frozen=True, slots=True)
class Whole:
    """The end of a good answer: its messages as a later turn sends them back, and what it cost if that was said."""

    messages: tuple[Message, ...]
    tokens: events.TokenCount | None = None


Part: TypeAlias = str | Whole


async def pieces(opened: Opener, request: ResponsesRequest, chance: Callable[[], float]) -> AsyncGenerator[str, None]:
    """The text of the answer to ``request``, piece by piece; rules and errors as in :func:`parts`."""
    async with aclosing(parts(opened, request, chance)) as found:
        async for part in found:
            if isinstance(part, str):
                yield part


async def parts(opened: Opener, request: ResponsesRequest, chance: Callable[[], float]) -> AsyncGenerator[Part, None]:
    """The text of the answer to ``request``, piece by piece, then the whole; an ``AuthError`` or ``BackendError``.

    Only a question is repeated, only what may pass, and only while none of the text has been given away.
    """
    tries, given = 1, False
    while True:
        try:
            async with aclosing(_one_try(opened, request)) as found:
                async for part in found:
                    given = True
                    yield part
        except BackendError as error:
            if given or (wait := _wait(error, request, tries, chance())) is None:
                raise
        else:
            return
        tries += 1
        await asyncio.sleep(wait)


async def whole(opened: Opener, request: ResponsesRequest, chance: Callable[[], float]) -> AsyncGenerator[str, None]:
    """The whole text at once, if there is any; as nothing is given away before, a broken answer is repeated too."""
    tries = 1
    while True:
        try:
            async with aclosing(_one_try(opened, request)) as found:
                text = "".join([piece async for piece in found if isinstance(piece, str)])
        except BackendError as error:
            if (wait := _wait(error, request, tries, chance())) is None:
                raise
        else:
            if text:
                yield text
            return
        tries += 1
        await asyncio.sleep(wait)


async def _one_try(opened: Opener, request: ResponsesRequest) -> AsyncGenerator[Part, None]:
    answer = await opened(request)
    try:
        longest = LONGEST if request.purpose is Purpose.QUESTION else LONGEST_AHEAD
        async with aclosing(read(answer, longest)) as found:
            async for part in found:
                yield part
    finally:
        await answer.aclose()


def _wait(error: BackendError, request: ResponsesRequest, tries: int, chance: float) -> float | None:
    """Seconds until the next try; None: there is none."""
    if request.purpose is not Purpose.QUESTION:
        return None
    wait = retry.delay(error, tries, chance)
    if wait is not None:
        log.info("try %d failed, the next one is in %.1f s: %s", tries, wait, error)
    return wait


# longer than 50 lines because it is one table: what each event means for the answer
async def read(answer: Answer, longest: float = LONGEST) -> AsyncGenerator[Part, None]:
    """The text of one answer, each part once, then :class:`Whole`, or what ended it instead is raised.

    After ``longest`` seconds, and after ``LARGEST_TEXT``, it is given up.
    """
    since_item = ""  # what the deltas of the running message gave
    messages: list[Message] = []
    thoughts: tuple[str, ...] = ()  # that led to the running message
    aside: set[str] = set()  # messages that are not the answer
    trouble: events.ErrorSeen | None = None
    async with aclosing(_bounded(answer, longest)) as seen:
        async for event in seen:
            match event:
                case events.CommentaryBegins(item):
                    aside.add(item)
                case events.TextDelta(item=item) if item in aside:
                    pass
                case events.ReasoningDone(item):
                    thoughts += (item,)
                case events.TextDelta(text):
                    since_item += text
                    yield text
                case events.ItemText(text, item, commentary, phase):
                    messages.append(Message("assistant", text, phase, thoughts))
                    thoughts = ()
                    if commentary or item in aside:
                        continue
                    # The message once more: only what the deltas did not bring is new.
                    if text.startswith(since_item) and (rest := text[len(since_item) :]):
                        yield rest
                    since_item = ""
                case events.Completed(_, tokens):
                    log.debug("tokens: %s", tokens)
                    if since_item:  # a server that never says that a message is complete
                        messages.append(Message("assistant", since_item, None, thoughts))
                    yield Whole(tuple(messages), tokens)
                    return
                case events.Failed() | events.Incomplete():
                    raise answer.named(failures.from_event(event))
                case events.ErrorSeen():
                    trouble = event
                case events.RateLimitsSeen() | events.Ignored():
                    pass  # over SSE only the headers count for limits (spec/backend.md 5.3); frames.py does its own
                case _:
                    assert_never(event)
    raise answer.named(failures.from_event(trouble) if trouble else CutOff())


async def _bounded(answer: Answer, longest: float) -> AsyncGenerator[events.ResponseEvent, None]:
    clock = asyncio.get_running_loop().time
    until, size = clock() + longest, 0
    async with aclosing(answer.events()) as seen:
        async for event in seen:
            match event:
                case events.TextDelta(text) | events.ItemText(text) | events.CommentaryBegins(text):
                    size += len(text)
                case _:
                    pass
            if size > LARGEST_TEXT:
                raise answer.named(Unreadable("The Codex backend sent an answer that is too large"))
            if clock() > until:
                raise answer.named(TimedOut(f"The Codex backend did not finish its answer in {longest:g} seconds"))
            yield event
