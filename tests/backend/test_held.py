"""Which transport answers, what is opened when, and how it falls back: against the sandbox, on virtual time."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import pytest

from lsp_codex.backend import held
from lsp_codex.backend.client import CodexClient
from lsp_codex.backend.http import HttpPool
from lsp_codex.backend.request import Message, Purpose, ResponsesRequest
from lsp_codex.credentials import Credential
from lsp_codex.errors import CredentialsRejected, CutOff, SignInRequired, Unreadable, UsageLimitReached
from lsp_codex.sandbox import replies
from lsp_codex.sandbox.api import API_KEY
from lsp_codex.sandbox.codex import SandboxCodex
from lsp_codex.sandbox.limits import Limits, Window
from lsp_codex.sandbox.transport import SandboxTransport
from lsp_codex.secret import Secret
from tests.backend.helpers import ASK, BASE

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from lsp_codex.backend.held import Transport
    from lsp_codex.sandbox.exchange import Seen

SOCKET, SSE = True, False
GHOST = replace(ASK, purpose=Purpose.AUTOMATIC)
LONG = ResponsesRequest("gpt-6-luna", "i" * held.PREWARM_FROM, (Message("user", "u"),), "lane", "low", lite=True)


class Source:
    """The demo account of a sandbox; ``signed_in`` and ``account`` may change."""

    def __init__(self, codex: SandboxCodex) -> None:
        self.codex = codex
        self.token = str(codex.sign_in_demo()["access_token"])
        self.account: str | None = None
        self.key: str | None = None
        self.signed_in = True
        self.renewals = 0
        self.rejected: list[Credential] = []

    async def credential(self) -> Credential:
        """The current one."""
        if not self.signed_in:
            raise SignInRequired
        if self.key is not None:
            return Credential(Secret(self.key), is_api_key=True)
        return Credential(Secret(self.token), self.account)

    async def renew(self, rejected: Credential) -> Credential:
        """Another one."""
        self.renewals += 1
        self.token = str(self.codex.sign_in_demo()["access_token"])
        return await self.credential()

    async def reject(self, rejected: Credential) -> None:
        """Not good, though renewed."""
        self.rejected.append(rejected)


@dataclass
class Site:
    """A sandbox and a client of it."""

    codex: SandboxCodex
    client: CodexClient
    source: Source

    async def ask(self, text: str = "hello", request: ResponsesRequest = ASK) -> bool:
        """Ask, and say whether a socket carried it."""
        self.codex.script(replies.text(text))
        assert await self.client.text(request) == text
        return self.codex.requests[-1].framed

    async def open(self) -> None:
        """Let the client open what it wants to hold."""
        self.client.make_ready()
        await asyncio.sleep(0.1)

    @property
    def answers(self) -> list[Seen]:
        """What the model was asked."""
        return [request for request in self.codex.requests if request.path.endswith("/responses")]

    @property
    def upgrades(self) -> int:
        """How many handshakes there were."""
        return len(self.codex.upgrades)


@asynccontextmanager
async def site(transport: Transport, codex: SandboxCodex | None = None) -> AsyncIterator[Site]:
    """Without a socket of the system."""
    codex = codex or SandboxCodex()
    source = Source(codex)
    pool = HttpPool(SandboxTransport(codex))
    client = CodexClient(pool.client, source, BASE, transport=transport)
    try:
        yield Site(codex, client, source)
    finally:
        await client.aclose()
        await pool.aclose()


async def test_auto_takes_a_socket_that_is_open_and_never_waits_for_a_cold_one() -> None:
    """Cold: SSE, which needs a round trip less. Warm: the socket, again and again."""
    async with site("auto") as here:
        assert await here.ask() is SSE
        assert here.upgrades == 0
        await here.open()
        assert [await here.ask() for _ in range(5)] == [SOCKET] * 5
        assert here.upgrades == held.OPEN


async def test_websocket_waits_for_the_handshake() -> None:
    """The first request already; one handshake serves all."""
    async with site("websocket") as here:
        assert [await here.ask() for _ in range(3)] == [SOCKET] * 3
        assert here.upgrades == 1


async def test_sse_never_opens_a_socket() -> None:
    """Not ahead either; a small request keeps an HTTP connection open instead, and not one for every key."""
    async with site("sse") as here:
        for _ in range(5):
            await here.open()
        assert await here.ask() is SSE
        assert here.upgrades == 0
        paths = [request.path.rpartition("/")[2] for request in here.codex.requests]
        assert paths == ["usage", "check", "responses"]


async def test_who_is_told_nothing_opens_nothing() -> None:
    """With a manual trigger nothing goes out before or after a request."""
    async with site("auto") as here:
        assert [await here.ask() for _ in range(2)] == [SSE] * 2
        await asyncio.sleep(1_000)
        paths = [request.path.rpartition("/")[2] for request in here.codex.requests]
        assert (here.upgrades, paths) == (0, ["check", "responses", "responses"])


@pytest.mark.parametrize("transport", ["auto", "websocket"])
async def test_426_means_sse_for_the_rest_of_the_session(transport: Transport) -> None:
    """One handshake, and nobody is told (spec/backend.md 2.6)."""
    async with site(transport) as here:
        here.codex.backend.upgrades = 426
        await here.open()
        assert await here.ask() is SSE
        here.codex.backend.upgrades = 101
        await asyncio.sleep(24 * 3_600)
        await here.open()
        assert await here.ask() is SSE
        assert here.upgrades == 1


@pytest.mark.parametrize("status", [403, 404, 500])
async def test_another_refusal_means_sse_after_one_failure(status: int) -> None:
    """One and not seven; it is tried again after ten minutes."""
    async with site("websocket") as here:
        here.codex.backend.upgrades = status
        assert [await here.ask() for _ in range(3)] == [SSE] * 3
        assert here.upgrades == 1
        here.codex.backend.upgrades = 101
        await asyncio.sleep(held.PAUSE + 1)
        assert await here.ask() is SOCKET


async def test_a_service_that_refuses_sockets_with_401_has_not_refused_the_login() -> None:
    """The credential is renewed once; requests over SSE go on with it."""
    async with site("websocket") as here:
        here.codex.backend.upgrades = 401
        assert [await here.ask() for _ in range(3)] == [SSE] * 3
        assert (here.upgrades, here.source.renewals) == (2, 1)


async def test_an_api_key_opens_sockets_at_its_own_service_and_survives_their_refusal() -> None:
    """At the OpenAI API as at the ChatGPT backend (spec/backend.md 1.8)."""
    async with site("websocket") as here:
        here.source.key = API_KEY
        await here.client.text(GHOST)
        assert here.codex.upgrades[0].path == here.codex.requests[-1].path == "/v1/responses"
        assert here.codex.requests[-1].framed
        here.client.forget()
        here.codex.backend.upgrades = 401
        for _ in range(2):
            await here.client.text(GHOST)
            assert not here.codex.requests[-1].framed
        assert here.upgrades == 3


async def test_a_token_that_expires_on_an_open_socket_is_renewed_over_sse() -> None:
    """The frame was not served, so asking again doubles nothing."""
    async with site("websocket") as here:
        assert await here.ask() is SOCKET
        here.codex.expire_access_tokens()
        assert await here.ask() is SSE
        assert here.source.renewals == 1
        assert await here.ask() is SOCKET


async def test_a_socket_of_60_minutes_is_replaced_before_the_service_ends_it() -> None:
    """At 55 minutes it gets no further response, however busy it was."""
    async with site("websocket") as here:
        for _ in range(15):
            assert await here.ask() is SOCKET
            await asyncio.sleep(240)
        assert here.upgrades == 2


async def test_the_limit_of_a_connection_means_another_one_and_the_same_frame() -> None:
    """What the service says when it counts otherwise (spec/backend.md 2.6)."""
    async with site("websocket") as here:
        assert await here.ask() is SOCKET
        limit = {"code": "websocket_connection_limit_reached", "message": "60 minutes"}
        here.codex.script(replies.raw(400, {}, {"error": limit}))
        assert await here.ask() is SOCKET
        assert here.upgrades == 2
        first, second = here.codex.requests[-2:]
        assert first.body == second.body


async def test_a_socket_without_use_is_closed_and_opened_again() -> None:
    """Five minutes; the next key opens another."""
    async with site("auto") as here:
        await here.open()
        assert here.upgrades == 2
        await asyncio.sleep(held.REST + 1)
        assert await here.ask() is SSE
        await here.open()
        assert await here.ask() is SOCKET
        assert here.upgrades == 4


async def test_a_response_that_is_given_up_closes_its_socket_and_the_next_has_another() -> None:
    """The model stops at once, and the request after that does not wait for a handshake."""
    async with site("auto") as here:
        await here.open()
        for _ in range(3):
            here.codex.script(replies.slow("a b c", 0.0, 60.0))
            async with here.client.stream(ASK) as pieces:
                assert await anext(pieces) == "a "
            given_up = here.codex.requests[-1]
            await asyncio.sleep(0.01)
            assert (given_up.framed, given_up.client_left) == (True, True)
            assert await here.ask() is SOCKET
            await here.open()
        assert here.upgrades == held.OPEN + 3


async def test_two_at_a_time_use_two_sockets() -> None:
    """One response at a time per socket; a third goes over SSE."""
    async with site("auto") as here:
        await here.open()
        here.codex.script(*[replies.slow("x", 5.0)] * 3)
        await asyncio.gather(*(here.client.text(ASK) for _ in range(3)))
        assert sorted(request.framed for request in here.answers) == [False, True, True]


async def test_limits_come_with_the_upgrade_and_with_events() -> None:
    """Both count over a WebSocket (spec/backend.md 5.3)."""
    async with site("auto") as here:
        await here.client.models()
        await here.open()
        assert here.client.limits is not None
        assert here.client.limits.used_percent == 40
        here.codex.backend.limits = Limits(Window(90.0, 300, 60.0), None)
        assert await here.ask() is SOCKET
        assert here.client.limits.used_percent == 90


async def test_an_error_frame_is_the_error_of_its_status() -> None:
    """As an HTTP answer would be; nothing is asked twice."""
    async with site("websocket") as here:
        here.codex.script(replies.usage_limit(1_795_300_000.0))
        with pytest.raises(UsageLimitReached):
            await here.client.text(ASK)
        assert len(here.answers) == 1


@pytest.mark.parametrize("clean", [True, False])
async def test_a_connection_that_breaks_in_an_answer_is_the_same_error_as_over_sse(clean: bool) -> None:
    """Nothing is repeated that has begun."""
    async with site("websocket") as here:
        here.codex.script(replies.cut_off("one two", 1, clean=clean))
        with pytest.raises(CutOff):
            await here.client.text(GHOST)
        assert len(here.answers) == 1
        assert await here.ask() is SOCKET


async def test_another_account_never_uses_a_socket_of_the_first() -> None:
    """A socket is authenticated once, at its handshake; one that is busy at the change is not kept either."""
    async with site("auto") as here:
        await here.open()
        here.codex.script(replies.slow("x", 5.0))
        busy = asyncio.create_task(here.client.text(ASK))
        await asyncio.sleep(1)
        here.source.account = here.codex.person.account_id
        assert await here.ask() is SSE
        assert await busy == "x"
        assert await here.ask() is SSE
        await here.open()
        assert await here.ask() is SOCKET
        assert here.codex.upgrades[-1].headers["chatgpt-account-id"] == here.source.account


async def test_who_is_signed_out_is_told_so_and_opens_nothing() -> None:
    """The same error as over SSE, in every mode."""
    for transport in ("auto", "websocket", "sse"):
        async with site(transport) as here:
            here.source.signed_in = False
            await here.open()
            with pytest.raises(SignInRequired):
                await here.client.text(ASK)
            assert (here.upgrades, here.codex.requests) == (0, [])


async def test_a_long_beginning_is_read_ahead_on_a_new_socket() -> None:
    """With ``generate: false``, once the beginning is known; a short one is not worth it."""
    async with site("auto") as here:
        assert await here.ask(request=LONG) is SSE
        await here.open()
        ahead = [request.json() for request in here.codex.requests if request.framed]
        assert [frame["generate"] for frame in ahead] == [False] * held.OPEN
        assert ahead[0]["input"] == []
        assert await here.ask(request=LONG) is SOCKET


async def test_a_beginning_that_is_refused_costs_the_socket_and_nothing_else() -> None:
    """Nobody hears of it; the next request goes over SSE."""
    async with site("auto") as here:
        assert await here.ask(request=LONG) is SSE
        here.codex.script(replies.overloaded(500))
        await here.open()
        assert (here.upgrades, here.codex.requests[-1].framed) == (1, True)
        assert await here.ask(request=LONG) is SSE


async def test_a_handshake_that_is_almost_done_is_waited_for() -> None:
    """Once it is known how long one takes; not if an HTTP connection is free."""

    class Slow(SandboxTransport):
        async def handle_async_request(self, request: Any) -> Any:
            if request.method == "GET" and request.url.path.endswith("/codex/responses"):
                await asyncio.sleep(0.3)
            return await super().handle_async_request(request)

    codex = SandboxCodex()
    pool = HttpPool(Slow(codex))
    client = CodexClient(pool.client, Source(codex), BASE, transport="auto")
    here = Site(codex, client, Source(codex))
    began = asyncio.get_running_loop().time
    await client.models()
    for announced, carried in ((0.2, SSE), (0.2, SOCKET), (0.05, SSE)):
        client._sockets.forget()
        client._warm_until = 0.0
        client.make_ready()
        await asyncio.sleep(announced)
        since = began()
        assert await here.ask() is carried
        assert began() - since < 0.15
        await asyncio.sleep(1)
    await client.aclose()
    await pool.aclose()


async def test_closing_leaves_nothing_behind() -> None:
    """Sockets that are free, busy or being opened: every one ends, and the sandbox sees it."""
    async with site("auto") as here:
        await here.open()
        here.codex.script(replies.silent())
        busy = asyncio.create_task(here.client.text(ASK))
        await asyncio.sleep(0.1)
        await here.client.aclose()
        with pytest.raises(Unreadable):
            await busy
    await asyncio.sleep(0.1)
    others = [task for task in asyncio.all_tasks() if task is not asyncio.current_task()]
    assert not [task for task in others if "sandbox" in task.get_name() or "websocket" in task.get_name()]


async def test_a_dead_login_is_said_over_sse() -> None:
    """A second 401 for a request is the user's to know."""
    async with site("auto") as here:
        await here.open()
        here.codex.script(replies.unauthorised(), replies.unauthorised(), replies.unauthorised())
        with pytest.raises(CredentialsRejected):
            await here.client.text(ASK)
