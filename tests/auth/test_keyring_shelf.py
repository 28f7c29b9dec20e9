"""Rules of lsp_codex/auth/keyring_shelf.py; test_crash.py shows that a save is all or nothing."""

from __future__ import annotations

import base64
import json
from typing import TYPE_CHECKING, Any

import pytest

from lsp_codex.auth.disk import Disk
from lsp_codex.auth.home import Home
from lsp_codex.auth.keychain import Keychain
from lsp_codex.auth.keyring_shelf import KEY_MARK, KeyringShelf, most_units
from lsp_codex.auth.sealed import SealedFile
from lsp_codex.errors import Garbled, KeyringFailed, StoreError
from tests.auth.backends import CuttingKeyring, FlakyKeyring, NullKeyring, SmallKeyring, WorkingKeyring

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.real_time

SMALL = {"auth_mode": "apikey", "OPENAI_API_KEY": "sk-1"}
LARGE = {"auth_mode": "chatgpt", "tokens": {"access_token": "ü" * 6_000}}


def shelf(home: Home, backend: Any, *, units: int | None = None, sealed: bool = True) -> KeyringShelf:
    """As a new process opens it."""
    chain = Keychain(home, lambda: backend)
    return KeyringShelf(home, chain, Disk(), SealedFile(home, Disk()) if sealed else None, units)


@pytest.fixture
def home(tmp_path: Path) -> Home:
    """A home that does not exist yet."""
    return Home(tmp_path / "login")


def entry(backend: WorkingKeyring, home: Home) -> str:
    """What the keyring holds."""
    return backend.entries[home.service, home.account]


async def test_without_a_folder_the_keyring_is_not_asked(home: Home) -> None:
    """Who never signed in pays neither for the import nor with a prompt."""
    backend = WorkingKeyring()
    assert await shelf(home, backend).load() is None
    assert backend.calls == []


async def test_a_folder_that_cannot_be_looked_at_is_none(tmp_path: Path) -> None:
    """Its name is too long, or a folder above it is closed to this user, as root's is in some containers."""
    backend = WorkingKeyring()
    assert await shelf(Home(tmp_path / ("x" * 300)), backend).load() is None
    assert backend.calls == []


async def test_the_entry_is_the_record_as_compact_json(home: Home) -> None:
    """As the Codex CLI writes it, and no file holds anything (spec/auth.md 6.4)."""
    backend = WorkingKeyring()
    await shelf(home, backend).save(LARGE)
    assert entry(backend, home) == json.dumps(LARGE, separators=(",", ":"), ensure_ascii=False)
    assert list(home.folder.iterdir()) == []


@pytest.mark.parametrize(("make", "units"), [(SmallKeyring, None), (SmallKeyring, 1_280), (CuttingKeyring, None)])
async def test_what_is_too_long_is_sealed(make: type[WorkingKeyring], units: int | None, home: Home) -> None:
    """The keyring holds the key, a file the rest; the next saves need no new key (field-notes pain 5)."""
    backend = make()
    await shelf(home, backend, units=units).save(LARGE)
    key = entry(backend, home)
    assert key.startswith(KEY_MARK)
    assert len(key) < 80
    await shelf(home, backend, units=units).save({**LARGE, "more": 1})
    assert entry(backend, home) == key or make is CuttingKeyring  # whose try destroys what was there
    assert await shelf(home, backend, units=units).load() == {**LARGE, "more": 1}


async def test_where_the_most_is_known_nothing_longer_is_tried(home: Home) -> None:
    """UTF-16 units count, not characters: 700 of these are 1,400 units."""
    backend = WorkingKeyring()
    await shelf(home, backend, units=1_280).save({"x": "\N{GRINNING FACE}" * 700})
    assert entry(backend, home).startswith(KEY_MARK)
    await shelf(home, backend, units=1_280).save({"x": "x" * 1_000})
    assert entry(backend, home).startswith("{")
    assert not home.sealed.exists()


async def test_a_short_record_replaces_a_sealed_one(home: Home) -> None:
    """And the file goes."""
    backend = SmallKeyring()
    await shelf(home, backend).save(LARGE)
    await shelf(home, backend).save(SMALL)
    assert json.loads(entry(backend, home)) == SMALL
    assert not home.sealed.exists()


@pytest.mark.parametrize("record", [SMALL, LARGE])
async def test_a_keyring_that_keeps_nothing_leaves_nothing(record: dict[str, Any], home: Home) -> None:
    """It is found out by reading back, and no file is left whose key is nowhere."""
    with pytest.raises(KeyringFailed, match="does not keep"):
        await shelf(home, NullKeyring()).save(record)
    assert list(home.folder.iterdir()) == []


async def test_deleting_removes_entry_and_file(home: Home) -> None:
    """Both; and the file even if the keyring fails, for then its key is worth nothing."""
    backend = SmallKeyring()
    await shelf(home, backend).save(LARGE)
    await shelf(home, backend).delete()
    assert backend.entries == {}
    assert not home.sealed.exists()
    flaky = FlakyKeyring()
    await shelf(home, flaky, units=10).save(LARGE)
    flaky.works = False
    with pytest.raises(KeyringFailed):
        await shelf(home, flaky).delete()
    assert not home.sealed.exists()
    flaky.works = True
    assert await shelf(home, flaky).load() is None


