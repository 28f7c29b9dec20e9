"""What each phase of a session permits (LSP 3.18, "Server lifecycle")."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest
from lsprotocol import types as lsp

from tests.harness.edge_server import edge_server
from tests.harness.wire import Client, RefusedError, connected

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

URI = {"uri": "file:///a.py"}
HOVER = {"textDocument": URI, "position": {"line": 0, "character": 0}}


@pytest.fixture
def events() -> list[str]:
    """What happened in the handlers."""
    return []


@pytest.fixture
async def client(events: list[str]) -> AsyncIterator[Client]:
    """A client that has initialised the edge's server."""
    async with connected(edge_server(events)) as client:
        await client.initialize()
        yield client


def command(name: str, *arguments: object) -> tuple[str, dict[str, object]]:
    """A request for a command of the edge's server."""
    return "workspace/executeCommand", {"command": f"edge.{name}", "arguments": list(arguments)}


async def alive(client: Client) -> bool:
    """Whether the server still answers."""
    return bool(await client.request(*command("echo", "still here")) == "still here")


async def test_requests_before_initialize_are_refused() -> None:
    """-32002, and initialize still works (LSP 3.18, "Initialize Request"); notifications are dropped."""
    async with connected(edge_server()) as client:
        client.notify("textDocument/didOpen", {"textDocument": {**URI, "languageId": "", "version": 1, "text": ""}})
        with pytest.raises(RefusedError) as refused:
            await client.request("shutdown")
        assert refused.value.code == -32002
        with pytest.raises(RefusedError) as refused:
            await client.request("initialize", {"capabilities": 5})
        assert refused.value.code == -32602
        await client.initialize()
        assert await alive(client)


async def test_requests_during_initialize_wait_for_it() -> None:
    """A client that does not wait for the answer of initialize is served all the same, in order."""
    server = edge_server()

    async def slow(_: lsp.InitializeParams) -> None:
        await asyncio.sleep(3)

    server.feature(lsp.INITIALIZE)(slow)
    async with connected(server) as client:
        _, first = client.start("initialize", {"processId": None, "rootUri": None, "capabilities": {}})
        _, second = client.start(*command("echo", 1))
        assert await second == 1
        assert first.done()


async def test_requests_after_shutdown_are_refused(client: Client) -> None:
    """-32600 (LSP 3.18, "Shutdown Request"), also for a second shutdown."""
    await client.request("shutdown")
    for method in ("textDocument/hover", "shutdown"):
        with pytest.raises(RefusedError) as refused:
            await client.request(method, HOVER)
        assert refused.value.code == -32600


async def test_shutdown_cancels_what_runs_and_everything_is_answered(client: Client, events: list[str]) -> None:
    """Several running commands neither break shutdown nor stay without an answer."""
    running = [client.start(*command("wait"))[1] for _ in range(3)]
    assert await alive(client)
    assert await client.request("shutdown") is None
    for answer in running:
        with pytest.raises(RefusedError, match="-32800"):
            await answer
    assert events == ["wait began"] * 3 + ["wait cancelled"] * 3


async def test_exit_is_heard_while_initialize_runs() -> None:
    """An editor that gives up at once is not kept."""
    server = edge_server()

    async def forever(_: lsp.InitializeParams) -> None:
        await asyncio.sleep(1e6)

    server.feature(lsp.INITIALIZE)(forever)
    async with connected(server) as client:
        _, answer = client.start("initialize", {"processId": None, "rootUri": None, "capabilities": {}})
        await asyncio.sleep(1)
        client.notify("exit")
        assert await client.wait_closed() == 1
        with pytest.raises(RefusedError, match="-32800"):
            await answer
