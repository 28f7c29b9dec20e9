"""The client against the sandbox, which knows nothing of our code: in memory, and over real sockets."""

from __future__ import annotations

import asyncio
import time
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from lsp_codex import errors
from lsp_codex.backend.asking import Whole
from lsp_codex.backend.client import CodexClient
from lsp_codex.backend.http import HttpPool
from lsp_codex.backend.request import Message, Purpose
from lsp_codex.credentials import Credential
from lsp_codex.sandbox import replies
from lsp_codex.sandbox.codex import SandboxCodex
from lsp_codex.sandbox.loopback import serve
from lsp_codex.sandbox.transport import SandboxTransport
from lsp_codex.secret import Secret
from tests.backend.helpers import ASK, BASE

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable

    import httpx2

    Behaviour = Callable[[CodexClient, SandboxCodex], Awaitable[None]]


class Demo:
    """The sandbox's demo account; a renewal is another sign-in."""

    def __init__(self, codex: SandboxCodex) -> None:
        self._codex = codex
        self._token = codex.sign_in_demo()["access_token"]

    async def credential(self) -> Credential:
        """The current token, with the account it is for."""
        return Credential(Secret(self._token), self._codex.person.account_id)

    async def renew(self, _rejected: Credential) -> Credential:
        """A new token."""
        self._token = self._codex.sign_in_demo()["access_token"]
        return await self.credential()

    async def reject(self, rejected: Credential) -> None:
        """The sandbox refuses no token twice."""
        raise AssertionError(rejected)


@asynccontextmanager
async def in_memory(codex: SandboxCodex) -> AsyncIterator[CodexClient]:
    """No socket; for the virtual clock."""
    pool = HttpPool(SandboxTransport(codex))
    client = CodexClient(pool.client, Demo(codex), BASE)
    try:
        yield client
    finally:
        await client.aclose()
        await pool.aclose()


@asynccontextmanager
async def on_loopback(codex: SandboxCodex) -> AsyncIterator[CodexClient]:
    """Real sockets."""
    pool = HttpPool()
    async with serve(codex) as address:
        client = CodexClient(pool.client, Demo(codex), f"{address}/backend-api")
        try:
            yield client
        finally:
            await client.aclose()
            await pool.aclose()


def asked(codex: SandboxCodex) -> list[str]:
    """The paths of all requests but for the routing of the workspace."""
    return [seen.path for seen in codex.requests if not seen.path.endswith("/wham/accounts/check")]


async def until(condition: Callable[[], bool], limit: float) -> None:
    """Wait, at most ``limit`` seconds."""
    async with asyncio.timeout(limit):
        while not condition():  # noqa: ASYNC110  (the sandbox notes what it sees, it does not signal)
            await asyncio.sleep(0.001)


async def _says_what_it_says(client: CodexClient, codex: SandboxCodex) -> None:
    codex.script(replies.text("return a + b"), replies.text("pass"))
    assert await client.text(ASK) == "return a + b"
    assert await client.text(ASK) == "pass"
    assert client.limits is not None
    assert client.latency is not None
    assert not any(seen.client_left for seen in codex.requests)


async def _renews_an_expired_token(client: CodexClient, codex: SandboxCodex) -> None:
    await client.prepare()
    codex.expire_access_tokens()
    codex.script(replies.text("ok"))
    assert await client.text(ASK) == "ok"
    assert asked(codex)[1:] == ["/backend-api/codex/responses"] * 2


async def _maps_failures(client: CodexClient, codex: SandboxCodex) -> None:
    cases: tuple[tuple[replies.Reply, type[errors.LspCodexError]], ...] = (
        (replies.cut_off("a b c", 2), errors.Unreadable),
        (replies.cut_off("a b c", 2, clean=True), errors.Unreadable),
        (replies.failed("server_error", "m", "a"), errors.ResponseFailed),
        (replies.incomplete("max_output_tokens", "a"), errors.ResponseFailed),
        (replies.usage_limit(1_795_214_155.0), errors.UsageLimitReached),
        (replies.overloaded(503), errors.Overloaded),
        (replies.overloaded(429, "2"), errors.Overloaded),
        (replies.html_403(), errors.Blocked),
        (replies.raw(400, {}, {"detail": "Unsupported parameter: top_p"}), errors.RequestRefused),
    )
    for reply, kind in cases:
        codex.script(reply)
        with pytest.raises(kind):
            await client.text(replace(ASK, purpose=Purpose.INVOKED))
        client.forget()  # what one of them asks for, e.g. a pause, is another test's matter
    assert len(asked(codex)) == len(cases), "nothing is repeated for ghost text"


async def _lists_models_and_usage(client: CodexClient, _codex: SandboxCodex) -> None:
    assert any(model.slug == "gpt-6-luna" and model.lite for model in await client.models())
    usage = await client.usage()
    assert usage.main.primary is not None


BEHAVIOURS = (_says_what_it_says, _renews_an_expired_token, _maps_failures, _lists_models_and_usage)


@pytest.mark.parametrize("behaviour", BEHAVIOURS)
async def test_in_memory(behaviour: Behaviour) -> None:
    """What the client does, without a socket."""
    codex = SandboxCodex()
    async with in_memory(codex) as client:
        await behaviour(client, codex)