@pytest.mark.parametrize(
    "value",
    ["", "not json", "[]", KEY_MARK, KEY_MARK + "!", KEY_MARK + base64.b64encode(b"short").decode(), "{\ud800"],
)
async def test_what_is_no_record_is_garbled_and_gives_way(value: str, home: Home) -> None:
    """Reading names the entry and quotes nothing; saving replaces it."""
    backend = WorkingKeyring()
    home.folder.mkdir()
    backend.entries[home.service, home.account] = value
    with pytest.raises(Garbled, match=r"the keyring \('lsp-codex'"):
        await shelf(home, backend).load()
    for record in (SMALL, LARGE):
        await shelf(home, backend, units=1_280).save(record)
        assert await shelf(home, backend).load() == record


async def test_a_sealed_file_that_is_gone_is_no_login(home: Home) -> None:
    """Somebody deleted it: signed out, and the next sign-in works."""
    backend = SmallKeyring()
    await shelf(home, backend).save(LARGE)
    home.sealed.unlink()
    assert await shelf(home, backend).load() is None
    await shelf(home, backend).save(LARGE)
    assert await shelf(home, backend).load() == LARGE


async def test_where_the_codex_cli_reads_nothing_is_sealed(home: Home) -> None:
    """It could not read it; so that is an error that names the file."""
    backend = SmallKeyring()
    with pytest.raises(KeyringFailed, match="refused"):
        await shelf(home, backend, sealed=False).save(LARGE)
    backend.entries[home.service, home.account] = KEY_MARK + base64.b64encode(bytes(32)).decode()
    with pytest.raises(Garbled):
        await shelf(home, backend, sealed=False).load()


async def test_a_home_that_cannot_be_made_is_a_store_error(tmp_path: Path) -> None:
    """It says which, before the keyring is touched."""
    (tmp_path / "file").touch()
    backend = WorkingKeyring()
    with pytest.raises(StoreError, match="cannot be created"):
        await shelf(Home(tmp_path / "file" / "home"), backend).save(SMALL)
    assert backend.calls == []


def renewed(minute: int, **tokens: str) -> dict[str, Any]:
    """A record too long for a keyring, renewed at ``minute``."""
    held = {"access_token": "ü" * 6_000, "account_id": "acct-1", **tokens}
    return {"auth_mode": "chatgpt", "tokens": held, "last_refresh": f"2026-11-21T10:{minute:02}:00Z"}


async def left_behind(home: Home, backend: Any, record: dict[str, Any], disk: Disk) -> None:
    """A writer dies with its new record whole, before the rename."""
    chain = Keychain(home, lambda: backend)
    with pytest.raises(Killed):
        await KeyringShelf(home, chain, disk, SealedFile(home, disk), None).save(record)


class Killed(Exception):
    """What nobody in the process hears of."""


class DyingDisk(Disk):
    """Dies before the rename, and with it everything that would have been tidied up."""

    def replace(self, source: Path, target: Path) -> None:
        raise Killed

    def remove(self, path: Path) -> None:
        """Too late."""


LEFT = {
    "a renewal": (renewed(2), True),
    "an older one": (renewed(0), False),
    "of another account": (renewed(2, account_id="acct-2"), False),
    "of another sign-in": (renewed(2, login_owner_id="other"), False),
}


@pytest.mark.parametrize("case", LEFT)
async def test_a_renewal_that_a_killed_writer_left_sealed_counts(case: str, home: Home) -> None:
    """As with ``auth.json``: the token in the file is spent; any other leaving is not believed, and none survives."""
    backend, record = SmallKeyring(), LEFT[case][0]
    await shelf(home, backend).save(renewed(1))
    await left_behind(home, backend, record, DyingDisk())
    assert len(list(home.folder.glob(".auth.sealed.*.tmp"))) == 1
    assert await shelf(home, backend).load() == (record if LEFT[case][1] else renewed(1))
    await shelf(home, backend).save(renewed(3))
    assert list(home.folder.iterdir()) == [home.sealed]
    assert await shelf(home, backend).load() == renewed(3)


@pytest.mark.parametrize("garbage", [b"", b"half of it", b"lsp-codex sealed 1\n" + bytes(64)])
async def test_what_else_lies_beside_the_sealed_file_is_no_record(garbage: bytes, home: Home) -> None:
    """Cut off, or sealed with a key that nobody has any more; a folder of that name harms nobody either."""
    backend = SmallKeyring()
    await shelf(home, backend).save(renewed(1))
    (home.folder / ".auth.sealed.a.tmp").write_bytes(garbage)
    (home.folder / ".auth.sealed.b.tmp").mkdir()
    assert await shelf(home, backend).load() == renewed(1)


def test_the_most_is_known_for_windows_only() -> None:
    """2,560 bytes of UTF-16."""
    assert (most_units("win32"), most_units("linux"), most_units("darwin")) == (1_280, None, None)
