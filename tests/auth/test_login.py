"""Rules of lsp_codex/auth/login.py: each way a sign-in ends, once."""

from __future__ import annotations

import asyncio
import base64
import hashlib
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

import httpx2
import pytest

from lsp_codex.auth import browser
from lsp_codex.auth.login import Login
from lsp_codex.auth.tokens import account_of
from lsp_codex.errors import SignInFailed, SignInFailure, StoreError
from tests.auth.browser import asked, bring
from tests.auth.issuer import ADDRESS, FakeIssuer
from tests.harness.accounts import FakeAccount

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable

    from lsp_codex.auth.tokens import Account, Tokens

pytestmark = pytest.mark.real_time

ACCOUNT = FakeAccount()
NOW = 1_795_000_000.0


class Keeper:
    """Stands for the manager: keeps what it is given, after ``gate`` opens, or fails with ``error``."""

    def __init__(self, error: StoreError | None = None) -> None:
        self.kept: list[Tokens] = []
        self.gate = asyncio.Event()
        self.gate.set()
        self.error = error

    async def __call__(self, tokens: Tokens) -> Account:
        await self.gate.wait()
        self.kept.append(tokens)
        if self.error is not None:
            raise self.error
        return account_of(tokens)


async def begun(fake: FakeIssuer, keeper: Callable[[Tokens], Awaitable[Account]], timeout: float = 20.0) -> Login:
    """An attempt on a free port, which the test ends."""
    way = await browser.begin(fake.issuer(), (0,), timeout, now=lambda: NOW, on_stray=lambda: None)
    return Login(way, keeper)


@asynccontextmanager
async def running(fake: FakeIssuer, keeper: Keeper, timeout: float = 20.0) -> AsyncIterator[Login]:
    """An attempt on a free port."""
    login = await begun(fake, keeper, timeout)
    try:
        yield login
    finally:
        login.cancel()
        await login.closed()


async def end(login: Login) -> SignInFailed:
    """How the attempt failed."""
    async with asyncio.timeout(10):
        with pytest.raises(SignInFailed) as caught:
            await login.wait()
    return caught.value


async def test_a_sign_in_from_the_address_to_kept_tokens() -> None:
    """The code is exchanged with the verifier of the challenge, the tokens are kept, the page names the account."""
    fake, keeper = FakeIssuer(ACCOUNT.answer()), Keeper()
    async with running(fake, keeper) as login:
        assert login.address.startswith(f"{ADDRESS}/oauth/authorize?")
        page = await bring(login, code="the-code")
        account = await login.wait()
        given, (form,) = asked(login), fake.bodies()
    assert (page.status_code, account.email) == (200, "user@example.invalid")
    assert "user@example.invalid" in page.text
    assert (form["code"], form["redirect_uri"]) == ("the-code", given["redirect_uri"])
    digest = hashlib.sha256(form["code_verifier"].encode()).digest()
    assert base64.urlsafe_b64encode(digest).rstrip(b"=").decode() == given["code_challenge"]
    (tokens,) = keeper.kept
    assert (tokens.last_refresh, len(tokens.login_owner_id or "")) == (NOW, 43)
    assert tokens.provenance == fake.issuer().provenance


async def test_the_page_comes_after_the_tokens_are_kept() -> None:
    """Neither the browser nor the editor hears of success before (field-notes D2)."""
    keeper = Keeper()
    keeper.gate.clear()
    async with running(FakeIssuer(ACCOUNT.answer()), keeper) as login:
        browser = asyncio.create_task(bring(login, code="c"))
        await asyncio.sleep(0.1)
        assert not browser.done()
        assert not login.ended
        keeper.gate.set()
        assert (await browser).status_code == 200
        assert login.ended


async def test_the_port_is_in_the_address() -> None:
    """The listener is up before there is an address to open."""
    async with running(FakeIssuer(), Keeper()) as login:
        port = httpx2.URL(asked(login)["redirect_uri"]).port
        async with httpx2.AsyncClient(trust_env=False) as browser:
            assert (await browser.get(f"http://127.0.0.1:{port}/")).status_code == 404


