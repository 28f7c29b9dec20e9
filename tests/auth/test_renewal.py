"""Rules of lsp_codex/auth/renewal.py, seen through the manager, on the virtual clock."""

from __future__ import annotations

import asyncio

import httpx2
import pytest

from lsp_codex.auth.state import Failed, SignedIn, SignedOut
from lsp_codex.errors import (
    CredentialsRejected,
    LspCodexError,
    Overloaded,
    Rejection,
    SignInRequired,
    StoreError,
    TimedOut,
    Unreachable,
)
from tests.auth.transient import TRANSIENT
from tests.auth.world import EXPIRED, FRESH, GONE, NEWER, NOW, OTHER, STALE, is_of, world


async def test_a_fresh_token_needs_nothing() -> None:
    """No request, no wait (field-notes 1.2, 16)."""
    async with world(FRESH, NEWER.answer()) as it:
        assert is_of(await it.manager.credential(), FRESH)
        assert it.used == []


async def test_a_stale_token_is_renewed_beside_the_request() -> None:
    """A keystroke never waits for a refresh: the old token is given now, the new one later."""
    async with world(STALE, NEWER.answer()) as it:
        began = asyncio.get_running_loop().time()
        assert is_of(await it.manager.credential(), STALE)
        assert asyncio.get_running_loop().time() == began
        await asyncio.sleep(2)
        assert is_of(await it.manager.credential(), NEWER)
        assert (it.used, await it.stored()) == (["rt-fake-1"], "rt-new")
        assert it.fake.bodies()[0]["refresh_reason"] == "proactive_expiry"


async def test_an_expired_token_is_renewed_first() -> None:
    """The request waits, and gets the new token."""
    async with world(EXPIRED, NEWER.answer()) as it:
        assert is_of(await it.manager.credential(), NEWER)
        assert it.states == ["SignedIn", "SignedIn"]


async def test_an_old_token_without_expiry_is_renewed_as_scheduled() -> None:
    """After eight days, beside the request, with its own reason."""
    old = FRESH.but(access_token="opaque", last_refresh=NOW - 9 * 86_400)
    async with world(old, NEWER.answer()) as it:
        assert (await it.manager.credential()).token.reveal() == "opaque"
        await asyncio.sleep(2)
        assert it.fake.bodies()[0]["refresh_reason"] == "scheduled"


async def test_fifty_callers_cause_one_refresh() -> None:
    """Single flight: all wait for the same renewal and get the same token (field-notes pain 1)."""
    async with world(EXPIRED, NEWER.answer()) as it:
        found = await asyncio.gather(*(it.manager.credential() for _ in range(50)))
        assert all(is_of(credential, NEWER) for credential in found)
        assert it.used == ["rt-fake-1"]


async def test_fifty_rejections_cause_one_refresh() -> None:
    """The same after a 401, also for those who come late with the old token."""
    async with world(FRESH, NEWER.answer()) as it:
        rejected = await it.manager.credential()
        await asyncio.gather(*(it.manager.renew(rejected) for _ in range(50)))
        assert is_of(await it.manager.renew(rejected), NEWER)
        assert it.used == ["rt-fake-1"]
        assert it.fake.bodies()[0]["refresh_reason"] == "unauthorized_recovery"


async def test_a_caller_that_goes_away_ends_nothing() -> None:
    """The renewal belongs to nobody: the first caller leaves, the second gets its token."""
    async with world(EXPIRED, NEWER.answer()) as it:
        first = asyncio.create_task(it.manager.credential())
        await asyncio.sleep(0.5)
        first.cancel()
        assert is_of(await it.manager.credential(), NEWER)
        assert it.used == ["rt-fake-1"]


async def test_an_answer_without_a_refresh_token_keeps_the_old_one() -> None:
    """And without an id token the account stays (field-notes pain 7)."""
    async with world(EXPIRED, {"access_token": NEWER.access_jwt()}) as it:
        assert is_of(await it.manager.credential(), NEWER)
        assert await it.stored() == "rt-fake-1"
        assert isinstance(it.manager.state, SignedIn)
        assert it.manager.state.account.email == FRESH.email


async def test_a_wrong_clock_causes_one_refresh_and_no_loop() -> None:
    """A machine an hour ahead sees every new token as expired; it uses it all the same (field-notes pain 25)."""
    async with world(EXPIRED, FRESH.but(tag="NEW", expires_at=NOW - 600).answer()) as it:
        for _ in range(5):
            await it.manager.credential()
        assert len(it.used) == 1


async def test_no_transient_failure_loses_the_login() -> None:
    """After each of them the store is as it was, and the next success works (field-notes pain 6)."""
    async with world(EXPIRED, *TRANSIENT, NEWER.answer()) as it:
        before = it.manager.state
        for _ in TRANSIENT:
            with pytest.raises(LspCodexError) as caught:
                await it.manager.credential()
            assert not isinstance(caught.value, CredentialsRejected)
            assert it.manager.state == before
            assert await it.stored() == "rt-fake-1"
        assert is_of(await it.manager.credential(), NEWER)
        assert it.used == ["rt-fake-1"] * (len(TRANSIENT) + 1)


