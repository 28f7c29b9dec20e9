"""A response over a WebSocket: what is asked, what comes back, what happens to the connection."""

from __future__ import annotations

import json
from contextlib import aclosing
from typing import TYPE_CHECKING, Any, cast

import pytest

from lsp_codex.backend import frames, limits
from lsp_codex.backend.events import Completed, Failed, Ignored, Incomplete, RateLimitsSeen, ResponseEvent, TextDelta
from lsp_codex.backend.frames import SocketAnswer, Told
from lsp_codex.backend.request import Message, ResponsesRequest, body
from lsp_codex.backend.websocket import Ended
from lsp_codex.errors import Overloaded, TimedOut, Unreadable, UsageLimitReached
from tests.backend.helpers import ASK, COMPLETED, delta
from tests.sandbox.ways import recorded

if TYPE_CHECKING:
    from lsp_codex.backend.websocket import WebSocket

RECORDED = recorded("websocket")
CREATED = {"type": "response.created", "response": {"id": "resp_1"}}
LIMITS = {
    "type": "codex.rate_limits",
    "plan_type": "plus",
    "rate_limits": {"primary": {"used_percent": 7, "window_minutes": 300, "reset_at": 5}, "secondary": None},
}
LIMIT_429 = {
    "type": "error",
    "status": 429,
    "error": {"type": "usage_limit_reached", "plan_type": "pro", "resets_at": 9},
    "headers": {"x-request-id": "req-9"},
}


class Socket:
    """A connection that says what a test wants."""

    def __init__(self, *texts: dict[str, Any] | str) -> None:
        self.texts = [text if isinstance(text, str) else json.dumps(text) for text in texts]
        self.sent: list[dict[str, Any]] = []
        self.unasked: list[str] = []
        self.over = self.closed = False
        self.headers = {"x-request-id": "req-1"}

    async def send(self, text: str) -> None:
        """What is asked."""
        self.sent.append(json.loads(text))

    def waiting(self) -> str | None:
        """What is there, which is nothing before somebody asks, but for what was said ``unasked``."""
        if not self.sent:
            return self.unasked.pop(0) if self.unasked else None
        return self.texts.pop(0) if self.texts else None

    async def receive(self) -> str:
        """The next text, or the end."""
        if (text := self.waiting()) is None:
            raise Ended
        return text

    async def aclose(self) -> None:
        """Given up."""
        self.closed = True


class Case:
    """An answer over such a connection; what was told and freed."""

    def __init__(self, *texts: dict[str, Any] | str) -> None:
        self.socket = Socket(*texts)
        self.freed: list[object] = []
        self.limits: list[limits.RateLimits] = []
        socket = cast("WebSocket", self.socket)
        self.answer = SocketAnswer(socket, 60, lambda: 0.0, self.limits.append, self._free)

    async def _free(self, socket: WebSocket) -> None:
        self.freed.append(socket)

    async def events(self) -> list[ResponseEvent]:
        """Everything that comes."""
        await self.answer.begin(frames.create(body(ASK), lite=True))
        async with aclosing(self.answer.events()) as events:
            return [event async for event in events]


def test_a_frame_is_the_body_with_a_type_before_it() -> None:
    """Every key of the body, in its order; the lite marker stands where the recorded client puts it."""
    frame = json.loads(frames.create(body(ASK), lite=True))
    assert list(frame) == ["type", *body(ASK), "client_metadata"]
    recorded_lite = RECORDED["frames"][2]["client_metadata"]
    assert frame["client_metadata"] == {frames.LITE: recorded_lite[frames.LITE]}
    assert "client_metadata" not in json.loads(frames.create(body(ASK), lite=False))


def test_no_key_is_sent_that_the_recorded_client_does_not_send() -> None:
    """But for ``instructions``, which the service demands of classic bodies (spec/backend.md 1.7)."""
    known = {key for frame in RECORDED["frames"] for key in frame} | {"instructions"}
    assert set(json.loads(frames.prewarm(body(ASK), lite=True))) <= known


def test_a_prewarm_frame_has_what_stands_before_the_users_words() -> None:
    """And asks for nothing to be generated."""
    words = (Message("developer", "dddd"), Message("user", "u"), Message("developer", "late"))
    request = ResponsesRequest("gpt-6-luna", "iii", words, "lane")
    frame = json.loads(frames.prewarm(body(request), lite=False))
    assert frame["generate"] is False
    assert [item["role"] for item in frame["input"]] == ["developer"]
    assert frames.prewarmed_size(request) == len("iii" + "dddd")


