"""The client's side of a conversation."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from lsp_codex.terminal.rpc import Peer, RequestError, ServerEnded


class Wire:
    """Collects what the peer sends."""

    def __init__(self) -> None:
        self.sent: list[dict[str, Any]] = []
        self.peer = Peer(self.sent.append)


async def test_an_answer_reaches_the_request_with_its_id() -> None:
    """Two requests at once; the answers come in the other order and find their callers."""
    wire = Wire()
    first, second = (asyncio.create_task(wire.peer.request(name)) for name in ("a", "b"))
    await asyncio.sleep(0)
    wire.peer.take({"id": wire.sent[1]["id"], "result": "for b"})
    wire.peer.take({"id": wire.sent[0]["id"], "result": "for a"})
    assert (await first, await second) == ("for a", "for b")


async def test_an_error_answer_is_raised_with_its_code() -> None:
    """The caller sees message, code and data of the error."""
    wire = Wire()
    asked = asyncio.create_task(wire.peer.request("a"))
    await asyncio.sleep(0)
    wire.peer.take({"id": 1, "error": {"code": -32601, "message": "no such method", "data": 7}})
    with pytest.raises(RequestError, match="no such method") as caught:
        await asked
    assert (caught.value.code, caught.value.data) == (-32601, 7)


async def test_cancelling_a_request_tells_the_server() -> None:
    """The server gets $/cancelRequest, and its late answer harms nobody."""
    wire = Wire()
    asked = asyncio.create_task(wire.peer.request("slow"))
    await asyncio.sleep(0)
    asked.cancel()
    with pytest.raises(asyncio.CancelledError):
        await asked
    assert wire.sent[-1] == {"jsonrpc": "2.0", "method": "$/cancelRequest", "params": {"id": 1}}
    wire.peer.take({"id": 1, "result": "too late"})


async def test_a_server_request_is_answered_by_its_function() -> None:
    """Known methods get the function's answer, unknown ones null."""
    wire = Wire()
    wire.peer.answers["double"] = lambda params: params * 2
    wire.peer.take({"id": 9, "method": "double", "params": 21})
    wire.peer.take({"id": "x", "method": "unknown"})
    assert [(m["id"], m["result"]) for m in wire.sent] == [(9, 42), ("x", None)]


async def test_waiting_ends_with_the_server() -> None:
    """When the conversation ends, no request waits for ever."""
    wire = Wire()
    asked = asyncio.create_task(wire.peer.request("a"))
    await asyncio.sleep(0)
    wire.peer.end()
    with pytest.raises(ServerEnded):
        await asked


async def test_next_skips_other_notifications() -> None:
    """Only the named notification is returned."""
    wire = Wire()
    wire.peer.take({"method": "other"})
    wire.peer.take({"method": "wanted", "params": {"a": 1}})
    assert await wire.peer.next("wanted") == {"a": 1}


async def test_a_command_carries_one_object_or_none() -> None:
    """The arguments list holds the object, or nothing at all."""
    wire = Wire()
    tasks = [asyncio.create_task(wire.peer.command("c", argument)) for argument in (None, {"x": 1})]
    await asyncio.sleep(0)
    assert [m["params"]["arguments"] for m in wire.sent] == [[], [{"x": 1}]]
    for task in tasks:
        task.cancel()
