"""The sandbox's WebSocket against the recording of the real client, over both ways in."""

from __future__ import annotations

import asyncio
import json
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

import pytest

from lsp_codex.sandbox import replies
from lsp_codex.sandbox.frames import Op
from tests.sandbox.ways import Way, body, recorded, until

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Mapping

RECORDED = recorded("websocket")
NOT_OURS = ("Host", "authorization")


def handshake(way: Way, **changes: str | None) -> dict[str, str]:
    """The recorded headers with a good credential; ``changes`` replace headers, None removes one."""
    headers = {name.lower(): value for name, value in RECORDED["upgrade"] if name not in NOT_OURS} | way.bearer()
    changed = {name.replace("_", "-"): value for name, value in changes.items()}
    return {name: value for name, value in (headers | changed).items() if value is not None}


class Talk:
    """The client's end of an open WebSocket; its frames are made by hand."""

    def __init__(self, stream: Any) -> None:
        self._stream = stream
        self._rest = b""

    async def send(self, value: object, op: Op = Op.TEXT) -> None:
        """One masked frame."""
        data = value if isinstance(value, bytes) else json.dumps(value).encode()
        size = bytes([0x80 | len(data)]) if len(data) < 126 else b"\xfe" + len(data).to_bytes(2, "big")
        await self._stream.write(bytes([0x80 | op]) + size + bytes(4) + data)

    async def frame(self) -> tuple[Op, bytes]:
        """The next frame of the server; CLOSE without data at the end of the connection."""
        while True:
            rest = self._rest
            if len(rest) >= 2:
                size, at = rest[1], 2
                if size == 126:
                    size, at = int.from_bytes(rest[2:4], "big"), 4
                if len(rest) >= at + size:
                    self._rest = rest[at + size :]
                    return Op(rest[0] & 15), rest[at : at + size]
            data = await self._stream.read(65_536)
            if not data:
                return Op.CLOSE, b""
            self._rest += data

    async def event(self) -> dict[str, Any]:
        """The next text."""
        op, data = await self.frame()
        assert op is Op.TEXT, (op, data)
        event: dict[str, Any] = json.loads(data)
        return event

    async def answer(self) -> list[dict[str, Any]]:
        """Every event up to the last of a response, or an error."""
        events = [await self.event()]
        while events[-1]["type"] not in {"response.completed", "response.failed", "response.incomplete", "error"}:
            events.append(await self.event())
        return events


@asynccontextmanager
async def talking(way: Way, headers: Mapping[str, str] | None = None) -> AsyncIterator[Talk]:
    """An open WebSocket."""
    address = f"{way.base}/codex/responses"
    async with way.http.stream("GET", address, headers=headers or handshake(way)) as answer:
        assert answer.status_code == 101
        yield Talk(answer.extensions["network_stream"])


def create(text: str = "hello") -> dict[str, Any]:
    """A small frame that is accepted."""
    return {"type": "response.create", **body(text)}


async def test_the_recorded_handshake_is_accepted(way: Way) -> None:
    """101 with the limits and a turn state, and no compression, as the recording's ``upgrade_answer`` says."""
    async with way.http.stream("GET", f"{way.base}/codex/responses", headers=handshake(way)) as answer:
        assert answer.status_code == 101
        assert answer.headers["x-codex-turn-state"]
        assert answer.headers["x-codex-primary-used-percent"]
        assert "sec-websocket-extensions" not in answer.headers


@pytest.mark.parametrize("number", [0, 1, 2])
async def test_the_recorded_frames_are_answered(number: int, way: Way) -> None:
    """Prewarm frames (0: classic, 2: lite) with no output at all, the turn with text."""
    sent = RECORDED["frames"][number]
    async with talking(way) as talk:
        await talk.send(sent)
        events = await talk.answer()
    kinds = [event["type"] for event in events]
    assert kinds[:3] == ["response.created", "codex.rate_limits", "response.in_progress"]
    assert kinds[-1] == "response.completed"
    assert ("response.output_text.delta" in kinds) is ("generate" not in sent)
    if "generate" in sent:
        assert events[-1]["response"]["usage"]["output_tokens"] == 0
    assert way.codex.requests[-1].framed