async def test_an_unclear_timeout_is_not_followed_by_a_blind_resend() -> None:
    """The token may be spent: for five seconds the same error is the answer, without a request."""
    async with world(EXPIRED, httpx2.ReadTimeout("slow"), NEWER.answer()) as it:
        for _ in range(3):
            with pytest.raises(TimedOut):
                await it.manager.credential()
        assert len(it.used) == 1
        await asyncio.sleep(6)
        assert is_of(await it.manager.credential(), NEWER)


async def test_the_service_is_left_alone_as_long_as_it_asks() -> None:
    """Retry-After holds for those who wait, too."""
    async with world(EXPIRED, httpx2.Response(429, headers={"retry-after": "20"}), NEWER.answer()) as it:
        for _ in range(3):
            with pytest.raises(Overloaded):
                await it.manager.credential()
            await asyncio.sleep(5)
        assert len(it.used) == 1
        await asyncio.sleep(10)
        assert is_of(await it.manager.credential(), NEWER)


async def test_a_failed_renewal_beside_requests_is_not_repeated_for_each() -> None:
    """While the token is still good a failure costs one request in thirty seconds, not one per keystroke."""
    async with world(STALE, httpx2.ConnectError("offline")) as it:
        for _ in range(40):
            assert is_of(await it.manager.credential(), STALE)
            await asyncio.sleep(1)
        assert len(it.used) == 2


async def test_a_dead_login_is_remembered() -> None:
    """One request, one failed state, and no more of the network until somebody signs in (field-notes pain 8)."""
    async with world(EXPIRED, GONE) as it:
        for _ in range(3):
            with pytest.raises(CredentialsRejected) as caught:
                await it.manager.credential()
            assert caught.value.reason is Rejection.REVOKED
        await asyncio.sleep(60)
        with pytest.raises(CredentialsRejected):
            await it.manager.credential()
        assert it.states == ["SignedIn", "Failed"]
        assert (len(it.fake.requests), await it.stored()) == (1, "rt-fake-1")


async def test_a_renewal_that_succeeds_and_is_rejected_again() -> None:
    """Each rejected token is renewed once: the caller decides when to stop (BearerAuth asks once)."""
    async with world(FRESH, NEWER.answer(), FRESH.but(tag="3", refresh_token="rt-3").answer()) as it:
        first = await it.manager.credential()
        second = await it.manager.renew(first)
        await it.manager.renew(second)
        assert it.used == ["rt-fake-1", "rt-new"]


class TestOtherProcesses:
    """What another process did to the store counts before anything is sent."""

    async def test_their_newer_tokens_are_taken_over(self) -> None:
        """Same account: no request of ours."""
        async with world(EXPIRED, GONE) as it:
            await it.store.save(NEWER.tokens())
            assert is_of(await it.manager.credential(), NEWER)
            assert it.used == []

    async def test_their_expired_tokens_are_renewed(self) -> None:
        """Taken over and, being old as well, refreshed at once."""
        async with world(EXPIRED, NEWER.answer()) as it:
            await it.store.save(EXPIRED.but(tag="B", refresh_token="rt-b").tokens())
            assert is_of(await it.manager.credential(), NEWER)
            assert it.used == ["rt-b"]

    async def test_their_sign_out_is_ours(self) -> None:
        """The store is empty: signed out, nothing is sent, nothing is written (field-notes pain 18)."""
        async with world(FRESH, NEWER.answer()) as it:
            rejected = await it.manager.credential()
            await it.store.delete()
            with pytest.raises(SignInRequired):
                await it.manager.renew(rejected)
            assert (it.manager.state, it.used, await it.stored()) == (SignedOut(), [], None)

    async def test_another_account_is_never_used_silently(self) -> None:
        """The person signed in as somebody else elsewhere: say so, use neither."""
        async with world(EXPIRED, NEWER.answer()) as it:
            await it.store.save(OTHER.tokens())
            with pytest.raises(CredentialsRejected) as caught:
                await it.manager.credential()
            assert caught.value.reason is Rejection.ACCOUNT_CHANGED
            assert (it.used, await it.stored()) == ([], "rt-new")

    async def test_a_token_they_spent_is_no_failure_if_they_saved_theirs(self) -> None:
        """A program that takes no lock was faster: its tokens are found on a second look (spec/auth.md 4.7)."""
        reused = httpx2.Response(401, json={"error": {"code": "refresh_token_reused"}})
        async with world(EXPIRED, reused) as it:
            asking = asyncio.create_task(it.manager.credential())
            await asyncio.sleep(0.5)
            await it.store.save(NEWER.tokens())
            assert is_of(await asking, NEWER)
            assert isinstance(it.manager.state, SignedIn)

    async def test_who_waits_for_our_lock_with_newer_tokens_is_let_in(self) -> None:
        """The Codex CLI asks without a lock and takes it to save: while we hold it, it cannot (spec/auth.md 4.7)."""
        reused = httpx2.Response(401, json={"error": {"code": "refresh_token_reused"}})
        async with world(EXPIRED, reused) as it:

            async def cli() -> None:
                await asyncio.sleep(0.5)
                async with it.store.lock():
                    await it.store.save(NEWER.tokens())

            saving = asyncio.create_task(cli())
            assert is_of(await it.manager.credential(), NEWER)
            await saving
            assert isinstance(it.manager.state, SignedIn)
            assert "Failed" not in it.states

    async def test_their_login_ends_our_failure(self) -> None:
        """A dead login is alive again when somebody signed in from another editor; nobody waits for that."""
        async with world(EXPIRED, GONE) as it:
            with pytest.raises(CredentialsRejected):
                await it.manager.credential()
            await it.store.save(NEWER.tokens())
            await asyncio.sleep(6)
            with pytest.raises(CredentialsRejected):
                await it.manager.credential()
            await asyncio.sleep(1)
            assert is_of(await it.manager.credential(), NEWER)


