"""From the events of an answer to its text: commentary left out, tries repeated, each closed before the next."""

from __future__ import annotations

import asyncio
import json
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from lsp_codex import errors
from lsp_codex.backend import asking
from lsp_codex.backend.request import Purpose
from lsp_codex.backend.stream import EventStream
from tests.backend.helpers import ASK, COMPLETED, Chunks, delta, item_done, sse, streaming

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from lsp_codex.backend.request import ResponsesRequest


def begins(item: str, phase: str | None) -> dict[str, Any]:
    """A message begins."""
    message = {"type": "message", "id": item, "role": "assistant", "content": []}
    return {"type": "response.output_item.added", "item": message | ({"phase": phase} if phase else {})}


def of(item: str, event: dict[str, Any], phase: str | None = None) -> dict[str, Any]:
    """``event`` as one of the message ``item``."""
    if "item" in event:
        return event | {"item": event["item"] | {"id": item} | ({"phase": phase} if phase else {})}
    return event | {"item_id": item}


LOOK, CODE = of("a", delta("Let me look.")), of("b", delta("return x"))
PHASES: dict[str, tuple[tuple[dict[str, Any] | str, ...], str]] = {
    "commentary before the answer": (
        (
            begins("a", "commentary"),
            LOOK,
            of("a", item_done("Let me look."), "commentary"),
            begins("b", "final_answer"),
            CODE,
            of("b", item_done("return x"), "final_answer"),
        ),
        "return x",
    ),
    "commentary that comes whole": (
        (of("a", item_done("Let me look."), "commentary"), of("b", item_done("return x"))),
        "return x",
    ),
    "between the two": ((begins("a", "commentary"), begins("b", None), CODE, LOOK), "return x"),
    "a part of the answer counts": ((begins("b", "partial_answer"), CODE), "return x"),
    "no phase at all": ((begins("b", None), CODE, of("b", item_done("return x"))), "return x"),
    "nothing but commentary": ((begins("a", "commentary"), LOOK), ""),
}


class Service:
    """Answers one after another: events, or an error; notes when each was asked and closed."""

    def __init__(self, *answers: tuple[dict[str, Any] | str, ...] | Exception) -> None:
        self.answers = list(answers)
        self.asked: list[float] = []
        self.bodies: list[Chunks] = []

    async def open(self, _request: ResponsesRequest) -> EventStream:
        """The next answer."""
        assert all(body.closed for body in self.bodies), "the try before is closed"
        self.asked.append(asyncio.get_running_loop().time())
        answer = self.answers.pop(0)
        if isinstance(answer, Exception):
            raise answer

        async def body(events: Any = answer) -> AsyncIterator[bytes]:
            yield sse(*events)

        self.bodies.append(Chunks(body()))
        return EventStream(streaming(self.bodies[-1]), 60)


async def read(service: Service, purpose: Purpose, reader: Any) -> list[str]:
    """All pieces."""
    return [piece async for piece in reader(service.open, replace(ASK, purpose=purpose), lambda: 0.5)]


@pytest.mark.parametrize(("events", "text"), PHASES.values(), ids=PHASES.keys())
async def test_commentary_is_not_the_answer(events: tuple[dict[str, Any] | str, ...], text: str) -> None:
    """A model that says what it is about to do must not type that into a document (spec/backend.md 1.3)."""
    pieces = await read(Service((*events, COMPLETED)), Purpose.AUTOMATIC, asking.pieces)
    assert "".join(pieces) == text


@pytest.mark.parametrize("reader", [asking.pieces, asking.whole])
async def test_a_question_is_repeated_after_half_a_second_and_twice_that(reader: Any) -> None:
    """And then answered."""
    service = Service(errors.Unreachable("x"), errors.Overloaded("x", None, 500), (delta("a"), COMPLETED))
    assert await read(service, Purpose.QUESTION, reader) == ["a"]
    assert [at - service.asked[0] for at in service.asked] == [0, 0.5, 1.5]


@pytest.mark.parametrize("reader", [asking.pieces, asking.whole])
@pytest.mark.parametrize("purpose", [Purpose.AUTOMATIC, Purpose.INVOKED])
async def test_ghost_text_is_not_repeated(purpose: Purpose, reader: Any) -> None:
    """The next key asks anew."""
    service = Service(errors.Unreachable("x"))
    with pytest.raises(errors.Unreachable):
        await read(service, purpose, reader)


def thought(encrypted: str) -> dict[str, Any]:
    """A reasoning item is complete."""
    item: dict[str, Any] = {
        "type": "reasoning",
        "id": "rs_1",
        "summary": [],
        "encrypted_content": encrypted,
        "status": None,
    }
    return {"type": "response.output_item.done", "item": item}


