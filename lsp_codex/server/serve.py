"""One session from its first byte to its end: over any transport, over stdio, over TCP."""

from __future__ import annotations

import asyncio
import logging
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from lsp_codex.server.protocol import CodexServer
    from lsp_codex.server.transport import Ending, Transport

log = logging.getLogger(__name__)


async def serve(server: CodexServer, transport: Transport) -> int:
    """Serve one editor until the session is over; the exit code of the process."""
    over: asyncio.Future[Ending] = asyncio.get_running_loop().create_future()

    def ended(how: Ending) -> None:
        if not over.done():
            over.set_result(how)

    server.protocol.connect(transport, ended)
    transport.start(server.protocol.data_received, ended)
    try:
        how = await over
        log.info("the session is over: %s", how.value)
    finally:
        await server.protocol.aclose()
        await transport.aclose()
    return server.protocol.exit_code
