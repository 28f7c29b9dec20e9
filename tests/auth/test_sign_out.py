"""Rules of signing out (lsp_codex/auth/manager.py): it wins against everything, at every moment."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import parse_qsl, urlencode, urlsplit

import httpx2
import pytest

from lsp_codex.auth.login import Method
from lsp_codex.auth.manager import AuthManager
from lsp_codex.auth.oauth import Issuer
from lsp_codex.auth.state import External, SignedOut
from lsp_codex.auth.tokens import ApiKey
from lsp_codex.credentials import Credential
from lsp_codex.errors import AuthError, CredentialsRejected, SignInFailed, SignInRequired, StoreError
from lsp_codex.secret import Secret
from tests.auth.issuer import ADDRESS, BrokenStore, FakeIssuer
from tests.auth.world import EXPIRED, FRESH, GONE, NEWER, NOW, OTHER, is_of, world
from tests.harness.accounts import jwt
from tests.harness.suspensions import Interrupter

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable

    from lsp_codex.auth.tokens import Kept
    from tests.harness.accounts import FakeAccount


class TestSignOut:
    """Nothing undoes a sign-out."""

    async def test_it_forgets_here_and_there_and_revokes(self) -> None:
        """State, store, issuer; in this order."""
        async with world(FRESH) as it:
            await it.manager.sign_out()
            assert (it.manager.state, await it.stored()) == (SignedOut(), None)
            assert await it.manager.revoked() is None
            (body,) = it.fake.bodies("/oauth/revoke")
            assert body["token"] == "rt-fake-1"

    async def test_it_is_local_before_it_is_remote(self) -> None:
        """It returns with an empty store while the revocation runs; a hanging one ends after five seconds."""
        async with world(FRESH, seconds=1e5) as it:
            began = asyncio.get_running_loop().time()
            await it.manager.sign_out()
            assert (it.manager.state, await it.stored()) == (SignedOut(), None)
            assert asyncio.get_running_loop().time() == began
            assert "5 seconds" in str(await it.manager.revoked())
            assert asyncio.get_running_loop().time() - began == pytest.approx(5)

    async def test_the_newest_token_is_revoked(self) -> None:
        """Another process rotated it: what the store holds is what must die."""
        async with world(FRESH) as it:
            await it.store.save(NEWER.tokens())
            await it.manager.sign_out()
            await it.manager.revoked()
            assert [body["token"] for body in it.fake.bodies("/oauth/revoke")] == ["rt-new"]
            assert await it.stored() is None

    async def test_a_failed_revocation_is_no_failure(self) -> None:
        """The login is gone from this machine whatever the issuer says."""

        def refuse(_request: httpx2.Request) -> httpx2.Response:
            return httpx2.Response(500)

        client = httpx2.AsyncClient(transport=httpx2.MockTransport(refuse))
        store = BrokenStore(FRESH.tokens())
        manager = AuthManager(store, Issuer(ADDRESS, lambda: client), now=lambda: NOW)
        await manager.load()
        await manager.sign_out()
        assert await store.load() is None
        assert "500" in str(await manager.revoked())
        await manager.aclose()

    async def test_signed_out_twice_is_signed_out(self) -> None:
        """Nothing to revoke, nothing to complain about."""
        async with world(None) as it:
            await it.manager.sign_out()
            await it.manager.sign_out()
            assert it.fake.requests == []

    async def test_a_dead_login_is_not_revoked(self) -> None:
        """It is deleted; the issuer knows already."""
        async with world(EXPIRED, GONE) as it:
            with pytest.raises(CredentialsRejected):
                await it.manager.credential()
            await it.manager.sign_out()
            assert (it.manager.state, await it.stored()) == (SignedOut(), None)
            assert it.fake.bodies("/oauth/revoke") == []

    async def test_a_store_that_cannot_be_emptied_is_said(self) -> None:
        """Signed out in memory, revoked, and the person hears that the file is still there."""
        async with world(FRESH) as it:
            it.store.failing.add("delete")
            with pytest.raises(StoreError):
                await it.manager.sign_out()
            assert it.manager.state == SignedOut()
            await it.manager.revoked()
            assert len(it.fake.bodies("/oauth/revoke")) == 1

    async def test_another_account_in_the_store_stays(self) -> None:
        """What was signed in elsewhere meanwhile is not what the person sees here."""
        async with world(FRESH) as it:
            await it.store.save(OTHER.tokens())
            await it.manager.sign_out()
            assert await it.stored() == "rt-new"
            await it.manager.revoked()
            assert [body["token"] for body in it.fake.bodies("/oauth/revoke")] == ["rt-fake-1"]

    async def test_a_cancelled_caller_does_not_stop_it(self) -> None:
        """Half a sign-out would be signed in again after a restart."""
        async with world(FRESH) as it:
            leaving = asyncio.create_task(it.manager.sign_out())
            await asyncio.sleep(0)
            leaving.cancel()
            await asyncio.sleep(2)
            assert (it.manager.state, await it.stored()) == (SignedOut(), None)

    @pytest.mark.parametrize("moment", [0.0, 0.25, 0.5, 0.75, 0.999, 1.0, 1.001, 1.5])
    async def test_it_wins_over_a_renewal_at_any_moment(self, moment: float) -> None:
        """Before, during and after the answer: signed out, store empty, the rotated token revoked (pain 18)."""
        async with world(EXPIRED, NEWER.answer()) as it:
            asking = asyncio.create_task(it.manager.credential())
            await asyncio.sleep(moment)
            began = asyncio.get_running_loop().time()
            await it.manager.sign_out()
            assert asyncio.get_running_loop().time() - began <= 5
            await asyncio.sleep(10)
            assert (it.manager.state, await it.stored()) == (SignedOut(), None)
            revoked = {body["token"] for body in it.fake.bodies("/oauth/revoke")}
            if it.used:
                assert "rt-new" in revoked
            (outcome,) = await asyncio.gather(asking, return_exceptions=True)
            assert isinstance(outcome, SignInRequired) or (isinstance(outcome, Credential) and is_of(outcome, NEWER))

    async def test_it_is_no_dead_login_to_whoever_waited(self) -> None:
        """The issuer refuses the token that was given up meanwhile: signed out, and not "sign in again"."""
        reused = httpx2.Response(401, json={"error": {"code": "refresh_token_reused"}})
        async with world(EXPIRED, reused) as it:
            asking = asyncio.create_task(it.manager.credential())
            await asyncio.sleep(1.1)
            await it.manager.sign_out()
            with pytest.raises(SignInRequired):
                await asking
            assert "Failed" not in it.states

    async def test_unsaved_tokens_do_not_come_back_where_nothing_can_be_deleted(self) -> None:
        """The store holds the spent token still, and no later try puts a living one there."""
        async with world(EXPIRED, NEWER.answer()) as it:
            it.store.failing.update({"save", "delete"})
            await it.manager.credential()
            with pytest.raises(StoreError):
                await it.manager.sign_out()
            it.store.failing.clear()
            await asyncio.sleep(1_000)
            assert await it.stored() == "rt-fake-1"

    async def test_unsaved_tokens_do_not_come_back(self) -> None:
        """A save that waits for its next try is forgotten with the login."""
        async with world(EXPIRED, NEWER.answer()) as it:
            it.store.failing.add("save")
            await it.manager.credential()
            it.store.failing.clear()
            await it.manager.sign_out()
            await asyncio.sleep(1_000)
            assert await it.stored() is None


class SlowStore(BrokenStore):
    """Every operation gives way before and after what it does, as a disk or a keyring does.

    Its lock is as unfair as one between processes: who comes later asks more often. ``busy`` is how many seconds
    another process holds it at first.
    """

    def __init__(self, tokens: Kept | None, busy: float) -> None:
        super().__init__(tokens)
        self._free_at = asyncio.get_running_loop().time() + busy
        self._held = False
        self._waiting = 0.0

    @asynccontextmanager
    async def lock(self) -> AsyncIterator[None]:
        self._waiting += 1.0
        pause = 0.97 / self._waiting**3
        # Asking again and again, as the lock between processes does it.
        while self._held or asyncio.get_running_loop().time() < self._free_at:  # noqa: ASYNC110
            await asyncio.sleep(pause)
        self._held = True
        try:
            yield
        finally:
            self._held = False

    async def load(self) -> Kept | None:
        await asyncio.sleep(0.1)
        found = await super().load()
        await asyncio.sleep(0.1)
        return found

    async def save(self, tokens: Kept) -> None:
        await asyncio.sleep(0.1)
        await super().save(tokens)
        await asyncio.sleep(0.1)

    async def delete(self) -> bool:
        await asyncio.sleep(0.1)
        stays = await super().delete()
        await asyncio.sleep(0.1)
        return stays


async def loading(manager: AuthManager) -> None:
    """The start of a session."""
    await manager.load()


async def refreshing(manager: AuthManager) -> None:
    """A request with an expired login: reload, refresh, save."""
    await manager.credential()


async def renewing(manager: AuthManager) -> None:
    """The backend's 401: reload, refresh, save."""
    await manager.renew(await manager.credential())


