"""Work that the editor shows and cancels, over the in-memory wire."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

import pytest

from lsp_codex.auth.store import MemoryStore
from lsp_codex.server.app import build
from lsp_codex.server.progress import showing
from lsp_codex.server.world import World
from tests.harness.wire import connected

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from lsp_codex.server.protocol import CodexServer
    from tests.harness.wire import Client

SHOWS = {"window": {"workDoneProgress": True}}
CREATE = "window/workDoneProgress/create"
CANCEL = "window/workDoneProgress/cancel"


@asynccontextmanager
async def session(capabilities: dict[str, Any]) -> AsyncIterator[tuple[CodexServer, Client]]:
    """A server and a client that has introduced itself."""
    async with build(World(store=MemoryStore())) as server, connected(server) as client:
        await client.initialize(capabilities=capabilities)
        yield server, client


def told(client: Client) -> list[dict[str, Any]]:
    """What was shown, without the token."""
    return [params["value"] for method, params in client.notifications if method == "$/progress"]


def tokens(client: Client) -> set[Any]:
    """The tokens that it was shown on."""
    return {params["token"] for method, params in client.notifications if method == "$/progress"}


async def turns(count: int = 8) -> None:
    """Let messages arrive."""
    for _ in range(count):
        await asyncio.sleep(0)


async def test_a_created_token_shows_begin_report_and_end() -> None:
    """The token that was created, and what happens on it, with the discriminators that LSP wants."""
    async with session(SHOWS) as (server, client):
        with showing(server, "Codex: document", message="asking") as progress:
            await turns()
            progress.tell("3 tokens")
            await turns()
        await turns()
        assert told(client) == [
            {"kind": "begin", "title": "Codex: document", "message": "asking", "cancellable": True},
            {"kind": "report", "message": "3 tokens", "cancellable": True},
            {"kind": "end", "message": "Done"},
        ]
        created = [request["params"]["token"] for request in client.requests if request["method"] == CREATE]
        assert tokens(client) == set(created)


async def test_the_clients_own_token_needs_no_create() -> None:
    """A ``workDoneToken`` is used as it is, also by a client that cannot create one."""
    async with session({}) as (server, client):
        with showing(server, "Codex", token=7):
            pass
        await turns()
        assert [value["kind"] for value in told(client)] == ["begin", "end"]
        assert tokens(client) == {7}


@pytest.mark.parametrize("reply", [None, {"error": {"code": -32603, "message": "no"}}])
async def test_without_an_answer_to_create_nothing_is_shown(reply: dict[str, Any] | None) -> None:
    """A client that refuses the token, or never answers, is shown nothing, and the work goes on."""
    async with session(SHOWS) as (server, client):
        client.replies[CREATE] = reply
        with showing(server, "Codex") as progress:
            progress.tell("on")
            await turns()
        await turns()
        assert told(client) == []


async def test_a_client_without_progress_is_asked_for_nothing() -> None:
    """No token is created and nothing is sent."""
    async with session({}) as (server, client):
        with showing(server, "Codex") as progress:
            progress.tell("on")
            await turns()
        assert told(client) == []
        assert client.requests == []


async def test_a_late_answer_to_create_shows_nothing() -> None:
    """Work that ended before its token was there is never begun: nobody would end it."""
    async with session(SHOWS) as (server, client):
        with showing(server, "Codex"):
            pass
        await turns()
        assert told(client) == []


async def test_cancel_stops_the_task() -> None:
    """The editor's cancel ends the work where it waits, and the end is shown."""
    async with session(SHOWS) as (server, client):

        async def work() -> None:
            with showing(server, "Codex", token="mine"):
                await asyncio.Event().wait()

        task = asyncio.create_task(work())
        await turns()
        client.notify(CANCEL, {"token": "another"})
        await turns()
        assert not task.done()
        client.notify(CANCEL, {"token": "mine"})
        await asyncio.wait({task}, timeout=1)
        assert task.cancelled()
        await turns()
        assert told(client)[-1] == {"kind": "end", "message": "Stopped"}
        assert "mine" not in server.protocol.progress.tokens


async def test_counts_are_shown_ten_times_a_second() -> None:
    """However fast the tokens come, the editor is not flooded; what is told is always shown."""
    async with session(SHOWS) as (server, client):
        with showing(server, "Codex", token=1) as progress:
            for number in range(8):
                progress.count(f"{number} tokens")
                await asyncio.sleep(0.0625)
            progress.tell("checking")
            await turns()
        messages = [value.get("message") for value in told(client) if value["kind"] == "report"]
        assert messages == ["0 tokens", "2 tokens", "4 tokens", "6 tokens", "checking"]
