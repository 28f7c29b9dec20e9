"""Rules of lsp_codex/auth/manager.py: load, sign-in and sign-out, and what happens when they meet a renewal."""

from __future__ import annotations

import asyncio
import json
from typing import TYPE_CHECKING

import httpx2
import pytest

from lsp_codex.auth.manager import AuthManager
from lsp_codex.auth.state import Failed, SignedIn, SignedOut
from lsp_codex.auth.store import FileStore
from lsp_codex.errors import SignInFailed, SignInFailure, SignInRequired, StoreError
from tests.auth.browser import asked, bring
from tests.auth.issuer import ADDRESS, BrokenStore, FakeIssuer
from tests.auth.world import EXPIRED, FRESH, GONE, NEWER, NOW, OTHER, is_of, world
from tests.harness.accounts import FakeAccount

if TYPE_CHECKING:
    from pathlib import Path


def texts(folder: Path, pattern: str) -> list[str]:
    """What the files of that name hold."""
    return [path.read_text() for path in sorted(folder.glob(pattern))]


async def test_what_is_stored_is_who_is_signed_in() -> None:
    """After loading, the account of the store is the state; with an empty store nobody is."""
    async with world(FRESH) as it:
        assert isinstance(it.manager.state, SignedIn)
        assert it.manager.state.account.email == FRESH.email
        assert it.states == ["SignedIn"]
    async with world(None) as it:
        assert it.manager.state == SignedOut()
        assert it.states == []
        with pytest.raises(SignInRequired):
            await it.manager.credential()
        assert it.fake.requests == []


async def test_a_store_that_cannot_be_read_counts_as_signed_out(caplog: pytest.LogCaptureFixture) -> None:
    """It is said once, not raised; nothing is deleted."""
    async with world(None) as it:
        it.store.failing.add("load")
        for _ in range(3):
            await it.manager.load()
        assert it.manager.state == SignedOut("load failed (settings codex.auth.home and codex.auth.store)")
        assert it.states == ["SignedOut"]
        assert [record.levelname for record in caplog.records] == ["WARNING"]


async def test_a_user_who_never_signed_in_sees_no_log(caplog: pytest.LogCaptureFixture) -> None:
    """No line above debug for those who do not use it (field-notes pain 13)."""
    async with world(None) as it:
        with pytest.raises(SignInRequired):
            await it.manager.credential()
        await asyncio.sleep(1)
    assert not [record for record in caplog.records if record.name.startswith("lsp_codex")]


async def test_a_login_of_another_issuer_is_not_used() -> None:
    """It is left where it is, and never shown to the service in the settings."""
    async with world(FRESH.but(issuer="https://elsewhere.invalid")) as it:
        assert it.manager.state == SignedOut()
        assert await it.stored() == "rt-fake-1"
    async with world(FRESH.but(issuer=ADDRESS)) as it:
        assert isinstance(it.manager.state, SignedIn)


async def test_a_login_from_another_editor_is_noticed() -> None:
    """Signed out here, signed in elsewhere: the next requests find it without anybody waiting for the disk."""
    async with world(None) as it:
        with pytest.raises(SignInRequired):
            await it.manager.credential()
        await asyncio.sleep(1)
        await it.store.save(FRESH.tokens())
        await asyncio.sleep(6)
        with pytest.raises(SignInRequired):
            await it.manager.credential()
        await asyncio.sleep(1)
        assert is_of(await it.manager.credential(), FRESH)


async def test_the_credential_names_the_workspace() -> None:
    """Token, account and the FedRAMP mark; without an account no header (field-notes pain 12)."""
    async with world(FRESH) as it:
        assert (await it.manager.credential()).headers()["chatgpt-account-id"] == "acct-fake-1"
    async with world(FRESH.but(account_id=None)) as it:
        assert "chatgpt-account-id" not in (await it.manager.credential()).headers()


