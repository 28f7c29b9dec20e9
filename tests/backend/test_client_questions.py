"""The client's small questions: models, usage; and what it forgets when the account changes."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import httpx2
import pytest

from lsp_codex import errors
from lsp_codex.backend.models import BUNDLED
from lsp_codex.backend.questions import LARGEST_ANSWER, LISTING
from lsp_codex.backend.route import CATALOGUE_VERSION
from tests.backend.helpers import ASK, BASE, COMPLETED, Chunks, Source, client_of, recorded, stream_of

if TYPE_CHECKING:
    from collections.abc import AsyncIterator


async def test_usage_is_asked_and_remembered() -> None:
    """GET wham/usage, whose main limit is then the last one known."""
    seen: list[str] = []

    def answer(request: httpx2.Request) -> httpx2.Response:
        seen.append(str(request.url))
        return httpx2.Response(200, json=recorded("usage")["usage"])

    async with client_of(answer) as client:
        usage = await client.usage()
        assert client.limits is usage.main
    assert usage.main.plan == "plus"
    assert seen == [f"{BASE}/wham/usage"]


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b"\xff", b"[" * 100_000])
async def test_an_answer_that_is_not_json_is_unreadable(content: bytes) -> None:
    """Said as such, and not as a traceback."""
    async with client_of(lambda _: httpx2.Response(200, content=content)) as client:
        with pytest.raises(errors.Unreadable):
            await client.usage()


async def test_an_answer_is_read_to_a_limit_and_no_further() -> None:
    """However much it unpacks to: a megabyte of gzip can be a gigabyte of blanks."""
    given = 0

    async def endless() -> AsyncIterator[bytes]:
        nonlocal given
        while given < 10 * LARGEST_ANSWER:
            given += 1_048_576
            yield b" " * 1_048_576

    body = Chunks(endless())
    async with client_of(lambda _: httpx2.Response(200, stream=body)) as client:
        with pytest.raises(errors.Unreadable):
            await client.usage()
    assert given == LARGEST_ANSWER
    assert body.closed


async def test_models_are_those_of_the_service() -> None:
    """One question with the version of the protocol that we speak; the answer is kept."""
    seen: list[httpx2.Request] = []

    def answer(request: httpx2.Request) -> httpx2.Response:
        seen.append(request)
        return httpx2.Response(200, json={"models": [{"slug": "only"}, {"bad": 1}]})

    async with client_of(answer, now=asyncio.get_running_loop().time) as client:
        assert [model.slug for model in await client.models()] == ["only"]
        await client.models()
    assert [str(request.url) for request in seen] == [f"{BASE}/codex/models?client_version={CATALOGUE_VERSION}"]


async def test_a_model_list_that_does_not_come_costs_five_seconds_once() -> None:
    """Then the bundled list serves."""
    loop = asyncio.get_running_loop()

    async def never(_request: httpx2.Request) -> httpx2.Response:
        await asyncio.Event().wait()
        raise AssertionError

    async with client_of(never, now=loop.time) as client:
        started = loop.time()
        assert await client.models() == BUNDLED
        assert await client.models() == BUNDLED
        assert loop.time() - started == LISTING


@pytest.mark.parametrize(("status", "kind"), [(401, errors.CredentialsRejected), (403, errors.RequestRefused)])
async def test_a_refused_login_shows_while_listing(status: int, kind: type[Exception]) -> None:
    """The bundled list would hide that the login is no good."""
    async with client_of(lambda _: httpx2.Response(status, json={"detail": "no"})) as client:
        with pytest.raises(kind):
            await client.models()


async def test_another_account_has_other_models_and_limits() -> None:
    """What was learnt with one login says nothing about the next."""
    source = Source("acct-1")

    def answer(request: httpx2.Request) -> httpx2.Response:
        account = request.headers["chatgpt-account-id"]
        if request.url.path.endswith("models"):
            return httpx2.Response(200, json={"models": [{"slug": f"of-{account}"}]})
        return stream_of(COMPLETED, **({"x-codex-primary-used-percent": "99"} if account == "acct-1" else {}))

    async with client_of(answer, source, now=asyncio.get_running_loop().time) as client:
        await client.text(ASK)
        assert [model.slug for model in await client.models()] == ["of-acct-1"]
        source.account = "acct-2"
        assert [model.slug for model in await client.models()] == ["of-acct-2"]
        assert client.limits is None


async def test_signed_out_nothing_is_sent() -> None:
    """The source's answer is ours, for every question."""

    class SignedOut(Source):
        async def credential(self) -> Any:
            raise errors.SignInRequired

    async with client_of(lambda _: pytest.fail("sent"), SignedOut()) as client:
        for question in (client.text(ASK), client.models(), client.usage()):
            with pytest.raises(errors.SignInRequired):
                await question
