"""The application as a client meets it."""

from __future__ import annotations

from lsp_codex.server.app import build
from lsp_codex.server.commands import COMMANDS
from lsp_codex.server.world import World
from tests.harness.wire import connected


async def test_every_feature_and_command_is_announced() -> None:
    """Ghost text is announced statically and always; the commands are those of the table."""
    async with build(World()) as server, connected(server) as client:
        answer = await client.initialize()
        capabilities = answer["capabilities"]
        assert capabilities["inlineCompletionProvider"] == {}
        assert sorted(capabilities["executeCommandProvider"]["commands"]) == sorted(c.id for c in COMMANDS)
        assert answer["serverInfo"]["name"] == "lsp-codex"
