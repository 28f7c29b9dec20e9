"""Small questions: a JSON object, or the error for what came instead, in time."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import httpx2
import pytest

from lsp_codex import errors
from lsp_codex.backend.questions import Answer, ask, error_body
from tests.backend.helpers import Chunks, streaming

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

URL = "https://backend.test/x"


async def asked(response: httpx2.Response) -> Answer:
    """One question that ``response`` answers."""
    async with httpx2.AsyncClient(transport=httpx2.MockTransport(lambda _: response)) as http:
        return await ask(http, URL, httpx2.Auth(), 5, 0.0)


async def test_the_object_and_its_headers() -> None:
    """The headers say which edition it is."""
    answer = await asked(httpx2.Response(200, json={"a": 1}, headers={"etag": "e"}))
    assert (answer.json, answer.headers["etag"]) == ({"a": 1}, "e")


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b"\xff", b"[" * 100_000])
async def test_what_is_no_object_is_unreadable(content: bytes) -> None:
    """With the service's name for the request."""
    with pytest.raises(errors.Unreadable) as caught:
        await asked(httpx2.Response(200, content=content, headers={"x-request-id": "r"}))
    assert caught.value.request_id == "r"


async def test_an_answer_that_is_no_200_is_its_error() -> None:
    """By the same table as everything else."""
    with pytest.raises(errors.Overloaded):
        await asked(httpx2.Response(503))


async def test_the_time_limit_is_exact() -> None:
    """Nobody types on against a question that hangs."""
    loop = asyncio.get_running_loop()

    async def never(_request: httpx2.Request) -> httpx2.Response:
        await asyncio.Event().wait()
        raise AssertionError

    async with httpx2.AsyncClient(transport=httpx2.MockTransport(never)) as http:
        started = loop.time()
        with pytest.raises(errors.TimedOut):
            await ask(http, URL, httpx2.Auth(), 5, 0.0)
        assert loop.time() - started == 5


async def test_the_body_of_an_error_is_what_comes_in_time() -> None:
    """The beginning is enough."""

    async def slow() -> AsyncIterator[bytes]:
        yield b"x" * 10
        await asyncio.sleep(1_000)

    assert await error_body(streaming(Chunks(slow()))) == b"x" * 10
