"""One run: what it asks, when it stops reading, and what it remembers."""

from __future__ import annotations

import asyncio
from dataclasses import replace

import pytest

from lsp_codex.completion.cache import CompletionCache, Known
from lsp_codex.completion.context import CompletionContext, gather
from lsp_codex.completion.measure import Counts
from lsp_codex.completion.run import Call, Run, Tools
from lsp_codex.completion.stop import MAX_ANSWER
from lsp_codex.config import Completion
from lsp_codex.errors import Unreadable
from lsp_codex.text import Snapshot
from tests.completion.fakes import FakeClient, Reply


def _at(document: str) -> CompletionContext:
    return gather(Snapshot("file:///a.py", "python", 1, document.replace("┃", "")), document.index("┃"))


def _tools(client: FakeClient) -> Tools:
    return Tools(client, CompletionCache(), Counts(), asyncio.get_running_loop().time)


def _call(tools: Tools, document: str, wait: float = 0.0) -> Call:
    loop = asyncio.get_running_loop()
    return Call(_at(document), Completion(), tools.clock() + wait, loop.create_future())


async def _answer(call: Call) -> str:
    # Without a limit, a call that is never answered would hang the whole run of tests.
    async with asyncio.timeout(60):
        texts = await call.answer
    return texts[0] if texts else ""


async def test_a_run_answers_its_call() -> None:
    """The cleaned text, remembered for the place."""
    tools = _tools(FakeClient(Reply(("```\n", "4", "2\n", "```"))))
    call = _call(tools, "x = ┃")
    Run(tools, call, frozenset())
    assert await _answer(call) == "42"
    assert tools.cache.find(call.place) == Known(("42",))


async def test_nothing_is_asked_before_it_is_due() -> None:
    """The request goes out when the wait is over, to the moment."""
    client = FakeClient(Reply(("1",)))
    tools = _tools(client)
    began = tools.clock()
    call = _call(tools, "x = ┃", wait=0.25)
    Run(tools, call, frozenset())
    await _answer(call)
    assert client.streams[0].opened - began == pytest.approx(0.25)


async def test_the_fast_model_at_its_least_effort_is_asked() -> None:
    """Ghost text is about being there in time."""
    client = FakeClient(Reply(("1",)))
    tools = _tools(client)
    call = _call(tools, "x = ┃")
    Run(tools, call, frozenset())
    await _answer(call)
    assert (client.streams[0].request.model, client.streams[0].request.effort) == ("gpt-mini", "low")


@pytest.mark.parametrize(("wanted", "asked"), [(None, None), ("flex", "flex"), ("priority", None)])
async def test_the_service_tier_is_asked_for_if_the_model_has_it(wanted: str | None, asked: str | None) -> None:
    """One that the catalogue does not list would be refused."""
    client = FakeClient(Reply(("1",)))
    tools = _tools(client)
    call = replace(_call(tools, "x = ┃"), settings=Completion(service_tier=wanted))
    Run(tools, call, frozenset())
    await _answer(call)
    assert client.streams[0].request.service_tier == asked


async def test_reading_stops_when_the_line_is_complete() -> None:
    """The stream is closed at once, and the rest of the answer is never produced."""
    client = FakeClient(Reply(("1", "\n", "y = 2", "\n")))
    tools = _tools(client)
    call = _call(tools, "x = ┃")
    Run(tools, call, frozenset())
    assert await _answer(call) == "1"
    assert client.streams[0].given == ["1", "\n"]
    assert client.open == 0


async def test_a_model_that_does_not_stop_is_stopped() -> None:
    """No answer is read for ever, even if no line of it ends."""
    client = FakeClient(Reply(("x" * 1_000,) * 100))
    tools = _tools(client)
    call = _call(tools, "x = ┃")
    Run(tools, call, frozenset())
    await _answer(call)
    assert sum(map(len, client.streams[0].given)) == MAX_ANSWER


@pytest.mark.timeout(5)
async def test_a_piece_of_any_size_is_cut_before_it_is_looked_at() -> None:
    """What the filters cost grows with the text, and they run on the loop that serves every other document."""
    client = FakeClient(Reply((")" * 200_000,)))
    tools = _tools(client)
    call = _call(tools, "x = ┃")
    Run(tools, call, frozenset())
    assert 0 < len(await _answer(call)) <= MAX_ANSWER


async def test_a_stream_that_breaks_off_is_an_error_and_not_remembered() -> None:
    """Half an answer is none."""
    tools = _tools(FakeClient(Reply(("4",), error=Unreadable("cut off"))))
    call = _call(tools, "x = ┃")
    Run(tools, call, frozenset())
    with pytest.raises(Unreadable):
        await _answer(call)
    assert tools.cache.find(call.place) is None


@pytest.mark.parametrize(
    ("document", "fits"),
    [
        ("x = fo┃", True),
        ("x = foo(a┃", True),
        ("x = fa┃", False),
        ("x =┃", False),
        ("x = ┃y", False),
        ("x = \n┃", False),
    ],
)
async def test_what_fits_an_answer_that_is_arriving(document: str, fits: bool) -> None:
    """Only typing on, as long as it agrees with what has arrived; another line is another question."""
    tools = _tools(FakeClient(Reply(("foo", "(a)"), between=1.0)))
    run = Run(tools, _call(tools, "x = ┃"), frozenset())
    assert not run.fits(_at(document))
    await asyncio.sleep(0.5)
    assert run.fits(_at(document)) is fits
    run.end()
    await asyncio.wait([run.task])
    assert not run.fits(_at(document))


async def test_an_ended_run_answers_with_nothing_and_names_what_is_still_closing() -> None:
    """Who waits is free at once; who comes next knows what to wait for."""
    client = FakeClient(Reply(("1",), closing=0.5))
    tools = _tools(client)
    call = _call(tools, "x = ┃")
    run = Run(tools, call, frozenset())
    await asyncio.sleep(0.1)
    closing = run.end()
    assert call.answer.result() == ()
    assert closing == {run.task}
    await asyncio.wait(closing)
    assert client.open == 0
