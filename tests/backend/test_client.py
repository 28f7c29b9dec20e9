"""The client against a backend of one function, on the virtual clock; the small questions stand apart."""

from __future__ import annotations

import asyncio
import json
from functools import partial
from typing import TYPE_CHECKING, Any

import httpx2
import pytest

from lsp_codex import errors
from lsp_codex.backend.client import IDLE, Latency
from lsp_codex.backend.limits import RateLimits, Window
from tests.backend.helpers import (
    ASK,
    BASE,
    COMPLETED,
    Chunks,
    Source,
    client_of,
    delta,
    item_done,
    recorded,
    sse,
    stream_of,
    streaming,
)

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

REASONING_DONE = {"type": "response.output_item.done", "item": {"type": "reasoning", "summary": []}}
LIMITS_EVENT = {"type": "codex.rate_limits", "rate_limits": {"primary": {"used_percent": 99}}}

TEXTS: dict[str, tuple[tuple[dict[str, Any] | str, ...], str]] = {
    "only in deltas": ((delta("a"), delta("b"), COMPLETED), "ab"),
    "only in the finished item": ((item_done("ab"), COMPLETED), "ab"),
    "in both": ((delta("a"), delta("b"), item_done("ab"), COMPLETED), "ab"),
    "the item brings the rest": ((delta("a"), item_done("ab"), COMPLETED), "ab"),
    "the item disagrees": ((delta("a"), item_done("b"), COMPLETED), "a"),
    "two messages": ((delta("a"), item_done("a"), delta("b"), item_done("b"), COMPLETED), "ab"),
    "two equal messages": ((delta("a"), item_done("a"), delta("a"), item_done("a"), COMPLETED), "aa"),
    "two messages, one without deltas": ((delta("a"), item_done("a"), item_done("b"), COMPLETED), "ab"),
    "reasoning between": ((REASONING_DONE, delta("a"), REASONING_DONE, item_done("a"), COMPLETED), "a"),
    "unknown events and what is not JSON": ((delta("a"), {"type": "x.y"}, "[DONE]", "{", COMPLETED), "a"),
    "an error event that ends nothing": (
        (delta("a"), {"type": "error", "message": "m"}, delta("b"), COMPLETED),
        "ab",
    ),
    "nothing at all": ((COMPLETED,), ""),
    "nothing after the end counts": ((delta("a"), COMPLETED, delta("b")), "a"),
    "as recorded": (
        (*recorded("responses-lite")["streamed_answer"]["events"],),
        "Hello from the fake backend. ",
    ),
}


@pytest.mark.parametrize(("events", "text"), TEXTS.values(), ids=TEXTS.keys())
async def test_the_text_comes_once(events: tuple[dict[str, Any] | str, ...], text: str) -> None:
    """Wherever the backend puts it, and never doubled."""
    async with client_of(lambda _: stream_of(*events)) as client:
        assert await client.text(ASK) == text


@pytest.mark.parametrize("size", [1, 2, 7, 1_000])
async def test_chunks_may_end_anywhere(size: int) -> None:
    """Also inside a character and a CRLF; and the body may end without a blank line."""
    body = (
        (b"\xef\xbb\xbf: hi\n\n" + sse(delta("é😀"), delta("\r\n")) + sse(COMPLETED)).replace(b"\n", b"\r\n").rstrip()
    )

    async def chunks() -> AsyncIterator[bytes]:
        for at in range(0, len(body), size):
            yield body[at : at + size]

    async with client_of(lambda _: streaming(Chunks(chunks()))) as client:
        assert await client.text(ASK) == "é😀\r\n"


async def test_the_end_is_the_completed_event() -> None:
    """Nobody waits for a server that keeps the connection open after it."""
    loop = asyncio.get_running_loop()

    async def body() -> AsyncIterator[bytes]:
        yield sse(delta("a"), COMPLETED)
        await asyncio.sleep(1_000)

    chunks = Chunks(body())
    async with client_of(lambda _: streaming(chunks)) as client:
        started = loop.time()
        assert await client.text(ASK) == "a"
        assert loop.time() - started < 0.2
        assert chunks.closed


