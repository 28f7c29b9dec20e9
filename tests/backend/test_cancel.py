"""Five hundred answers given up on real sockets: nothing is left behind, and the next request works."""

from __future__ import annotations

import asyncio
import os
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from lsp_codex.backend.client import CodexClient
from lsp_codex.backend.http import HttpPool
from lsp_codex.config import Network
from lsp_codex.sandbox import replies
from lsp_codex.sandbox.codex import SandboxCodex
from lsp_codex.sandbox.loopback import serve
from tests.backend.helpers import ASK
from tests.backend.test_held import Source
from tests.harness.tls import private_tls
from tests.sandbox.ways import until

if TYPE_CHECKING:
    from lsp_codex.backend.held import Transport

TIMES = 500


def descriptors() -> int:
    """How many files and sockets this process has open."""
    return len(os.listdir("/proc/self/fd"))  # noqa: PTH208


async def give_up(client: CodexClient, codex: SandboxCodex, number: int) -> None:
    """Ask, and leave: before the answer, at its first piece, by cancellation, twice cancelled."""
    codex.script(replies.slow("one two three", 0.0, 60.0))
    if number % 4 == 0:
        async with client.stream(ASK) as pieces:
            await anext(pieces)
        return
    asked = asyncio.create_task(client.text(ASK))
    for _ in range(number % 7):
        await asyncio.sleep(0)
    if number % 4 == 1:
        await asyncio.sleep(0.002)
    asked.cancel()
    if number % 4 == 2:
        await asyncio.sleep(0)
        asked.cancel()
    await asyncio.gather(asked, return_exceptions=True)


@pytest.mark.real_time
@pytest.mark.timeout(60)
@pytest.mark.skipif(not Path("/proc/self/fd").exists(), reason="counts descriptors as Linux shows them")
@pytest.mark.parametrize("transport", ["sse", "websocket", "auto"])
@pytest.mark.parametrize("secured", [False, True])
async def test_500_answers_given_up_leave_nothing_behind(transport: Transport, secured: bool, tmp_path: Path) -> None:
    """No connection, no descriptor, no task; every one that was answered at all was seen to be left."""
    codex = SandboxCodex()
    tls = private_tls(tmp_path) if secured else None
    async with serve(codex, tls=tls.server if tls else None) as address:
        pool = HttpPool(settings=Network(ca_certificate=tls.authority if tls else None))
        client = CodexClient(pool.client, Source(codex), f"{address}/backend-api", transport=transport)
        assert await client.text(ASK) is not None
        before, tasks = descriptors(), len(asyncio.all_tasks())
        for number in range(TIMES):
            client.make_ready()
            await give_up(client, codex, number)
        codex._script.clear()
        codex.script(replies.text("still here"))
        assert await client.text(ASK) == "still here"
        # Two sockets and a connection at most, each with two ends here and three tasks.
        await until(lambda: descriptors() <= before + 6)
        await until(lambda: len(asyncio.all_tasks()) <= tasks + 12)
        kept = pool.client()._transport._pool  # type: ignore[attr-defined]  # the library offers no other way to ask
        await until(lambda: len(kept.connections) <= 3 and len(kept._requests) <= 3)
        await until(lambda: all(request.answered or request.client_left for request in codex.requests))
        await client.aclose()
        await pool.aclose()
        await until(lambda: descriptors() <= before)
