"""The events of one answer: their time, their framing, their numbers."""

from __future__ import annotations

import asyncio
import json

from lsp_codex.sandbox import replies
from lsp_codex.sandbox.codex import SandboxCodex
from tests.sandbox.ways import Way, body, events, over_transport, said


async def times(way: Way) -> list[float]:
    """When each delta of the next answer comes, in virtual seconds after the request."""
    clock = asyncio.get_running_loop().time
    start = clock()
    async with way.streaming(body()) as answer:
        lines = ((line, round(clock() - start, 6)) async for line in answer.aiter_lines())
        return [time async for line, time in lines if line == "event: response.output_text.delta"]


async def test_slow_replies_keep_their_times(near: Way) -> None:
    """The first delta after its delay, each of the others after its own."""
    near.codex.script(replies.slow("a b c", 1.5, 0.25))
    assert await times(near) == [1.5, 1.75, 2.0]


async def test_the_pace_is_for_replies_without_their_own() -> None:
    """It makes streaming visible to people; the first delta comes at once."""
    async with over_transport(SandboxCodex(pace=0.5)) as way:
        way.codex.script(replies.text("a b c"), replies.slow("a b", 0.0, 2.0))
        assert await times(way) == [0.0, 0.5, 1.0]
        assert await times(way) == [0.0, 2.0]


async def test_a_slow_empty_answer_is_slow_too(near: Way) -> None:
    """Without a delta the delay comes before the last event."""
    near.codex.script(replies.slow("", 3.0))
    start = asyncio.get_running_loop().time()
    assert said(await near.ask(body())) == ""
    assert asyncio.get_running_loop().time() - start == 3.0


async def test_text_is_sent_as_it_is(near: Way) -> None:
    """Line ends, quotes and other writing systems survive the framing."""
    content = 'x = "ä"\r\n\n\t# 統 👩\u2028 \\'
    near.codex.script(replies.text(content))
    answer = await near.ask(body())
    assert said(answer) == content
    done = next(event for event in events(answer) if event["type"] == "response.output_item.done")
    assert done["item"]["content"][0]["text"] == content


async def test_ids_differ_between_answers_and_the_model_is_named(near: Way) -> None:
    """A client may tell two answers apart."""
    first, second = [events(await near.ask(body()))[0]["response"] for _ in range(2)]
    assert first["id"] != second["id"]
    assert first["model"] == "gpt-5.5"


async def test_usage_adds_up(near: Way) -> None:
    """Token counts are estimates, and consistent."""
    usage = events(await near.ask(body()))[-1]["response"]["usage"]
    assert usage["total_tokens"] == usage["input_tokens"] + usage["output_tokens"] > usage["output_tokens"] > 0
    assert json.dumps(usage)