FAILED = {"type": "response.failed", "response": {"error": {"code": "server_error", "message": "m"}}}
INCOMPLETE = {"type": "response.incomplete", "response": {"incomplete_details": {"reason": "content_filter"}}}
FLEX = {"type": "error", "error": {"code": "flex_unavailable", "message": "m"}}


@pytest.mark.parametrize(
    ("event", "words"), [(FAILED, "server_error"), (INCOMPLETE, "content_filter"), (FLEX, "flex_unavailable")]
)
async def test_a_failure_ends_at_its_event(event: dict[str, Any], words: str) -> None:
    """Within a second, though the server neither completes nor closes; the text before it has been given."""
    loop = asyncio.get_running_loop()

    async def body() -> AsyncIterator[bytes]:
        yield sse(delta("a"))
        yield sse(event)
        await asyncio.sleep(1_000)

    chunks, got = Chunks(body()), []
    async with client_of(lambda _: streaming(chunks, **{"x-request-id": "req_1"})) as client:
        started = loop.time()
        with pytest.raises(errors.ResponseFailed, match=words) as caught:
            async with client.stream(ASK) as pieces:
                async for piece in pieces:
                    got.append(piece)  # noqa: PERF401  (a comprehension would lose it with the error)
        assert loop.time() - started < 1
    assert got == ["a"]
    assert caught.value.request_id == "req_1"
    assert chunks.closed


async def test_an_end_without_completed_is_cut_off() -> None:
    """A clean end of the body is no end of the answer."""
    async with client_of(lambda _: stream_of(delta("a"))) as client:
        with pytest.raises(errors.Unreadable, match="cut off"):
            await client.text(ASK)


async def test_an_error_event_explains_a_cut() -> None:
    """Alone it ends nothing (spec/backend.md 2.3), but if nothing follows it is the reason."""
    error = {"type": "error", "error": {"code": "server_error", "message": "why"}}
    async with client_of(lambda _: stream_of(delta("a"), error)) as client:
        with pytest.raises(errors.ResponseFailed, match="why"):
            await client.text(ASK)


async def test_a_server_that_never_answers_times_out() -> None:
    """After a minute, exactly; also before the first byte."""
    loop = asyncio.get_running_loop()

    async def never(_request: httpx2.Request) -> httpx2.Response:
        await asyncio.Event().wait()
        raise AssertionError

    async with client_of(never) as client:
        started = loop.time()
        with pytest.raises(errors.TimedOut):
            await client.text(ASK)
        assert loop.time() - started == IDLE


async def test_what_the_request_is() -> None:
    """POST to the base address, with the headers of the request, the client and the credential."""
    seen: list[httpx2.Request] = []

    def answer(request: httpx2.Request) -> httpx2.Response:
        seen.append(request)
        return stream_of(COMPLETED)

    async with client_of(answer) as client:
        await client.text(ASK)
    (request,) = seen
    assert (request.method, str(request.url)) == ("POST", f"{BASE}/codex/responses")
    expected = {
        "accept": "text/event-stream",
        "content-type": "application/json",
        "authorization": "Bearer tok-1",
        "chatgpt-account-id": "acct-1",
        "originator": "lsp_codex",
        "session-id": ASK.cache_key,
        "thread-id": ASK.cache_key,
        "accept-encoding": "identity",
    }
    assert {name: request.headers[name] for name in expected} == expected
    assert json.loads(request.content)["prompt_cache_key"] == ASK.cache_key


async def test_a_401_is_followed_by_one_renewal_and_one_more_request() -> None:
    """The stream then goes on as if nothing had happened."""
    source = Source()

    def answer(request: httpx2.Request) -> httpx2.Response:
        if request.headers["authorization"] == "Bearer tok-1":
            return httpx2.Response(401, json={"error": {"code": "token_expired"}})
        return stream_of(delta("a"), COMPLETED)

    async with client_of(answer, source) as client:
        assert await client.text(ASK) == "a"
    assert source.renewals == 1


async def test_a_second_401_says_sign_in_again_and_asks_no_more() -> None:
    """Never more than two requests and one renewal, then none until there is another credential (pain 8)."""
    source, requests = Source(stuck=True), []

    def answer(request: httpx2.Request) -> httpx2.Response:
        requests.append(request)
        return httpx2.Response(401, json={"error": {"code": "token_invalidated"}})

    async with client_of(answer, source) as client:
        for _ in range(3):
            with pytest.raises(errors.CredentialsRejected) as caught:
                await client.text(ASK)
            assert "codex.signIn" in caught.value.for_person()
    assert (len(requests), source.renewals) == (2, 1)