async def test_events_come_until_the_last_of_the_response() -> None:
    """The connection is free then, and what comes after belongs to nobody."""
    case = Case(CREATED, LIMITS, delta("a"), COMPLETED, delta("stray"))
    kinds = [type(event) for event in await case.events()]
    assert kinds == [Ignored, RateLimitsSeen, TextDelta, Completed]
    assert case.limits[0].used_percent == 7
    await case.answer.aclose()
    assert (case.freed, case.socket.closed) == ([case.socket], False)
    assert case.socket.sent[0]["type"] == "response.create"


@pytest.mark.parametrize(
    ("last", "kind"),
    [
        ({"type": "response.failed", "response": {"error": {"code": "server_error"}}}, Failed),
        ({"type": "response.incomplete", "response": {"incomplete_details": {"reason": "x"}}}, Incomplete),
    ],
)
async def test_a_failed_response_frees_the_connection_too(last: dict[str, Any], kind: type[object]) -> None:
    """It is whole; the next request may use the socket."""
    case = Case(CREATED, last)
    assert isinstance((await case.events())[-1], kind)
    await case.answer.aclose()
    assert case.freed


async def test_who_leaves_early_closes_the_connection() -> None:
    """Draining would let the model write on, at the user's cost."""
    case = Case(CREATED, delta("a"), delta("b"), COMPLETED)
    await case.answer.begin("{}")
    async with aclosing(case.answer.events()) as events:
        await anext(events)
    await case.answer.aclose()
    assert (case.freed, case.socket.closed) == ([], True)


async def test_the_end_of_the_connection_ends_the_events() -> None:
    """What is missing then is for the reader to say, as over SSE."""
    case = Case(CREATED, delta("a"))
    assert isinstance((await case.events())[-1], TextDelta)
    await case.answer.aclose()
    assert case.socket.closed


async def test_an_error_frame_is_the_error_of_its_status() -> None:
    """First frame or later: the table of HTTP answers decides (spec/backend.md 2.6)."""
    with pytest.raises(Told) as caught:
        await Case(LIMIT_429).events()
    error = caught.value.error
    assert isinstance(error, UsageLimitReached)
    assert (caught.value.status, error.plan, error.resets_at, error.request_id) == (429, "pro", 9, "req-9")
    later = Case(CREATED, {"type": "error", "status": 503, "error": {"code": "slow_down"}})
    with pytest.raises(Overloaded):
        await later.events()


async def test_the_recorded_limit_of_a_connection_is_recognised() -> None:
    """By its code."""
    with pytest.raises(Told) as caught:
        await Case(RECORDED["limit_reached"]).events()
    assert caught.value.code == frames.LIMIT_REACHED


async def test_an_error_without_a_status_is_an_event_as_any_other() -> None:
    """As over SSE it explains, but does not end (spec/backend.md 2.3); odd headers do no harm."""
    odd = {"type": "error", "status": "500", "error": {"code": "x", "message": "y"}, "headers": [1]}
    case = Case(CREATED, odd, COMPLETED)
    assert len(await case.events()) == 3


async def test_silence_has_an_end() -> None:
    """After ``idle`` seconds, before the first event as well."""

    class Silent(Socket):
        async def receive(self) -> str:
            import asyncio

            await asyncio.Event().wait()
            raise AssertionError

    case = Case()
    case.answer = SocketAnswer(cast("WebSocket", Silent()), 60, lambda: 0.0, case.limits.append, case._free)
    with pytest.raises(TimedOut):
        await case.events()


def test_an_error_is_named_after_the_connection_unless_it_has_a_name() -> None:
    """A frame has no request id of its own."""
    answer = Case().answer
    named = Unreadable("x")
    named.request_id = "own"
    assert answer.named(named).request_id == "own"
    assert answer.named(Unreadable("x")).request_id == "req-1"


@pytest.mark.parametrize(
    "unasked", [COMPLETED, json.dumps(delta("not yours")), json.dumps(LIMIT_429)], ids=["completed", "text", "error"]
)
async def test_what_came_unasked_is_no_answer(unasked: str) -> None:
    """A connection on which somebody answers what nobody asked is out of step: nothing is asked on it."""
    case = Case(delta("yours"), COMPLETED)
    case.socket.unasked = [unasked]
    with pytest.raises(Ended):
        await case.events()
    assert case.socket.sent == []


async def test_limits_that_came_unasked_are_heeded() -> None:
    """The service says them after an answer too, and that is no reason to give the connection up."""
    case = Case(delta("yours"), COMPLETED)
    case.socket.unasked = [json.dumps({"type": "codex.rate_limits"}), '{"type":"news"}']
    assert len(await case.events()) == 2
    assert len(case.limits) == 1
