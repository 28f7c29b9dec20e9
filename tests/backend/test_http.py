"""The one client of the process: made late, once, and closed with its owner."""

from __future__ import annotations

import asyncio
import subprocess
import sys

import httpx2
import pytest

from lsp_codex.backend.http import HttpPool
from lsp_codex.errors import Unanswered


def answer(_request: httpx2.Request) -> httpx2.Response:
    """Anything."""
    return httpx2.Response(204)


async def test_there_is_one_client() -> None:
    """Connections are worth keeping only if everybody uses the same ones."""
    pool = HttpPool(httpx2.MockTransport(answer))
    assert pool.client() is pool.client()
    await pool.prewarm()
    assert (await pool.client().get("https://backend.test")).status_code == 204
    await pool.aclose()


async def test_prewarming_builds_the_client_elsewhere() -> None:
    """Reading the certificates takes 15 ms that no keystroke should wait for."""
    pool = HttpPool()
    await pool.prewarm()
    made = pool.client()
    await asyncio.gather(pool.prewarm(), pool.prewarm())
    assert pool.client() is made
    await pool.aclose()


async def test_a_client_made_while_prewarming_stays() -> None:
    """Whoever is faster wins, and there is still one."""
    pool = HttpPool()
    warming = asyncio.create_task(pool.prewarm())
    await asyncio.sleep(0)
    made = pool.client()
    await warming
    assert pool.client() is made
    await pool.aclose()


async def test_after_closing_there_is_none() -> None:
    """A request that comes too late, as a setting was changed, makes no new connection; closing twice is nothing."""
    unused, used = HttpPool(), HttpPool(httpx2.MockTransport(answer))
    client = used.client()
    for pool in (unused, used):
        await pool.aclose()
        await pool.aclose()
        await pool.prewarm()
        with pytest.raises(Unanswered, match="setting was changed"):
            pool.client()
    assert client.is_closed


def test_making_the_pool_imports_nothing() -> None:
    """Starting the server does not pay for HTTP."""
    code = (
        "import sys; from lsp_codex.backend.http import HttpPool; from lsp_codex.backend.client import CodexClient;"
        "CodexClient(HttpPool().client, None, ''); print('httpx2' in sys.modules, 'http.cookiejar' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=15)
    assert done.stdout.split() == ["False", "False"]