async def test_the_whole_is_what_a_later_turn_sends_back() -> None:
    """Every message in its order, with the reasoning that led to it; of a try that failed nothing is left."""
    broken = (thought("lost"),)
    good = (
        thought("1"),
        of("a", item_done("Let me look."), "commentary"),
        thought("2"),
        thought("3"),
        of("b", item_done("So."), "final_answer"),
        thought("4"),
        COMPLETED,
    )
    parts = [part async for part in asking.parts(Service(broken, good).open, ASK, lambda: 0.5)]
    assert parts[0] == "So."
    assert isinstance(parts[1], asking.Whole)
    assert [(each.text, each.phase, [json.loads(item)["encrypted_content"] for item in each.reasoning])
            for each in parts[1].messages] == [
        ("Let me look.", "commentary", ["1"]), ("So.", "final_answer", ["2", "3"]),
    ]  # fmt: skip
    assert len(parts) == 2


async def test_a_server_that_completes_no_message_is_understood() -> None:
    """What its deltas said is the message."""
    parts = [part async for part in asking.parts(Service((delta("a"), delta("b"), COMPLETED)).open, ASK, lambda: 0.5)]
    assert parts[:2] == ["a", "b"]
    assert isinstance(parts[2], asking.Whole)
    assert [each.text for each in parts[2].messages] == ["ab"]


@pytest.mark.parametrize("reader", [asking.pieces, asking.whole])
async def test_the_last_failure_is_the_one_that_is_said(reader: Any) -> None:
    """After four tries."""
    service = Service(*(errors.Overloaded(f"try {number}", None, 500) for number in range(1, 5)))
    with pytest.raises(errors.Overloaded, match="try 4"):
        await read(service, Purpose.QUESTION, reader)
    assert not service.answers


async def test_text_that_was_given_away_is_not_given_twice() -> None:
    """A broken answer ends what is read piece by piece; a whole text nobody has seen is asked for again."""
    broken, good = (delta("a"),), (delta("ab"), COMPLETED)
    got = []
    with pytest.raises(errors.CutOff):
        async for piece in asking.pieces(Service(broken, good).open, ASK, lambda: 0.5):
            got.append(piece)  # noqa: PERF401  (a comprehension would lose it with the error)
    assert got == ["a"]
    assert await read(Service(broken, good), Purpose.QUESTION, asking.whole) == ["ab"]


@pytest.mark.parametrize("reader", [asking.pieces, asking.whole])
async def test_leaving_closes_the_answer(reader: Any) -> None:
    """Also while the next try is waited for."""
    service = Service((delta("a"), COMPLETED))
    pieces = reader(service.open, ASK, lambda: 0.5)
    assert await anext(pieces) == "a"
    await pieces.aclose()
    assert service.bodies[0].closed
    waiting = asyncio.create_task(read(Service(errors.Unreachable("x")), Purpose.QUESTION, reader))
    await asyncio.sleep(0.1)
    waiting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await waiting


@pytest.mark.parametrize(("purpose", "longest"), [(Purpose.QUESTION, asking.LONGEST), (Purpose.AUTOMATIC, 120.0)])
async def test_events_that_say_nothing_do_not_hold_a_request_for_ever(purpose: Purpose, longest: float) -> None:
    """They keep the stream from being idle; the answer as a whole has an end all the same, and is asked for once."""

    async def trickle() -> AsyncIterator[bytes]:
        while True:
            yield sse('{"type": "response.in_progress"}')
            await asyncio.sleep(50)

    opened = []

    async def opener(_request: Any) -> EventStream:
        opened.append(1)
        return EventStream(streaming(Chunks(trickle())), 60.0)

    began = asyncio.get_running_loop().time()
    with pytest.raises(errors.TimedOut):
        async for _ in asking.whole(opener, replace(ASK, purpose=purpose), lambda: 0.5):
            pass
    assert longest <= asyncio.get_running_loop().time() - began <= longest + 60
    assert len(opened) == 1


async def test_an_answer_without_end_does_not_fill_the_memory() -> None:
    """Neither with text, nor with messages that are beside the answer."""
    begins = {"type": "response.output_item.added", "item": {"type": "message", "phase": "commentary"}}
    for event in (delta("x" * 2**20), {**begins, "item": {**begins["item"], "id": "i" * 2**20}}):  # type: ignore[dict-item]  # a table in a table

        async def flood(data: bytes = sse(event)) -> AsyncIterator[bytes]:
            for _ in range(40):
                yield data

        with pytest.raises(errors.Unreadable, match="too large"):
            async for _ in asking.read(EventStream(streaming(Chunks(flood())), 60.0)):
                pass