@pytest.mark.parametrize(
    ("query", "detail"),
    [
        ({"error": "access_denied"}, "access_denied"),
        ({"error": "access_denied", "error_description": "You said\nno\x07"}, "You said no"),
        ({"error": "access_denied", "error_description": "x Missing_Codex_Entitlement"}, "Codex is not enabled"),
        ({"error": "server_error", "error_description": "x" * 999}, "x" * 300),
        ({"code": ""}, "no authorization code"),
    ],
)
async def test_a_refusal_in_the_browser(query: dict[str, str], detail: str) -> None:
    """The person reads the issuer's reason, in the browser and in the editor; nothing is exchanged."""
    fake = FakeIssuer(ACCOUNT.answer())
    async with running(fake, Keeper()) as login:
        page = await bring(login, **query)
        failure = await end(login)
    assert failure.reason is SignInFailure.DENIED
    assert detail in failure.detail
    assert len(failure.detail) <= 300
    assert detail in page.text
    assert fake.requests == []


@pytest.mark.parametrize(
    ("answer", "reason", "detail"),
    [
        (httpx2.Response(400, json={"error": "invalid_grant"}), SignInFailure.EXCHANGE, "status 400, invalid_grant"),
        (httpx2.Response(401, json={"error": {"message": "SECRET"}}), SignInFailure.EXCHANGE, "status 401"),
        (httpx2.Response(200, text="zzz"), SignInFailure.EXCHANGE, "cannot be read"),
        ({"access_token": "a"}, SignInFailure.EXCHANGE, "missing"),
        (ACCOUNT.answer() | {"id_token": "x"}, SignInFailure.EXCHANGE, "not a JWT"),
        (ACCOUNT.answer() | {"access_token": "SECRET\nx"}, SignInFailure.EXCHANGE, "malformed"),
        (httpx2.Response(200, text="[" * 99_999), SignInFailure.EXCHANGE, "cannot be read"),
        (httpx2.Response(503), SignInFailure.UNREACHABLE, "overloaded"),
        (httpx2.Response(403, text="<html>"), SignInFailure.UNREACHABLE, "blocked"),
        (httpx2.ConnectError("SECRET"), SignInFailure.UNREACHABLE, "cannot be reached"),
        (httpx2.ReadTimeout("SECRET"), SignInFailure.UNREACHABLE, "did not answer"),
    ],
    ids=repr,
)
async def test_an_exchange_that_fails(answer: object, reason: SignInFailure, detail: str) -> None:
    """Refused and unreachable are told apart; nothing is kept, and the browser shows the failure."""
    keeper = Keeper()
    async with running(FakeIssuer(answer), keeper) as login:
        page = await bring(login, code="c")
        failure = await end(login)
    assert failure.reason is reason
    assert detail in failure.detail
    assert reason.value in page.text
    assert "SECRET" not in page.text + str(failure)
    assert keeper.kept == []


async def test_tokens_that_cannot_be_saved() -> None:
    """The person is told what cannot be written; the page is no success page."""
    async with running(FakeIssuer(ACCOUNT.answer()), Keeper(StoreError("disk full"))) as login:
        page = await bring(login, code="c")
        failure = await end(login)
    assert failure.reason is SignInFailure.NOT_SAVED
    assert "disk full" in failure.detail
    assert "disk full" in page.text
    assert "You are signed in</h1>" not in page.text


async def test_nobody_comes() -> None:
    """The attempt ends at its time limit and frees its port."""
    async with running(FakeIssuer(), Keeper(), timeout=0.05) as login:
        failure = await end(login)
        await login.closed()
        with pytest.raises(httpx2.ConnectError):
            await bring(login, code="c")
    assert failure.reason is SignInFailure.TIMED_OUT


