"""Rules of lsp_codex/auth/sealed.py."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

import pytest

from lsp_codex.auth.disk import Disk
from lsp_codex.auth.home import Home
from lsp_codex.auth.sealed import SealedFile, new_key
from lsp_codex.errors import Garbled, StoreError

if TYPE_CHECKING:
    from pathlib import Path

KEY, CONTENT = bytes(32), b'{"refresh_token": "rt-sentinel"}'


@pytest.fixture
def home(tmp_path: Path) -> Home:
    """Where the file lies."""
    return Home(tmp_path / "login")


def test_what_is_sealed_can_be_opened_with_its_key_only(home: Home) -> None:
    """And is not to be read otherwise."""
    sealed = SealedFile(home, Disk())
    sealed.write(KEY, CONTENT)
    assert sealed.open(KEY) == CONTENT
    assert b"rt-" not in home.sealed.read_bytes()
    assert home.sealed.stat().st_mode & 0o777 == 0o600
    with pytest.raises(Garbled, match=r"auth\.sealed cannot be decrypted"):
        sealed.open(new_key())


def test_no_nonce_is_used_twice(home: Home) -> None:
    """The same content looks different each time."""
    seen = set()
    for _ in range(20):
        SealedFile(home, Disk()).write(KEY, CONTENT)
        seen.add(home.sealed.read_bytes()[:40])
    assert len(seen) == 20


@pytest.mark.parametrize("change", [lambda b: b[:-1], lambda b: b + b"x", lambda b: b"", lambda b: b"X" + b[1:]])
def test_a_changed_file_is_refused(home: Home, change: object) -> None:
    """Cut, longer, empty or of another form."""
    assert callable(change)
    SealedFile(home, Disk()).write(KEY, CONTENT)
    home.sealed.write_bytes(change(home.sealed.read_bytes()))
    with pytest.raises(Garbled):
        SealedFile(home, Disk()).open(KEY)


def test_the_file_of_another_profile_is_refused(home: Home, tmp_path: Path) -> None:
    """Even under the same key: a copied file must not make one account another."""
    other = Home(tmp_path / "other")
    SealedFile(home, Disk()).write(KEY, CONTENT)
    other.folder.mkdir()
    shutil.copy(home.sealed, other.sealed)
    with pytest.raises(Garbled):
        SealedFile(other, Disk()).open(KEY)


def test_no_file_is_nothing(home: Home) -> None:
    """Neither for opening nor for removing."""
    sealed = SealedFile(home, Disk())
    assert sealed.open(KEY) is None
    sealed.remove()


def test_failures_of_the_disk_are_store_errors(home: Home) -> None:
    """They name the file."""
    home.sealed.mkdir(parents=True)
    sealed = SealedFile(home, Disk())
    with pytest.raises(StoreError, match=r"auth\.sealed"):
        sealed.open(KEY)
    with pytest.raises(StoreError, match=r"auth\.sealed"):
        sealed.write(KEY, CONTENT)
    with pytest.raises(StoreError, match=r"auth\.sealed"):
        sealed.remove()


def test_a_key_is_256_bits(home: Home) -> None:
    """And never the same."""
    assert len(new_key()) == 32
    assert new_key() != new_key()