@pytest.mark.real_time
class TestSignIn:
    """From the address to the store, with a real listener and a real file."""

    def manager(self, home: Path, fake: FakeIssuer, timeout: float = 20.0) -> AuthManager:
        """A manager as the server makes it, on any free port."""
        return AuthManager(FileStore(home), fake.issuer(), now=lambda: NOW, ports=(0,), login_timeout=timeout)

    async def test_a_sign_in_is_saved_and_used(self, tmp_path: Path) -> None:
        """The tokens are in the file before wait() returns, and the next process starts with them."""
        fake = FakeIssuer(FRESH.answer())
        manager = self.manager(tmp_path, fake)
        login = await manager.start_login()
        running = manager.login
        assert running is login
        await bring(login, code="c")
        account = await login.wait()
        record = json.loads((tmp_path / "auth.json").read_text())
        assert manager.login is None
        assert is_of(await manager.credential(), FRESH)
        await manager.aclose()
        assert (account.email, account.plan) == (FRESH.email, "plus")
        assert record["tokens"]["oauth_provenance"] == {"issuer": ADDRESS, "client_id": asked(login)["client_id"]}
        assert list(record["tokens"])[-3:] == ["oauth_provenance", "login_owner_id", "account_id"]
        again = self.manager(tmp_path, fake)
        await again.load()
        assert is_of(await again.credential(), FRESH)
        await again.aclose()

    async def test_a_second_start_is_the_same_attempt(self, tmp_path: Path) -> None:
        """Whoever asks again, even at once, sees the same address again (field-notes pain 13)."""
        manager = self.manager(tmp_path, FakeIssuer(FRESH.answer()))
        first, second = await asyncio.gather(manager.start_login(), manager.start_login())
        assert first is second
        assert await manager.start_login() is first
        first.cancel()
        assert await manager.start_login() is not first
        await manager.aclose()

    async def test_the_old_login_stays_until_the_new_one_is_saved(self, tmp_path: Path) -> None:
        """A re-login that is cancelled, denied or forgotten changes nothing (spec/auth.md 1.4)."""
        path = FRESH.write(tmp_path)
        before = path.read_bytes()
        manager = self.manager(tmp_path, FakeIssuer(OTHER.answer()))
        await manager.load()
        login = await manager.start_login()
        assert is_of(await manager.credential(), FRESH)
        await bring(login, error="access_denied")
        with pytest.raises(SignInFailed):
            await login.wait()
        (await manager.start_login()).cancel()
        assert path.read_bytes() == before
        assert is_of(await manager.credential(), FRESH)
        login = await manager.start_login()
        await bring(login, code="c")
        await login.wait()
        assert is_of(await manager.credential(), OTHER)
        await manager.aclose()

    async def test_a_sign_in_that_cannot_be_saved_holds_for_the_session(self) -> None:
        """The person can work, is told why it will not last, and it is refreshed from memory (field-notes D25)."""
        store = BrokenStore(None, "save")
        fake = FakeIssuer(FRESH.answer(), NEWER.answer())
        trouble: list[StoreError] = []
        manager = AuthManager(store, fake.issuer(), now=lambda: NOW, ports=(0,), on_trouble=trouble.append)
        login = await manager.start_login()
        await bring(login, code="c")
        with pytest.raises(SignInFailed) as caught:
            await login.wait()
        assert caught.value.reason is SignInFailure.NOT_SAVED
        credential = await manager.credential()
        assert is_of(credential, FRESH)
        assert is_of(await manager.renew(credential), NEWER)
        assert len(trouble) == 1
        await manager.aclose()

    async def test_a_session_login_lives_without_any_store(self, tmp_path: Path) -> None:
        """Neither file nor lock can be made: the login is used and renewed all the same."""
        (tmp_path / "file").touch()
        fake = FakeIssuer(FRESH.answer(), NEWER.answer())
        manager = self.manager(tmp_path / "file" / "home", fake)
        login = await manager.start_login()
        await bring(login, code="c")
        with pytest.raises(SignInFailed):
            await login.wait()
        assert is_of(await manager.renew(await manager.credential()), NEWER)
        await manager.aclose()

    async def test_signing_out_ends_a_running_attempt(self, tmp_path: Path) -> None:
        """Nobody is signed in by a browser tab that is still open."""
        manager = self.manager(tmp_path, FakeIssuer(FRESH.answer()))
        login = await manager.start_login()
        await manager.sign_out()
        with pytest.raises(SignInFailed) as caught:
            await login.wait()
        assert caught.value.reason is SignInFailure.CANCELLED
        with pytest.raises(httpx2.ConnectError):
            await bring(login, code="c")
        assert manager.state == SignedOut()
        await manager.aclose()

    async def test_signing_out_while_the_new_login_is_being_saved(self) -> None:
        """Too late to cancel: the login is saved, and then signed out."""
        saving, go = asyncio.Event(), asyncio.Event()

        class SlowStore(BrokenStore):
            async def save(self, tokens: object) -> None:
                saving.set()
                await go.wait()
                await super().save(tokens)  # type: ignore[arg-type]  # handed through as it came

        store, fake = SlowStore(), FakeIssuer(FRESH.answer())
        manager = AuthManager(store, fake.issuer(), now=lambda: NOW, ports=(0,))
        login = await manager.start_login()
        browser = asyncio.create_task(bring(login, code="c"))
        await saving.wait()
        leaving = asyncio.create_task(manager.sign_out())
        await asyncio.sleep(0.05)
        go.set()
        await leaving
        await browser
        assert (manager.state, await store.load()) == (SignedOut(), None)
        await manager.revoked()
        assert [body["token"] for body in fake.bodies("/oauth/revoke")] == ["rt-fake-1"]
        await manager.aclose()

    async def test_a_broken_file_gives_way_to_a_sign_in_only(self, tmp_path: Path) -> None:
        """Loading leaves it; signing in puts it aside."""
        (tmp_path / "auth.json").write_text("{ broken")
        manager = self.manager(tmp_path, FakeIssuer(FRESH.answer()))
        await manager.load()
        assert isinstance(manager.state, SignedOut)
        assert "not valid JSON" in manager.state.why
        assert (tmp_path / "auth.json").read_text() == "{ broken"
        login = await manager.start_login()
        await bring(login, code="c")
        await login.wait()
        await manager.aclose()
        assert json.loads((tmp_path / "auth.json").read_text())["tokens"]["refresh_token"] == "rt-fake-1"
        assert texts(tmp_path, "*.unreadable-*") == ["{ broken"]

    async def test_two_processes_refresh_once(self, tmp_path: Path) -> None:
        """Two managers on one file, both expired, both asked: one request, both have the new token (pain 1)."""
        EXPIRED.write(tmp_path)
        fake = FakeIssuer(NEWER.answer(), GONE, seconds=0.3)
        managers = [self.manager(tmp_path, fake) for _ in range(2)]
        await asyncio.gather(*(manager.load() for manager in managers))
        found = await asyncio.gather(*(manager.credential() for manager in managers for _ in range(5)))
        assert all(is_of(credential, NEWER) for credential in found)
        assert len(fake.requests) == 1
        assert json.loads((tmp_path / "auth.json").read_text())["tokens"]["refresh_token"] == "rt-new"
        for manager in managers:
            await manager.aclose()

    async def test_a_sign_in_beats_a_renewal_of_the_old_login(self, tmp_path: Path) -> None:
        """The answer for the old login arrives after the new one is saved: it changes nothing."""
        EXPIRED.write(tmp_path)
        second = FakeAccount(tag="2", refresh_token="rt-login", account_id="acct-fake-1", expires_at=NOW + 9_999)
        slow = FakeIssuer(NEWER.answer(), seconds=0.5)
        manager = self.manager(tmp_path, slow)
        await manager.load()
        asking = asyncio.create_task(manager.credential())
        await slow.asked.wait()
        slow.seconds, slow.answers = 0.0, [second.answer()]
        login = await manager.start_login()
        await bring(login, code="c")
        await login.wait()
        assert is_of(await asking, second)
        assert json.loads((tmp_path / "auth.json").read_text())["tokens"]["refresh_token"] == "rt-login"
        assert not isinstance(manager.state, Failed)
        await manager.aclose()

    async def test_closing_ends_a_running_attempt(self, tmp_path: Path) -> None:
        """The port is free when the session is over."""
        manager = self.manager(tmp_path, FakeIssuer())
        login = await manager.start_login()
        await manager.aclose()
        with pytest.raises(httpx2.ConnectError):
            await bring(login, code="c")