async def test_an_answer_that_is_no_stream_is_unreadable() -> None:
    """A captive portal answers 200 with a page; its connection is closed at once."""

    async def page() -> AsyncIterator[bytes]:
        yield b"<html>Log in to the WLAN"
        await asyncio.sleep(1_000)

    body = Chunks(page())
    async with client_of(lambda _: streaming(body, **{"content-type": "text/html; charset=utf-8"})) as client:
        with pytest.raises(errors.Unreadable, match="text/html"):
            await client.text(ASK)
        assert body.closed


def _refused(body: Chunks, _request: httpx2.Request) -> httpx2.Response:
    return httpx2.Response(400, stream=body)


async def test_the_body_of_an_error_is_read_within_limits() -> None:
    """A body without end or without speed does not hold up the error."""
    loop = asyncio.get_running_loop()

    async def slow() -> AsyncIterator[bytes]:
        yield b'{"detail": "because"}'
        await asyncio.sleep(1_000)

    async def endless() -> AsyncIterator[bytes]:
        while True:
            yield b" " * 65_536

    for chunks in (slow(), endless()):
        body = Chunks(chunks)
        async with client_of(partial(_refused, body)) as client:
            started = loop.time()
            with pytest.raises(errors.RequestRefused):
                await client.text(ASK)
            assert loop.time() - started <= 5
            assert body.closed


async def test_an_error_of_the_caller_passes_unchanged() -> None:
    """Inside the block the caller's own time limit is the caller's, and the connection is closed."""

    async def body() -> AsyncIterator[bytes]:
        yield sse(delta("a"))
        await asyncio.sleep(1_000)

    chunks = Chunks(body())
    async with client_of(lambda _: streaming(chunks)) as client:

        async def read() -> None:
            async with asyncio.timeout(5), client.stream(ASK) as pieces:
                async for _ in pieces:
                    pass

        with pytest.raises(TimeoutError):
            await read()
    assert chunks.closed


async def test_latency_is_measured() -> None:
    """From asking to the first text, and until the reader had enough; seconds of the loop's clock."""

    async def body() -> AsyncIterator[bytes]:
        await asyncio.sleep(0.25)
        yield sse(REASONING_DONE)
        await asyncio.sleep(0.25)
        yield sse(delta("a"))
        await asyncio.sleep(0.5)
        yield sse(COMPLETED)

    async with client_of(lambda _: streaming(Chunks(body()))) as client:
        await client.text(ASK)
        assert client.latency == Latency(1.0, 1.0), "a whole text has no first piece"
        async with client.stream(ASK) as pieces:
            assert [piece async for piece in pieces] == ["a"]
        assert client.latency == Latency(0.5, 1.0)
        async with client.stream(ASK) as pieces:
            await anext(aiter(pieces))
            await asyncio.sleep(0.25)
        assert client.latency == Latency(0.5, 0.75)
    async with client_of(lambda _: stream_of(COMPLETED)) as client:
        await client.text(ASK)
        assert client.latency == Latency(None, 0.0)


async def test_limits_come_with_every_answer_good_or_bad() -> None:
    """The headers count, an event of the stream does not (spec/backend.md 5.3), and silence keeps what was known."""
    used = iter(({"x-codex-primary-used-percent": "10"}, {}, {"x-codex-primary-used-percent": "100"}))

    def answer(_request: httpx2.Request) -> httpx2.Response:
        headers = next(used)
        if headers.get("x-codex-primary-used-percent") == "100":
            return httpx2.Response(429, headers=headers, json={"error": {"type": "usage_limit_reached"}})
        return stream_of(LIMITS_EVENT, COMPLETED, **headers)

    async with client_of(answer) as client:
        assert client.limits is None
        for _ in range(2):
            await client.text(ASK)
            assert client.limits == RateLimits(primary=Window(10))
        with pytest.raises(errors.UsageLimitReached):
            await client.text(ASK)
        assert client.limits == RateLimits(primary=Window(100))
