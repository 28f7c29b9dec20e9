"""The way in without a socket, where it differs from what the contract test shows for both ways."""

from __future__ import annotations

import asyncio

import httpx2
import pytest

from lsp_codex.sandbox import replies
from tests.sandbox.ways import Way, body


async def test_the_host_does_not_matter(near: Way) -> None:
    """Issuer and backend may be given any address; the path decides."""
    answer = await near.http.get("https://elsewhere.invalid/backend-api/wham/usage", headers=near.bearer())
    assert answer.status_code == 200


async def test_cancelling_the_reader_reaches_the_sandbox(near: Way) -> None:
    """A cancelled task closes its request, during the stream and before it."""
    for reply in (replies.slow("a b", 5.0), replies.silent()):
        near.codex.script(reply)
        task = asyncio.create_task(near.ask(body()))
        await asyncio.sleep(1)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        assert near.codex.requests[-1].client_left


async def test_the_read_limit_counts_between_chunks(near: Way) -> None:
    """As on a socket: a slow start is as bad as a pause in the middle, a steady stream is fine."""
    near.http.timeout = httpx2.Timeout(2.0)
    near.codex.script(replies.slow("a b c d", 1.5, 1.5), replies.slow("a b", 3.0), replies.slow("a b", 0.0, 3.0))
    assert (await near.ask(body())).status_code == 200
    for _ in range(2):
        with pytest.raises(httpx2.ReadTimeout):
            await near.ask(body())
        assert near.codex.requests[-1].client_left