async def signing_in(manager: AuthManager) -> None:
    """Through the browser, with a pasted address: no port is free."""
    login = await manager.start_login(Method.BROWSER)
    state = dict(parse_qsl(urlsplit(login.address).query))["state"]
    await asyncio.sleep(0.1)
    login.complete(urlencode({"code": "c", "state": state}))
    await login.wait()


async def signing_in_by_code(manager: AuthManager) -> None:
    """With a device code that is entered after the first poll."""
    await (await manager.start_login(Method.DEVICE_CODE)).wait()


async def giving_a_key(manager: AuthManager) -> None:
    """With an API key."""
    await manager.use_api_key(Secret("sk-1"))


async def taking_what_is_lent(manager: AuthManager) -> None:
    """With tokens of the program around us, while a sign-in runs."""
    await manager.start_login(Method.BROWSER)
    await manager.use_external(Secret(jwt({"email": "lent@example.com"})), "acct-lent")


@dataclass(frozen=True)
class Case:
    """A flow, what is stored before it, what the issuer answers, and how often the flow gives way at least."""

    flow: Callable[[AuthManager], Awaitable[None]]
    stored: FakeAccount | None
    answers: tuple[object, ...]
    suspensions: int


CODE = {"device_auth_id": "d", "user_code": "ABCD-EFGH", "interval": "1"}
GRANT = {"authorization_code": "c", "code_verifier": "v", "code_challenge": "h"}
PENDING = httpx2.Response(403, json={"error": "pending"})
CASES = {
    "load": Case(loading, FRESH, (), 2),
    "refresh": Case(refreshing, EXPIRED, (NEWER.answer(),), 7),
    "renew": Case(renewing, FRESH, (NEWER.answer(),), 7),
    "sign-in": Case(signing_in, None, (NEWER.answer(),), 6),
    "sign-in over a login": Case(signing_in, FRESH, (OTHER.answer(),), 6),
    "device code": Case(signing_in_by_code, None, (CODE, PENDING, GRANT, NEWER.answer()), 9),
    "device code over a login": Case(signing_in_by_code, EXPIRED, (CODE, PENDING, GRANT, OTHER.answer()), 9),
    "api key": Case(giving_a_key, None, (), 3),
    "api key over a login": Case(giving_a_key, FRESH, (), 3),
}


