"""The application: FEATURES and COMMANDS put on a pygls server, with the session that they share."""

from __future__ import annotations

from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

from lsp_codex import __version__
from lsp_codex.server.commands import COMMANDS
from lsp_codex.server.features import FEATURES
from lsp_codex.server.protocol import CodexServer
from lsp_codex.server.session import Session

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from lsp_codex.server.world import World


@asynccontextmanager
async def build(world: World) -> AsyncIterator[CodexServer]:
    """A server with everything of ours on it; leaving closes what its session opened."""
    server = CodexServer("lsp-codex", __version__)
    session = Session(server, world)
    for feature in FEATURES:
        server.feature(feature.method, feature.options)(feature.bound(session))
    for command in COMMANDS:
        server.command(command.id)(command.bound(session))
    try:
        yield server
    finally:
        await session.aclose()