async def test_cancelling_ends_it_at_once() -> None:
    """All who wait hear of it, the port is free, and a second cancel does nothing."""
    async with running(FakeIssuer(), Keeper()) as login:
        waiting = [asyncio.create_task(end(login)) for _ in range(2)]
        await asyncio.sleep(0)
        login.cancel()
        login.cancel()
        assert login.ended
        assert {(await task).reason for task in waiting} == {SignInFailure.CANCELLED}
        await login.closed()
        with pytest.raises(httpx2.ConnectError):
            await bring(login, code="c")


async def test_cancelling_before_anything_happened() -> None:
    """Even an attempt whose task has not run yet gives its port back."""
    login = await begun(FakeIssuer(), Keeper())
    login.cancel()
    await login.closed()
    with pytest.raises(httpx2.ConnectError):
        await bring(login, code="c")


async def test_cancelling_during_the_exchange() -> None:
    """The browser that waits is told; nothing is kept."""
    fake, keeper = FakeIssuer(ACCOUNT.answer(), seconds=30), Keeper()
    async with running(fake, keeper) as login:
        browser = asyncio.create_task(bring(login, code="c"))
        await fake.asked.wait()
        login.cancel()
        assert SignInFailure.CANCELLED.value in (await browser).text
        assert (await end(login)).reason is SignInFailure.CANCELLED
    assert keeper.kept == []


async def test_cancelling_is_too_late_while_the_tokens_are_saved() -> None:
    """A save is not broken off: the sign-in succeeds."""
    keeper = Keeper()
    keeper.gate.clear()
    async with running(FakeIssuer(ACCOUNT.answer()), keeper) as login:
        browser = asyncio.create_task(bring(login, code="c"))
        await asyncio.sleep(0.1)
        login.cancel()
        assert not login.ended
        keeper.gate.set()
        assert (await login.wait()).email == ACCOUNT.email
        assert (await browser).status_code == 200


async def test_who_waits_can_leave() -> None:
    """A cancelled waiter ends nothing."""
    async with running(FakeIssuer(ACCOUNT.answer()), Keeper()) as login:
        waiting = asyncio.create_task(login.wait())
        await asyncio.sleep(0)
        waiting.cancel()
        await bring(login, code="c")
        assert (await login.wait()).email == ACCOUNT.email


async def test_an_error_nobody_foresaw_reaches_who_waits() -> None:
    """A defect in keeping the tokens ends the attempt; nobody waits for ever."""

    async def broken(_tokens: Tokens) -> Account:
        raise RuntimeError("defect")

    login = await begun(FakeIssuer(ACCOUNT.answer()), broken)
    with pytest.raises(httpx2.RemoteProtocolError):
        await bring(login, code="c")
    with pytest.raises(RuntimeError, match="defect"):
        await login.wait()
    await login.closed()


async def test_two_attempts_share_nothing() -> None:
    """Id, state, challenge and port are each attempt's own."""
    async with running(FakeIssuer(), Keeper()) as one, running(FakeIssuer(), Keeper()) as two:
        assert one.login_id != two.login_id
        first, second = asked(one), asked(two)
    assert not {first[key] for key in ("state", "code_challenge", "redirect_uri")} & set(second.values())


async def test_no_secret_in_the_log(caplog: pytest.LogCaptureFixture) -> None:
    """Code, verifier and tokens stay out of the log at every level (field-notes pain 19)."""
    caplog.set_level("DEBUG")
    fake = FakeIssuer(ACCOUNT.answer())
    async with running(fake, Keeper()) as login:
        await bring(login, code="the-code-itself")
        await login.wait()
    # httpx2 itself names addresses at INFO; logs.py holds it at WARNING, as here the test's own browser.
    ours = "\n".join(record.getMessage() for record in caplog.records if record.name.startswith("lsp_codex"))
    secrets = [*ACCOUNT.answer().values(), "the-code-itself", fake.bodies()[0]["code_verifier"]]
    assert not [secret for secret in secrets if secret in ours]
