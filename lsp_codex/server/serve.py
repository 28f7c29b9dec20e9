"""One session from its first byte to its end: over any transport, over stdio, over TCP."""

from __future__ import annotations

import asyncio
import logging
import os
import signal
import threading
from typing import TYPE_CHECKING

from lsp_codex.server.transport import Ending
from lsp_codex.tasks import Tasks

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine
    from contextlib import AbstractAsyncContextManager

    from lsp_codex.server.protocol import CodexServer
    from lsp_codex.server.transport import Transport

    Build = Callable[[], AbstractAsyncContextManager[CodexServer]]
    Ended = Callable[[Ending], None]
    # Ends the process with a code, whatever still runs.
    LastResort = Callable[[int], None]

log = logging.getLogger(__name__)

# From the end of a session to the end of the process, in seconds: closing is given this long, then it is cut off.
GRACE = 1.8

_DRAIN = 0.5  # for messages that came before the end of the input
_SIGNALS = (signal.SIGINT, signal.SIGTERM)


async def serve(
    server: CodexServer, transport: Transport, *, signals: bool = False, last_resort: LastResort | None = None
) -> int:
    """Serve one editor until the session is over; the exit code: 0 if it said ``shutdown``, otherwise 1.

    With ``signals`` SIGINT and SIGTERM end it; ``last_resort`` is called :data:`GRACE` seconds after its end.
    """
    over: asyncio.Future[Ending] = asyncio.get_running_loop().create_future()

    def ended(how: Ending) -> None:
        if not over.done():
            over.set_result(how)

    protocol = server.protocol
    async with Tasks() as tasks:

        def watch(pid: int) -> None:
            _ = tasks.spawn(_end_with(pid, ended), "parent watch")

        protocol.connect(transport, ended, watch)
        if signals:
            _end_on_signals(ended)
        transport.start(protocol.data_received, ended)
        try:
            how = await over
            log.log(_level(how), "the session is over: %s", how.value)
            if how is Ending.END_OF_INPUT:
                await protocol.drain(_DRAIN)
        finally:
            if last_resort is not None:
                _schedule(last_resort, protocol.exit_code)
            await protocol.aclose()
            await transport.aclose()
    return protocol.exit_code


def run_stdio(build: Build, *, last_resort: LastResort = os._exit) -> int:
    """Serve the editor that started us; the exit code. Raises :class:`~lsp_codex.server.stdio.NoStandardStreams`."""
    from lsp_codex.server.stdio import StdioTransport, claim

    source, sink = claim()

    async def session() -> int:
        async with build() as server:
            return await serve(server, StdioTransport(source, sink), signals=True, last_resort=last_resort)

    return _run(session)


def run_tcp(
    build: Build,
    host: str,
    port: int,
    *,
    exposed: bool = False,
    ready: Callable[[str, int], None] | None = None,
    last_resort: LastResort = os._exit,
) -> int:
    """Serve the first editor that connects; the exit code.

    ``ready`` is told the address that was bound. ``exposed`` permits one that other machines can reach: whoever
    connects uses the account of the user. Raises :class:`~lsp_codex.server.tcp.ExposedAddress` or ``OSError``.
    """
    from lsp_codex.server.tcp import accept_one

    async def session() -> int:
        transport = await accept_one(host, port, exposed=exposed, ready=ready)
        async with build() as server:
            return await serve(server, transport, signals=True, last_resort=last_resort)

    return _run(session)


def _run(session: Callable[[], Coroutine[None, None, int]]) -> int:
    try:
        return asyncio.run(session())
    except KeyboardInterrupt:
        return 1  # before the session has begun


def _level(how: Ending) -> int:
    """Whether people have to look at this end."""
    return logging.ERROR if how is Ending.NOT_READING else logging.INFO


async def _end_with(pid: int, ended: Ended) -> None:
    from lsp_codex.server.watch import process_ended

    try:
        await process_ended(pid)
    except ProcessLookupError:
        log.warning("the editor says that it is process %d, which is not one here: its end is not watched", pid)
    else:
        ended(Ending.PARENT_GONE)


def _schedule(last_resort: LastResort, code: int) -> None:
    """A thread, because what has to be cut off may be a loop or an executor that hangs."""
    timer = threading.Timer(GRACE, last_resort, (code,))
    timer.daemon = True
    timer.start()


def _end_on_signals(ended: Ended) -> None:
    """As long as the loop lives: a second signal must not cut off what is being saved at the end."""
    loop = asyncio.get_running_loop()
    try:
        for number in _SIGNALS:
            loop.add_signal_handler(number, ended, Ending.SIGNAL)
    except NotImplementedError:  # Windows: its loop is woken by every signal, but keeps no handlers
        for number in _SIGNALS:
            signal.signal(number, lambda *_: loop.call_soon_threadsafe(ended, Ending.SIGNAL))