class TestStoreTrouble:
    """A store that fails costs no session."""

    async def test_the_new_token_is_used_though_it_cannot_be_saved(self) -> None:
        """Memory first; the next refresh uses the new token; said once; saved when it works again (pain 7)."""
        third = FRESH.but(tag="3", refresh_token="rt-3", expires_at=NOW + 999_999)
        async with world(EXPIRED, NEWER.answer(), third.answer()) as it:
            it.store.failing.add("save")
            credential = await it.manager.credential()
            assert is_of(credential, NEWER)
            assert is_of(await it.manager.renew(credential), third)
            assert it.used == ["rt-fake-1", "rt-new"]
            assert (len(it.trouble), await it.stored()) == (1, "rt-fake-1")
            it.store.failing.clear()
            await asyncio.sleep(10)
            assert await it.stored() == "rt-3"

    async def test_an_unreadable_store_stops_the_renewal_before_anything_is_sent(self) -> None:
        """Another process may have rotated the token; the login stays."""
        async with world(EXPIRED, NEWER.answer()) as it:
            it.store.failing.add("load")
            with pytest.raises(StoreError):
                await it.manager.credential()
            assert it.used == []
            it.store.failing.clear()
            assert is_of(await it.manager.credential(), NEWER)

    async def test_closing_tries_to_save_once_more(self) -> None:
        """A rotated token does not die with the process if the store works by then."""
        async with world(EXPIRED, NEWER.answer()) as it:
            it.store.failing.add("save")
            await it.manager.credential()
        assert await it.stored() == "rt-new"


class TestNewLogin:
    """A sign-in that ends while the login before is being renewed."""

    async def test_a_late_failure_is_not_its_failure(self) -> None:
        """Who waited for the old login gets the new one."""
        async with world(EXPIRED, httpx2.ConnectError("offline")) as it:
            asking = asyncio.create_task(it.manager.credential())
            await asyncio.sleep(0.5)
            await it.manager._keep(NEWER.tokens())
            assert is_of(await asking, NEWER)

    async def test_its_own_renewal_comes_after_the_old_one(self) -> None:
        """A 401 for the new login is answered by a refresh of the new login, not by the end of the old one's."""
        third = NEWER.but(tag="3", refresh_token="rt-3")
        async with world(EXPIRED, FRESH.answer(), third.answer()) as it:
            asking = asyncio.create_task(it.manager.credential())
            await asyncio.sleep(0.5)
            await it.manager._keep(NEWER.tokens())
            assert is_of(await it.manager.renew(await it.manager.credential()), third)
            await asking
            assert it.used == ["rt-fake-1", "rt-new"]

    async def test_a_late_save_does_not_overwrite_it(self) -> None:
        """The old login's new tokens wait for their turn while the new login is being written: they stay out."""
        async with world(EXPIRED, FRESH.but(tag="late", refresh_token="rt-late").answer()) as it:
            it.store.save_seconds = 5
            asking = asyncio.create_task(it.manager.credential())
            await asyncio.sleep(0.5)
            await it.manager._keep(NEWER.tokens())
            await asking
            await asyncio.sleep(60)
            assert await it.stored() == "rt-new"
            assert is_of(await it.manager.credential(), NEWER)


async def test_closing_waits_for_a_renewal_that_was_sent() -> None:
    """A rotated refresh token must reach the store."""
    async with world(STALE, NEWER.answer(), seconds=3) as it:
        await it.manager.credential()
        await asyncio.sleep(1)
        await it.manager.aclose()
        assert await it.stored() == "rt-new"


async def test_closing_does_not_wait_for_ever() -> None:
    """A refresh that hangs is given up after five seconds."""
    async with world(STALE, NEWER.answer(), seconds=1e5) as it:
        await it.manager.credential()
        began = asyncio.get_running_loop().time()
        await it.manager.aclose()
        assert asyncio.get_running_loop().time() - began == pytest.approx(5)


async def test_offline_is_told_as_what_it_is() -> None:
    """An expired token without a network is unreachable, not signed out."""
    async with world(EXPIRED, httpx2.ConnectError("offline")) as it:
        with pytest.raises(Unreachable):
            await it.manager.credential()
        assert not isinstance(it.manager.state, Failed)