async def interrupted(case: Case, moment: int, busy: float) -> str:
    """Sign out at suspension ``moment`` of the flow; where that was, empty when the flow ended before."""
    store = SlowStore(None if case.stored is None else case.stored.tokens(), busy)
    fake = FakeIssuer(*case.answers, seconds=1.0)
    manager = AuthManager(store, fake.issuer(), now=lambda: NOW, ports=(0,))
    if case.flow is not loading:
        await manager.load()
    with Interrupter(moment, manager.sign_out) as interrupter:
        flow = asyncio.ensure_future(case.flow(manager))
        await asyncio.wait({flow})
    if interrupter.task is None:
        flow.result()
        await manager.aclose()
        return ""
    await interrupter.task
    assert isinstance(flow.exception(), AuthError | None), interrupter.where
    await asyncio.sleep(2_000)  # whatever was still under way has ended
    assert (manager.state, await store.load()) == (SignedOut(), None), interrupter.where
    assert manager.login is None, interrupter.where
    kept = [] if case.stored is None or case.flow is giving_a_key else [case.stored.refresh_token]
    newest = fake.given[-1:] or kept
    revoked = [body["token"] for body in fake.bodies("/oauth/revoke")]
    assert newest == [] or newest[0] in revoked, interrupter.where
    await manager.aclose()
    return interrupter.where


@pytest.mark.parametrize("busy", [0.0, 10.0], ids=["", "another process has the lock"])
@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
async def test_it_wins_at_every_await(case: Case, busy: float) -> None:
    """Signed out and store empty wherever it strikes, and what was won meanwhile is revoked (field-notes pain 18)."""
    places: list[str] = []
    while where := await interrupted(case, len(places) + 1, busy):
        places.append(where)
        assert len(places) < 200
    assert len(places) >= case.suspensions, places


async def test_it_wins_over_tokens_that_are_lent_while_a_sign_in_ends() -> None:
    """They were on their way when it was asked for; whoever lent them is told that they are not in force."""
    manager = AuthManager(SlowStore(None, 0.0), FakeIssuer().issuer(), now=lambda: NOW, ports=(0,))
    await manager.start_login(Method.BROWSER)
    lending = asyncio.create_task(manager.use_external(Secret(jwt({})), "acct-lent"))
    await asyncio.sleep(0)
    await manager.sign_out()
    with pytest.raises(SignInFailed):
        await lending
    assert manager.state == SignedOut()
    await manager.aclose()


@pytest.mark.parametrize("busy", [0.0, 10.0], ids=["", "another process has the lock"])
@pytest.mark.parametrize("stored", [None, FRESH], ids=["nobody", "somebody"])
@pytest.mark.parametrize("comes", [giving_a_key, taking_what_is_lent])
async def test_who_comes_after_it_stays(
    comes: Callable[[AuthManager], Awaitable[None]], stored: FakeAccount | None, busy: float
) -> None:
    """At every await of a sign-out, and although the lock is unfair: the last word of the user counts."""
    for moment in range(1, 200):
        manager = AuthManager(
            SlowStore(None if stored is None else stored.tokens(), busy),
            FakeIssuer(seconds=1.0).issuer(),
            now=lambda: NOW,
            ports=(0,),
        )
        await manager.load()

        async def come(manager: AuthManager = manager) -> None:
            await comes(manager)

        with Interrupter(moment, come) as interrupter:
            await manager.sign_out()
        if interrupter.task is not None:
            await interrupter.task
        await asyncio.sleep(100)
        expected = ApiKey if comes is giving_a_key else External
        assert interrupter.task is None or isinstance(manager.state, expected), interrupter.where
        await manager.aclose()
        if interrupter.task is None:
            return
    raise AssertionError("it never ended")
