"""The client as the owner of tokens: what happens to the question when the connection or the asker goes."""

from __future__ import annotations

import asyncio

import pytest

from lsp_codex.auth.store import MemoryStore
from lsp_codex.errors import RefreshFailed
from lsp_codex.server.app import build
from lsp_codex.server.parent import METHOD, ClientAsParent
from lsp_codex.server.world import World
from tests.harness.wire import connected


async def test_a_connection_that_goes_away_cancels_the_question() -> None:
    """With the text of the reference."""
    async with build(World(store=MemoryStore())) as server, connected(server) as client:
        await client.initialize()
        client.replies[METHOD] = None
        asking = asyncio.create_task(ClientAsParent(server)("acct"))
        await asyncio.sleep(1)
        await client.transport.aclose()
        with pytest.raises(RefreshFailed, match="auth refresh request canceled: "):
            await asking


async def test_an_asker_that_goes_away_says_nothing() -> None:
    """No ``$/cancelRequest``; a late answer is ignored, and nothing is kept for it."""
    async with build(World(store=MemoryStore())) as server, connected(server) as client:
        await client.initialize()
        client.replies[METHOD] = None
        asking = asyncio.create_task(ClientAsParent(server)("acct"))
        await asyncio.sleep(1)
        asking.cancel()
        await asyncio.sleep(1)
        assert [m for m, _ in client.notifications if m == "$/cancelRequest"] == []
        assert server.protocol._asked._open == {}
        client.send({"jsonrpc": "2.0", "id": client.requests[0]["id"], "result": {}})
        await asyncio.sleep(1)