async def test_one_socket_answers_again_and_again(way: Way) -> None:
    """The socket is held; each answer is a response of its own."""
    way.codex.script(replies.text("one"), replies.text("two"))
    async with talking(way) as talk:
        told = []
        for _ in range(2):
            await talk.send(create())
            told.append("".join(event.get("delta", "") for event in await talk.answer()))
    assert told == ["one", "two"]
    assert len(way.codex.upgrades) == 1


async def test_errors_are_frames_with_the_status(way: Way) -> None:
    """What a POST would be answered with, in a frame (spec/backend.md 2.6)."""
    way.codex.script(replies.usage_limit(1_795_300_000.0))
    async with talking(way) as talk:
        await talk.send(create())
        (limit,) = await talk.answer()
        await talk.send(create() | {"store": True})
        (refused,) = await talk.answer()
    assert (limit["status"], limit["error"]["type"]) == (429, "usage_limit_reached")
    assert limit["headers"]["x-codex-primary-used-percent"] == "100"
    assert (refused["status"], refused["error"]["message"]) == (400, "Store must be set to false")


async def test_after_60_minutes_the_recorded_error_comes(way: Way) -> None:
    """In the words of the recording."""
    way.codex.backend.socket_life = 0.0
    async with talking(way) as talk:
        await talk.send(create())
        assert await talk.event() == RECORDED["limit_reached"]


async def test_one_response_at_a_time(way: Way) -> None:
    """A second request meanwhile is refused; what the live service does is not known."""
    way.codex.script(replies.silent())
    async with talking(way) as talk:
        await talk.send(create())
        await talk.send(create())
        assert (await talk.event())["error"]["message"] == "one response at a time"


async def test_a_ping_is_answered_during_a_response(way: Way) -> None:
    """And whoever leaves is noticed."""
    way.codex.script(replies.silent())
    async with talking(way) as talk:
        await talk.send(create())
        await talk.send(b"?", Op.PING)
        assert await talk.frame() == (Op.PONG, b"?")
    await until(lambda: way.codex.requests[-1].client_left)


async def test_a_close_is_answered_and_ends_the_response(way: Way) -> None:
    """The closing handshake of RFC 6455 section 7.1."""
    way.codex.script(replies.silent())
    async with talking(way) as talk:
        await talk.send(create())
        await until(lambda: bool(way.codex.requests))
        await talk.send(b"\x03\xe8", Op.CLOSE)
        assert await talk.frame() == (Op.CLOSE, b"\x03\xe8")
    assert way.codex.requests[-1].client_left


@pytest.mark.parametrize(("clean", "ended"), [(True, b"\x03\xe8"), (False, b"")])
async def test_a_cut_ends_the_connection(clean: bool, ended: bytes, way: Way) -> None:
    """With a goodbye or without, but never with ``response.completed``."""
    way.codex.script(replies.cut_off("one two", 1, clean=clean))
    async with talking(way) as talk:
        await talk.send(create())
        while (event := await talk.event())["type"] != "response.output_text.delta":
            pass
        assert event["delta"] == "one "
        assert await talk.frame() == (Op.CLOSE, ended)


async def test_nonsense_closes_the_connection_with_1002(way: Way) -> None:
    """A frame that breaks the protocol is answered with a close frame."""
    async with talking(way) as talk:
        await talk.send(b"x", Op.BINARY)
        assert await talk.frame() == (Op.CLOSE, b"\x03\xea")


@pytest.mark.parametrize(
    ("changes", "status"),
    [
        ({"upgrade": None}, 426),
        ({"sec_websocket_version": "8"}, 400),
        ({"openai_beta": None}, 400),
        ({"authorization": "Bearer nobody"}, 401),
    ],
)
async def test_other_handshakes_are_refused(changes: dict[str, str | None], status: int, way: Way) -> None:
    """Each with an ordinary HTTP answer."""
    headers = handshake(way, **changes)
    assert (await way.http.get(f"{way.base}/codex/responses", headers=headers)).status_code == status


@pytest.mark.parametrize("status", [401, 403, 404, 426, 500])
async def test_upgrades_are_refused_on_demand(status: int, way: Way) -> None:
    """The recorded statuses, so that what a client does then can be tried; the request is kept apart."""
    way.codex.backend.upgrades = status
    answer = await way.http.get(f"{way.base}/codex/responses", headers=handshake(way))
    assert answer.status_code == status
    assert (len(way.codex.upgrades), way.codex.requests) == (1, [])
    await asyncio.sleep(0)
