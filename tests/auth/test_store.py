"""Rules of lsp_codex/auth/store.py: one contract for every store, then the file's own."""

from __future__ import annotations

import asyncio
import json
import os
import stat
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from keyring.backends.SecretService import Keyring as SecretService

from lsp_codex.auth.store import FileStore, home_folder, open_store
from lsp_codex.auth.tokens import ApiKey
from lsp_codex.config import Auth
from lsp_codex.errors import StoreError
from lsp_codex.secret import Secret
from tests.auth.backends import CuttingKeyring, NoKeyring, NullKeyring, SmallKeyring, WorkingKeyring
from tests.auth.test_lock import free
from tests.harness.accounts import FakeAccount, revealed

if TYPE_CHECKING:
    from collections.abc import Callable

    from lsp_codex.auth.keychain import Backend
    from lsp_codex.auth.store import TokenStore

pytestmark = pytest.mark.real_time

A, B = FakeAccount(), FakeAccount(tag="B", refresh_token="rt-2", email="ü@example.invalid")
BIG = B.but(tag="x" * 4_000)  # a record of 6 KB, as real ones are
SHORT = A.but(access_token="opaque")


@dataclass(frozen=True, slots=True)
class Kind:
    """A store to be opened, and the word for it in the status once it holds a login."""

    setting: str
    shown: str
    keyring: Callable[[], Backend] = NoKeyring
    shared: bool = False
    real: bool = False


KINDS = {
    "file": Kind("file", "file"),
    "ephemeral": Kind("ephemeral", "ephemeral"),
    "keyring": Kind("keyring", "keyring", WorkingKeyring),
    "keyring that holds 1,280 units": Kind("keyring", "keyring", SmallKeyring),
    "keyring that cuts": Kind("keyring", "keyring", CuttingKeyring),
    "auto with a keyring": Kind("auto", "keyring", WorkingKeyring),
    "auto without a keyring": Kind("auto", "file"),
    "auto with a keyring that forgets": Kind("auto", "file", NullKeyring),
    "Secret Service": Kind("keyring", "keyring", SecretService, real=True),
    "Secret Service, auto": Kind("auto", "keyring", SecretService, real=True),
    "Secret Service, shared": Kind("keyring", "keyring", SecretService, shared=True, real=True),
}


