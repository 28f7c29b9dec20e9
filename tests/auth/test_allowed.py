"""Which logins AuthManager uses at all: forced workspaces and methods, API keys, logins that the backend rejects."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import pytest

from lsp_codex.auth.login import Method
from lsp_codex.auth.manager import AuthManager
from lsp_codex.auth.state import Failed, SignedOut
from lsp_codex.auth.tokens import ApiKey
from lsp_codex.credentials import Credential
from lsp_codex.errors import CredentialsRejected, SignInFailed, SignInFailure, SignInRequired
from lsp_codex.restriction import NOBODY, Restriction
from lsp_codex.secret import Secret
from tests.auth.issuer import BrokenStore, FakeIssuer
from tests.auth.world import EXPIRED, FRESH, NEWER, NOW, OTHER, is_of, world

if TYPE_CHECKING:
    from tests.harness.accounts import FakeAccount

CODE = {"device_auth_id": "d", "user_code": "ABCD-EFGH", "interval": "1"}
GRANT = {"authorization_code": "c", "code_verifier": "v"}
KEY = Secret("sk-1")
ONLY_1 = Restriction(("acct-fake-1",))
ONLY_2 = Restriction(("acct-2",))


def manager_of(
    account: FakeAccount | ApiKey | None, restriction: Restriction, *answers: Any
) -> tuple[AuthManager, BrokenStore, FakeIssuer, list[str]]:
    """A manager with a restriction, its store, its issuer, and the reasons it gave for being signed out."""
    kept = account if isinstance(account, ApiKey | None) else account.tokens()
    store, fake = BrokenStore(kept), FakeIssuer(*answers)
    told: list[str] = []
    manager = AuthManager(
        store,
        fake.issuer(),
        now=lambda: NOW,
        ports=(0,),
        restriction=restriction,
        on_change=lambda state: told.append(state.why if isinstance(state, SignedOut) else type(state).__name__),
    )
    return manager, store, fake, told


async def test_a_stored_login_of_another_workspace_is_not_used() -> None:
    """Not used, not deleted, not renewed; the reason is given once, and to whoever asks."""
    manager, store, fake, told = manager_of(EXPIRED, ONLY_2)
    for _ in range(3):
        await manager.load()
    with pytest.raises(SignInRequired, match="acct-2"):
        await manager.credential()
    assert (len(told), await store.load(), fake.requests) == (1, EXPIRED.tokens(), [])
    await manager.sign_out()
    assert (manager.state, await store.load()) == (SignedOut(), None)
    await manager.aclose()


async def test_the_claim_counts_as_well_as_the_stored_id() -> None:
    """A file that says one workspace and holds tokens of another is for neither."""
    manager, *_ = manager_of(FRESH.but(chatgpt_account_id="acct-2"), ONLY_1)
    await manager.load()
    assert isinstance(manager.state, SignedOut)
    assert "acct-2" in manager.state.why
    await manager.aclose()


async def test_a_new_login_of_another_workspace_is_not_saved() -> None:
    """Refused after the exchange and before the store, and revoked; the older login stays."""
    manager, store, fake, _ = manager_of(FRESH, ONLY_1, CODE, GRANT, OTHER.answer())
    await manager.load()
    login = await manager.start_login(Method.DEVICE_CODE)
    with pytest.raises(SignInFailed) as caught:
        await login.wait()
    assert caught.value.reason is SignInFailure.RESTRICTED
    assert is_of(await manager.credential(), FRESH)
    assert await store.load() == FRESH.tokens()
    await asyncio.sleep(1)
    assert [body["token"] for body in fake.bodies("/oauth/revoke")] == [OTHER.refresh_token]
    await manager.aclose()


async def test_a_refresh_into_another_workspace_ends_the_login_here() -> None:
    """The rotated token is kept, for it is the only one; it is not used and not revoked."""
    manager, store, fake, told = manager_of(EXPIRED, ONLY_1, NEWER.but(chatgpt_account_id="acct-2").answer())
    await manager.load()
    with pytest.raises(SignInRequired, match="acct-2"):
        await manager.credential()
    kept = await store.load()
    assert kept is not None
    assert kept.same_as(NEWER.but(chatgpt_account_id="acct-2").tokens())
    assert fake.bodies("/oauth/revoke") == []
    assert told[0] == "SignedIn"
    assert "acct-2" in told[1]
    await manager.aclose()


async def test_what_a_refresh_brought_for_nobody_is_revoked() -> None:
    """Signed out meanwhile: the new token is of a workspace that is not allowed, and ends all the same."""
    manager, store, fake, _ = manager_of(EXPIRED, ONLY_1, OTHER.answer())
    fake.seconds = 1.0
    await manager.load()
    asking = asyncio.create_task(manager.credential())
    await asyncio.sleep(0.5)
    await manager.sign_out()
    with pytest.raises(SignInRequired):
        await asking
    await asyncio.sleep(10)
    assert (manager.state, await store.load()) == (SignedOut(), None)
    assert "rt-new" in {body["token"] for body in fake.bodies("/oauth/revoke")}
    await manager.aclose()


@pytest.mark.parametrize("restriction", [Restriction(NOBODY), Restriction(method="api")], ids=repr)
async def test_a_sign_in_that_cannot_end_well_is_not_begun(restriction: Restriction) -> None:
    """Refused before any request or port."""
    manager, _, fake, _ = manager_of(None, restriction)
    for method in Method:
        with pytest.raises(SignInFailed) as caught:
            await manager.start_login(method)
        assert caught.value.reason is SignInFailure.RESTRICTED
    assert (fake.requests, manager.login) == ([], None)
    await manager.aclose()


@pytest.mark.parametrize(
    ("restriction", "allowed"),
    [(Restriction(), True), (ONLY_1, True), (Restriction(method="api"), True), (Restriction(method="chatgpt"), False),
     (Restriction(NOBODY), False)],
    ids=repr,
)  # fmt: skip
async def test_an_api_key_where_it_is_allowed(restriction: Restriction, allowed: bool) -> None:
    """When given and when loaded; where it is not allowed nothing is saved, and a stored one stays unused."""
    manager, store, fake, _ = manager_of(None, restriction)
    if allowed:
        await manager.use_api_key(KEY)
        assert await store.load() == manager.state == ApiKey(KEY)
        assert await manager.credential() == Credential(KEY, is_api_key=True)
    else:
        with pytest.raises(SignInFailed):
            await manager.use_api_key(KEY)
        assert await store.load() is None
    await manager.aclose()
    again, store, _, _ = manager_of(ApiKey(KEY), restriction)
    await again.load()
    assert isinstance(again.state, ApiKey) is allowed
    assert await store.load() == ApiKey(KEY)
    await again.aclose()
    assert fake.requests == []


@pytest.mark.parametrize("key", ["", "two words", "tab\tbed", "line\nbreak", "naïve", "\x7f"])
async def test_a_key_that_fits_in_no_header_is_refused(key: str) -> None:
    """It would fail at the first request, with a worse message."""
    manager, store, _, _ = manager_of(FRESH, Restriction())
    await manager.load()
    with pytest.raises(SignInFailed) as caught:
        await manager.use_api_key(Secret(key))
    assert caught.value.reason is SignInFailure.BAD_API_KEY
    assert key not in str(caught.value) or not key
    assert await store.load() == FRESH.tokens()
    await manager.aclose()


async def test_a_key_replaces_a_login_and_ends_a_running_attempt() -> None:
    """What the person did last counts."""
    manager, store, _, _ = manager_of(FRESH, Restriction())
    await manager.load()
    login = await manager.start_login()
    await manager.use_api_key(KEY)
    with pytest.raises(SignInFailed) as caught:
        await login.wait()
    assert caught.value.reason is SignInFailure.REPLACED
    assert (manager.state, await store.load()) == (ApiKey(KEY), ApiKey(KEY))
    await manager.sign_out()
    assert (manager.state, await store.load(), await manager.revoked()) == (SignedOut(), None, None)
    await manager.aclose()


async def test_a_key_that_cannot_be_saved_holds_for_the_session() -> None:
    """As with any login (field-notes D25), and it is saved as soon as that works."""
    manager, store, _, _ = manager_of(None, Restriction())
    store.failing.add("save")
    with pytest.raises(SignInFailed) as caught:
        await manager.use_api_key(KEY)
    assert caught.value.reason is SignInFailure.NOT_SAVED
    assert manager.state == ApiKey(KEY)
    store.failing.clear()
    await asyncio.sleep(10)
    assert await store.load() == ApiKey(KEY)
    await manager.aclose()


class TestRejected:
    """A login that the backend refuses although it was just renewed."""

    async def test_it_is_dead_and_nothing_more_is_asked(self) -> None:
        """The state says so; every later request fails without the network (field-notes pain 8)."""
        async with world(FRESH, NEWER.answer()) as it:
            renewed = await it.manager.renew(await it.manager.credential())
            await it.manager.reject(renewed)
            assert isinstance(it.manager.state, Failed)
            asked = len(it.fake.requests)
            for _ in range(5):
                with pytest.raises(CredentialsRejected, match="no longer accepted"):
                    await it.manager.credential()
                with pytest.raises(CredentialsRejected):
                    await it.manager.renew(renewed)
            await asyncio.sleep(100)
            assert (len(it.fake.requests), it.states) == (asked, ["SignedIn", "SignedIn", "Failed"])
            assert await it.stored() == NEWER.refresh_token

    async def test_a_login_that_was_replaced_meanwhile_lives(self) -> None:
        """Late news about an old credential changes nothing."""
        async with world(FRESH, NEWER.answer()) as it:
            old = await it.manager.credential()
            await it.manager.renew(old)
            await it.manager.reject(old)
            assert it.states[-1] == "SignedIn"
            await it.manager.sign_out()
            await it.manager.reject(old)
            assert it.manager.state == SignedOut()

    async def test_a_sign_in_elsewhere_brings_it_back(self) -> None:
        """The next requests find the newer login in the store."""
        async with world(FRESH) as it:
            await it.manager.reject(await it.manager.credential())
            await it.store.save(OTHER.tokens())
            with pytest.raises(CredentialsRejected):
                await it.manager.credential()
            await asyncio.sleep(1)
            assert is_of(await it.manager.credential(), OTHER)
