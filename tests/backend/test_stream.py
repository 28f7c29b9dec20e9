"""Reading one open answer: the watchdog, the end, and what closing does to the connection."""

from __future__ import annotations

import asyncio
from contextlib import aclosing
from typing import TYPE_CHECKING

import pytest

from lsp_codex.backend.events import Completed, ResponseEvent, TextDelta
from lsp_codex.backend.stream import LAST_BYTES, EventStream
from lsp_codex.errors import BackendError, TimedOut
from tests.backend.helpers import COMPLETED, Chunks, delta, sse, streaming

if TYPE_CHECKING:
    from collections.abc import AsyncIterator


async def pauses(*steps: bytes | float) -> AsyncIterator[bytes]:
    """Bytes are sent, numbers are seconds of silence."""
    for step in steps:
        if isinstance(step, bytes):
            yield step
        else:
            await asyncio.sleep(step)


async def read(stream: EventStream) -> list[ResponseEvent]:
    """All events."""
    async with aclosing(stream.events()) as events:
        return [event async for event in events]


async def test_events_come_as_they_arrive() -> None:
    """Each one with its last byte, not with the end of the body."""
    loop = asyncio.get_running_loop()
    stream = EventStream(streaming(Chunks(pauses(sse(delta("a")), 5.0, sse(delta("b")), 5.0))), 60)
    started = loop.time()
    async with aclosing(stream.events()) as events:
        seen = [(loop.time() - started, event) async for event in events]
    assert seen == [(0, TextDelta("a")), (5, TextDelta("b"))]


async def test_silence_of_60_seconds_is_the_end() -> None:
    """59 seconds are not; the limit counts from event to event."""
    loop = asyncio.get_running_loop()
    body = pauses(sse(delta("a")), 59.0, sse(delta("b")), 59.0, sse(delta("c")), 1_000.0)
    stream, started = EventStream(streaming(Chunks(body)), 60), loop.time()
    with pytest.raises(TimedOut):
        await read(stream)
    assert loop.time() - started == 59 + 59 + 60


async def test_comments_do_not_keep_a_dead_stream_alive() -> None:
    """Whoever holds the connection open is not the model."""
    loop = asyncio.get_running_loop()
    body = Chunks(pauses(*[step for _ in range(100) for step in (b": ping\n\n", 15.0)]))
    stream, started = EventStream(streaming(body), 60), loop.time()
    with pytest.raises(TimedOut):
        await read(stream)
    assert loop.time() - started == 60


async def test_closing_early_closes_at_once() -> None:
    """No byte more is waited for: closing is what stops the model."""
    loop = asyncio.get_running_loop()
    body = Chunks(pauses(sse(delta("a")), 30.0, sse(delta("b"))))
    stream, started = EventStream(streaming(body), 60), loop.time()
    async with aclosing(stream.events()) as events:
        assert await anext(events) == TextDelta("a")
    await stream.aclose()
    assert body.closed
    assert loop.time() == started


@pytest.mark.parametrize(("late", "waited"), [(0.0, 0.0), (0.01, 0.01), (30.0, LAST_BYTES)])
async def test_after_a_complete_answer_its_last_bytes_are_awaited_briefly(late: float, waited: float) -> None:
    """A connection is used again only if its body was read to the end; but nobody waits long for that."""
    loop = asyncio.get_running_loop()
    body = Chunks(pauses(sse(COMPLETED), late, b"\n"))
    stream, started = EventStream(streaming(body), 60), loop.time()
    async with aclosing(stream.events()) as events:
        assert isinstance(await anext(events), Completed)
    await stream.aclose()
    assert body.closed
    assert loop.time() - started == pytest.approx(waited)


async def test_an_error_gets_the_name_of_the_request() -> None:
    """For a report."""
    stream = EventStream(streaming(Chunks(pauses()), **{"x-request-id": "req_1"}), 60)
    assert stream.named(BackendError("x")).request_id == "req_1"
    await stream.aclose()