@pytest.fixture(params=KINDS, ids=lambda name: name)
def kind(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Kind:
    """Every store that the settings can name, over every kind of keyring."""
    kind = KINDS[request.param]
    if kind.real:
        monkeypatch.setenv("DBUS_SESSION_BUS_ADDRESS", request.getfixturevalue("secret_service").address)
    return kind


@pytest.fixture
def opened(kind: Kind, tmp_path: Path) -> Callable[[str], TokenStore]:
    """Opens the store of a profile as a new process would: with nothing in memory but the keyring's own."""
    home = tmp_path / "new" / "home"
    environ = {"CODEX_HOME": str(home)} if kind.shared else {}
    keyring = kind.keyring()
    memory: dict[str, TokenStore] = {}  # this store *is* the process

    def open_it(profile: str = "default") -> TokenStore:
        found = open_store(Auth(home=home, store=kind.setting, profile=profile), environ, lambda: keyring)
        return memory.setdefault(profile, found) if kind.setting == "ephemeral" else found

    return open_it


@pytest.fixture
def store(opened: Callable[[str], TokenStore]) -> TokenStore:
    """The store of the default profile."""
    return opened("default")


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """A home that does not exist yet."""
    return tmp_path / "deep" / "home"


def names(folder: Path, pattern: str = "*") -> list[str]:
    """What lies in a folder."""
    return sorted(entry.name for entry in folder.glob(pattern))


def made(folder: Path) -> Path:
    """The folder, created."""
    folder.mkdir(parents=True)
    return folder


def mode(path: Path) -> int:
    """The permission bits."""
    return stat.S_IMODE(path.stat().st_mode)


class TestEveryStore:
    """The contract."""

    async def test_an_empty_store_holds_nothing(self, store: TokenStore, tmp_path: Path) -> None:
        """Loading before anything was saved is no error, deleting neither, and neither leaves a trace."""
        assert await store.load() is None
        await store.delete()
        assert not (tmp_path / "new").exists()

    async def test_what_was_saved_is_loaded(self, kind: Kind, opened: Callable[[str], TokenStore]) -> None:
        """All fields survive the end of the process, the last save counts, and the status names the store."""
        last = BIG.but(issuer="https://i", login_owner_id="o").tokens()
        store = opened("default")
        async with store.lock():
            await store.save(A.tokens())
            await store.save(last)
        assert await store.load() == last
        again = opened("default")
        assert await again.load() == last
        assert store.kind == again.kind == kind.shown

    async def test_an_api_key_and_a_login_take_turns(self, opened: Callable[[str], TokenStore]) -> None:
        """Each replaces the other whole, in every store, from process to process."""
        for login in (ApiKey(Secret("sk-1")), BIG.tokens(), ApiKey(Secret("sk-2"))):
            await opened("default").save(login)
            assert await opened("default").load() == login

    async def test_long_and_short_records_take_turns(self, opened: Callable[[str], TokenStore]) -> None:
        """However a record is kept that is too long for a keyring, the next one is not affected."""
        for account in (SHORT, BIG, A, SHORT, BIG, BIG.but(refresh_token="rt-3"), SHORT):
            store = opened("default")
            async with store.lock():
                await store.save(account.tokens())
            assert await opened("default").load() == account.tokens()

    async def test_what_was_deleted_is_gone(self, opened: Callable[[str], TokenStore], tmp_path: Path) -> None:
        """Also for the next process, and nothing but locks is left on the disk."""
        store = opened("default")
        async with store.lock():
            await store.save(BIG.tokens())
            await store.delete()
        assert await store.load() is None
        assert await opened("default").load() is None
        assert set(names(tmp_path, "**/auth*")) <= {"auth.lock", "auth.json.lock"}

    async def test_two_profiles_do_not_touch_each_other(self, opened: Callable[[str], TokenStore]) -> None:
        """Whatever one does, the other keeps its login."""
        one, two = opened("default"), opened("work")
        async with one.lock(), two.lock():  # not even their locks are the same
            await one.save(A.tokens())
            await two.save(BIG.tokens())
            await one.save(A.but(refresh_token="rt-new").tokens())
            assert await two.load() == BIG.tokens()
            await one.delete()
        assert await opened("default").load() is None
        assert await opened("work").load() == BIG.tokens()
        await opened("work").delete()

    async def test_the_lock_can_be_taken_again(self, store: TokenStore) -> None:
        """Before anything was saved, and after it was given back."""
        for _ in range(2):
            async with store.lock():
                pass

    async def test_errors_show_no_token(self, kind: Kind, store: TokenStore) -> None:
        """What cannot be written is not quoted either: a token that is no text."""
        if kind.setting == "ephemeral":
            pytest.skip("nothing is written")
        with pytest.raises(StoreError) as caught:
            await store.save(A.but(refresh_token="rt-\ud800").tokens())
        assert "rt-" not in str(caught.value)


@pytest.mark.parametrize(
    ("config", "setting", "kind"),
    [
        ("", "auto", "file"),
        ('cli_auth_credentials_store = "ephemeral"', "auto", "ephemeral"),
        ('cli_auth_credentials_store = "keyring"', "auto", "keyring"),
        ('cli_auth_credentials_store = "auto"', "auto", "auto"),
        ('cli_auth_credentials_store = "keyring"', "file", "file"),
    ],
)
def test_on_the_codex_clis_folder_auto_is_what_the_cli_does(
    config: str, setting: str, kind: str, tmp_path: Path
) -> None:
    """A login that we moved to the keyring would be gone for a CLI that looks into the file."""
    (tmp_path / "config.toml").write_text(config)
    store = open_store(Auth(home=tmp_path, store=setting), {"CODEX_HOME": str(tmp_path)}, NoKeyring)
    assert store.kind == kind


async def test_the_lock_is_both_of_the_codex_clis(home: Path) -> None:
    """Who holds the first makes the CLI wait without limit; at the second alone it would give up after 5 s."""
    async with FileStore(home).lock():
        assert not free(home / "auth.lock")
        assert not free(home / "auth.json.lock")
    assert free(home / "auth.lock")
    assert free(home / "auth.json.lock")


def test_the_home_is_the_setting_or_the_platforms_folder(tmp_path: Path) -> None:
    """Nothing is created by asking."""
    assert home_folder(Auth(home=tmp_path / "x")) == tmp_path / "x"
    found = home_folder(Auth())
    assert found.name == "lsp-codex"
    assert found.is_relative_to(Path.home())
    assert not found.exists()


async def test_file_and_folder_are_for_the_user_alone(home: Path) -> None:
    """0600 in 0700, also with a generous umask, also over a file that was open to all."""
    before = os.umask(0o000)
    try:
        await FileStore(home).save(A.tokens())
        assert (mode(home), mode(home / "auth.json")) == (0o700, 0o600)
        (home / "auth.json").chmod(0o644)
        await FileStore(home).save(B.tokens())
        assert mode(home / "auth.json") == 0o600
    finally:
        os.umask(before)


async def test_loading_creates_nothing(home: Path) -> None:
    """Who never signs in leaves no trace."""
    assert await FileStore(home).load() is None
    assert not home.parent.exists()


async def test_the_bytes_are_the_codex_clis(home: Path) -> None:
    """Two spaces, no final newline, no escapes."""
    account = B.but(issuer="https://auth.openai.com", login_owner_id="o")
    await FileStore(home).save(account.tokens())
    assert (home / "auth.json").read_text("utf-8") == json.dumps(account.record(), indent=2, ensure_ascii=False)


async def test_a_file_of_the_codex_cli_keeps_its_foreign_keys(home: Path) -> None:
    """What we do not know survives our rewrite."""
    path = A.write(home)
    record = A.record() | {"future": {"x": [1]}, "OPENAI_API_KEY": "sk-kept"}
    path.write_text(json.dumps(record))
    await FileStore(home).save(B.tokens())
    found = json.loads(path.read_text())
    assert (found["future"], found["OPENAI_API_KEY"]) == ({"x": [1]}, "sk-kept")
    assert found["tokens"] == revealed(B.tokens())["tokens"]


@pytest.mark.parametrize(
    "content",
    [b"", b"{", b"[]", b"\xff\xfe", b'{"auth_mode": "quantum"}', b'{"tokens": {"id_token": "x"}}', b"[" * 99_999],
)
async def test_a_broken_file_is_left_alone_until_it_must_give_way(home: Path, content: bytes) -> None:
    """Loading raises and changes nothing; saving puts the file aside, readable for its owner, and goes on."""
    path = made(home) / "auth.json"
    path.write_bytes(content)
    with pytest.raises(StoreError, match=r"auth\.json"):
        await FileStore(home).load()
    assert path.read_bytes() == content
    await FileStore(home).save(A.tokens())
    assert await FileStore(home).load() == A.tokens()
    (aside,) = names(home, "auth.json.unreadable-*")
    assert (home / aside).read_bytes() == content


async def test_a_link_stays_and_its_target_is_replaced(home: Path, tmp_path: Path) -> None:
    """As with the Codex CLI; the lock lies beside the target (spec/auth.md 6.2)."""
    target = tmp_path / "real.json"
    target.write_text(json.dumps(A.record()))
    (made(home) / "auth.json").symlink_to(target)
    store = FileStore(home)
    await store.save(B.tokens())
    assert (home / "auth.json").is_symlink()
    assert json.loads(target.read_text()) == B.record()
    async with store.lock():
        assert (tmp_path / "real.json.lock").exists()
    await store.delete()
    assert not target.exists()


async def test_a_file_made_read_only_is_not_replaced(home: Path) -> None:
    """Whoever takes the write permission away means it."""
    path = A.write(home)
    path.chmod(0o400)
    with pytest.raises(StoreError, match="read-only"):
        await FileStore(home).save(B.tokens())
    assert await FileStore(home).load() == A.tokens()


async def test_a_file_with_two_names_is_not_replaced(home: Path) -> None:
    """Replacing one name would leave a spent refresh token under the other."""
    path = A.write(home)
    (home / "other.json").hardlink_to(path)
    with pytest.raises(StoreError, match="hard link"):
        await FileStore(home).save(B.tokens())
    assert await FileStore(home).load() == A.tokens()


async def test_a_save_that_fails_leaves_the_old_login_and_no_rubbish(home: Path) -> None:
    """A token that is no text stands for a full disk: it fails in the middle of the writing."""
    A.write(home)
    with pytest.raises(StoreError) as caught:
        await FileStore(home).save(B.but(refresh_token="rt-\ud800").tokens())
    assert "rt-" not in str(caught.value)
    assert names(home) == ["auth.json"]
    assert await FileStore(home).load() == A.tokens()


async def test_a_folder_in_the_place_of_the_file_stays(home: Path) -> None:
    """It is not ours to replace."""
    made(home / "auth.json")
    with pytest.raises(StoreError):
        await FileStore(home).save(A.tokens())
    assert names(home) == ["auth.json"]


async def test_a_home_that_is_a_file_is_a_store_error(tmp_path: Path) -> None:
    """Every operation names the path and the cause, none raises OSError."""
    (tmp_path / "a file").touch()
    store = FileStore(tmp_path / "a file")
    with pytest.raises(StoreError, match=r"auth\.json"):
        await store.save(A.tokens())
    with pytest.raises(StoreError, match=r"auth\.json"):
        await store.load()
    with pytest.raises(StoreError):
        async with store.lock():
            pass


async def test_a_reader_never_sees_half_a_file(home: Path) -> None:
    """While one saves again and again, another always loads a whole login."""
    store, whole = FileStore(home), (A.tokens(), B.tokens())
    await store.save(whole[0])

    async def write() -> None:
        for turn in range(30):
            await store.save(whole[turn % 2])

    writing = asyncio.create_task(write())
    while not writing.done():
        assert await FileStore(home).load() in whole
    await writing
    assert names(home) == ["auth.json"]


async def test_errors_show_no_token(home: Path) -> None:
    """A file that breaks off in the middle of a token is not quoted."""
    path = A.write(home)
    path.write_text(path.read_text()[:-20])
    with pytest.raises(StoreError) as caught:
        await FileStore(home).load()
    assert caught.value.__cause__ is None
    assert "eyJ" not in str(caught.value)
