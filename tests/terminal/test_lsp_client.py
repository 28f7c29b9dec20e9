"""A server process and the conversation with it."""

from __future__ import annotations

import os
import sys

import pytest

from lsp_codex.terminal.lsp_client import LspClient
from lsp_codex.terminal.rpc import ServerEnded

pytestmark = pytest.mark.real_time


async def test_the_server_is_started_asked_and_stopped() -> None:
    """initialize is answered; after the block the process has ended as LSP wants it, with 0."""
    command = (sys.executable, "-m", "lsp_codex", "serve")
    async with LspClient.start(command, os.environ) as client:
        answer = await client.request("initialize", {"processId": None, "rootUri": None, "capabilities": {}})
        assert answer["serverInfo"]["name"] == "lsp-codex"
    assert client.process.returncode == 0


async def test_a_server_that_dies_ends_the_waiting() -> None:
    """No request waits for a process that is gone."""
    async with LspClient.start((sys.executable, "-c", "input()"), os.environ) as client:
        with pytest.raises(ServerEnded):
            await client.request("initialize", {})


async def test_a_server_that_does_not_stop_is_killed() -> None:
    """Nobody waits longer than three seconds for the end."""
    deaf = "import sys, time\nfor line in sys.stdin: pass\ntime.sleep(60)"
    async with LspClient.start((sys.executable, "-c", deaf), os.environ) as client:
        pass
    assert client.process.returncode == -9