@pytest.mark.real_time
@pytest.mark.parametrize("behaviour", BEHAVIOURS)
async def test_over_sockets(behaviour: Behaviour) -> None:
    """The same, over HTTP as it is on the wire."""
    codex = SandboxCodex()
    async with on_loopback(codex) as client:
        await behaviour(client, codex)


async def test_leaving_early_is_seen_at_once_in_memory() -> None:
    """The engine has its line: the model must stop, in no time on the virtual clock."""
    codex, loop = SandboxCodex(), asyncio.get_running_loop()
    codex.script(replies.slow("a b c d", 0.1, 10.0))
    async with in_memory(codex) as client:
        started = loop.time()
        async with client.stream(ASK) as pieces:
            assert await anext(pieces)
        assert codex.requests[-1].client_left
        assert loop.time() - started == pytest.approx(0.1)


@pytest.mark.parametrize("after", [0.05, 0.15], ids=["before the first text", "in the middle"])
async def test_cancelling_is_seen_at_once_in_memory(after: float) -> None:
    """A keystroke cancels the task; the same instant the backend is alone, and a second cancel does no harm."""
    codex, loop = SandboxCodex(), asyncio.get_running_loop()
    codex.script(replies.slow("a b c d", 0.1, 10.0))
    async with in_memory(codex) as client:
        task = asyncio.create_task(client.text(ASK))
        await asyncio.sleep(after)
        started = loop.time()
        task.cancel()
        await asyncio.sleep(0)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        assert codex.requests[-1].client_left
        assert loop.time() == started
        codex.script(replies.text("still alive"))
        assert await client.text(ASK) == "still alive"


@pytest.mark.real_time
@pytest.mark.parametrize("way", ["leave", "cancel", "cancel before the first text"])
async def test_the_server_sees_the_close_within_200_ms(way: str) -> None:
    """Over a real connection: that is what stops the model and saves the plan (pain 17)."""
    codex = SandboxCodex()
    codex.script(replies.slow("a b c d", 10.0 if "before" in way else 0.0, 10.0))
    got = asyncio.Event()
    async with on_loopback(codex) as client:
        await client.prepare()

        async def read() -> None:
            async with client.stream(ASK) as pieces:
                async for _ in pieces:
                    got.set()
                    if way == "leave":
                        return

        task = asyncio.create_task(read())
        await until(lambda: got.is_set() or ("before" in way and len(asked(codex)) == 2), 5)
        started = time.monotonic()
        if way != "leave":
            task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        await until(lambda: codex.requests[-1].client_left, 5)
        assert time.monotonic() - started < 0.2


@pytest.mark.real_time
async def test_a_complete_answer_leaves_the_connection_for_the_next() -> None:
    """No handshake with each completion; one that was left early has cost its connection, and no other."""
    codex, pool, ports = SandboxCodex(), HttpPool(), []

    async def note(response: httpx2.Response) -> None:
        ports.append(response.extensions["network_stream"].get_extra_info("client_addr"))

    pool.client().event_hooks = {"response": [note]}
    codex.script(*(replies.text("a b c") for _ in range(5)))
    async with serve(codex) as address:
        client = CodexClient(pool.client, Demo(codex), f"{address}/backend-api")
        for _ in range(3):
            await client.text(ASK)
        async with client.stream(ASK) as pieces:
            await anext(pieces)
        await client.text(ASK)
        await client.aclose()
        await pool.aclose()
    assert len(ports) == 6, "five, and the routing of the workspace"
    assert len(set(ports[:5])) == 1
    assert ports[5] != ports[4]


@pytest.mark.real_time
async def test_nobody_listening_is_unreachable() -> None:
    """Said within a moment, with advice about the network."""
    server = await asyncio.start_server(lambda _r, _w: None, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    server.close()
    await server.wait_closed()
    pool = HttpPool()
    client = CodexClient(pool.client, Demo(SandboxCodex()), f"http://127.0.0.1:{port}/backend-api")
    with pytest.raises(errors.Unreachable) as caught:
        await client.text(ASK)
    assert "network" in caught.value.for_person()
    await pool.aclose()


async def test_a_conversation_goes_out_for_its_own_account_only() -> None:
    """The answer comes with its reasoning, which the service takes back; another account's is not sent."""
    codex = SandboxCodex()
    async with in_memory(codex) as client:
        assert client.account is None
        question = replace(ASK, input=(Message("user", "Why?"),))
        async with client.converse(question) as parts:
            *_, whole = [part async for part in parts]
        assert isinstance(whole, Whole)
        assert len(whole.messages[0].reasoning) == 1
        following = replace(question, input=(*question.input, *whole.messages, Message("user", "And?")))
        async with client.converse(replace(following, account=client.account)) as parts:
            assert [part async for part in parts]
        sent = len(codex.requests)
        with pytest.raises(errors.Unanswered, match="Another account"):
            async with client.converse(replace(following, account=(False, "acct-other"))) as parts:
                assert [part async for part in parts]
        assert len(codex.requests) == sent
