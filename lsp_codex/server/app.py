"""The application: FEATURES and COMMANDS put on a pygls server, each handler with the same wrapper."""

from __future__ import annotations

import logging
import time
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

from lsp_codex import __version__
from lsp_codex.errors import LspCodexError
from lsp_codex.server.commands import COMMANDS
from lsp_codex.server.errors import invalid_params, to_json_rpc
from lsp_codex.server.features import FEATURES
from lsp_codex.server.protocol import CodexServer
from lsp_codex.server.session import Session

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable

    from lsp_codex.server.handlers import Handler
    from lsp_codex.server.services import World

log = logging.getLogger(__name__)


@asynccontextmanager
async def build(world: World) -> AsyncIterator[CodexServer]:
    """A server with everything of ours on it; leaving closes what its session opened."""
    server = CodexServer("lsp-codex", __version__)
    session = Session(server, world)
    for feature in FEATURES:
        server.feature(feature.method, feature.options)(_for_method(feature.method, feature.handler, session))
    for command in COMMANDS:
        server.command(command.id)(_for_command(command.id, command.handler, session))
    try:
        yield server
    finally:
        await session.aclose()


def _for_method(name: str, handler: Handler, session: Session) -> Callable[[Any], Awaitable[object]]:
    async def call(params: Any = None) -> object:
        return await run_handler(name, handler, session, params)

    return call


def _for_command(name: str, handler: Handler, session: Session) -> Callable[..., Awaitable[object]]:
    async def call(*arguments: Any) -> object:
        argument = arguments[0] if arguments and arguments[0] is not None else {}
        if not isinstance(argument, dict) or len(arguments) > 1:
            raise invalid_params(f"{name} takes one JSON object, or nothing.")
        return await run_handler(name, handler, session, argument)

    return call


async def run_handler(name: str, handler: Handler, session: Session, params: Any) -> object:
    """What every handler gets: the session, a time in the log, our errors mapped once."""
    start = time.perf_counter()
    try:
        return await handler(session, params)
    except LspCodexError as error:
        log.info("%s failed: %s", name, error)
        raise to_json_rpc(error) from None
    finally:
        log.debug("%s took %.1f ms", name, (time.perf_counter() - start) * 1000)
