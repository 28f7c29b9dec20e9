"""Rules of lsp_codex/auth/store.py: one contract for every store, then the file's own."""

from __future__ import annotations

import asyncio
import json
import os
import stat
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from lsp_codex.auth.store import LARGEST, FileStore, MemoryStore, home_folder, open_store
from lsp_codex.config import Auth
from lsp_codex.errors import StoreError
from tests.harness.accounts import FakeAccount, revealed

if TYPE_CHECKING:
    from lsp_codex.auth.store import TokenStore

pytestmark = pytest.mark.real_time

A, B = FakeAccount(), FakeAccount(tag="B", refresh_token="rt-2", email="ü@example.invalid")


@pytest.fixture(params=["file", "ephemeral"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> TokenStore:
    """Every store that the settings can name."""
    return open_store(Auth(home=tmp_path / "new" / "home", store=request.param))


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

    async def test_an_empty_store_holds_nothing(self, store: TokenStore) -> None:
        """Loading before anything was saved is no error, and deleting neither."""
        assert await store.load() is None
        await store.delete()

    async def test_what_was_saved_is_loaded(self, store: TokenStore) -> None:
        """All fields survive, and the last save counts."""
        await store.save(A.tokens())
        await store.save(B.but(issuer="https://i", login_owner_id="o").tokens())
        found = await store.load()
        assert found == B.but(issuer="https://i", login_owner_id="o").tokens()

    async def test_what_was_deleted_is_gone(self, store: TokenStore) -> None:
        """After a delete nothing is there."""
        await store.save(A.tokens())
        await store.delete()
        assert await store.load() is None

    async def test_the_lock_can_be_taken_again(self, store: TokenStore) -> None:
        """Before anything was saved, and after it was given back."""
        for _ in range(2):
            async with store.lock():
                pass


@pytest.mark.parametrize(("word", "kind"), [("auto", FileStore), ("file", FileStore), ("ephemeral", MemoryStore)])
def test_the_setting_names_the_store(word: str, kind: type, tmp_path: Path) -> None:
    """Each allowed word opens its store."""
    assert isinstance(open_store(Auth(home=tmp_path, store=word)), kind)


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
    [
        b"",
        b"{",
        b"[]",
        b"\xff\xfe",
        b'{"auth_mode": "quantum"}',
        b'{"tokens": {"id_token": "x"}}',
        b"[" * 99_999,
        b"{}" + b" " * LARGEST,
    ],
    ids=lambda content: repr(content[:16]),
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


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no named pipes on this system")
@pytest.mark.timeout(5)
@pytest.mark.parametrize("linked", [True, False])
async def test_a_pipe_in_the_place_of_the_file_is_not_waited_for(home: Path, linked: bool) -> None:
    """Nobody may ever write into it, and everything that needs the login would wait."""
    pipe = made(home) / ("pipe" if linked else "auth.json")
    os.mkfifo(pipe)
    if linked:
        (home / "auth.json").symlink_to(pipe)
    with pytest.raises(StoreError, match="no file of credentials"):
        await FileStore(home).load()


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
