"""Rules of lsp_codex/auth/disk.py; tests/auth/test_crash.py breaks off at each of its primitives."""

from __future__ import annotations

import os
import stat
from typing import TYPE_CHECKING, Any

import pytest

from lsp_codex.auth.disk import Disk, erase, write
from lsp_codex.errors import StoreError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture
def generous() -> Iterator[None]:
    """A umask that forbids nothing."""
    before = os.umask(0)
    yield
    os.umask(before)


def mode(path: Path) -> int:
    """The permission bits."""
    return stat.S_IMODE(path.stat().st_mode)


@pytest.mark.usefixtures("generous")
def test_everything_that_is_created_is_for_the_user_alone(tmp_path: Path) -> None:
    """Every missing folder on the way 0700, the file 0600; what was there keeps its mode."""
    there = tmp_path / "there"
    there.mkdir(mode=0o755)
    write(Disk(), there / "home" / "profiles" / "work" / "auth.json", b"x")
    assert mode(there) == 0o755
    for folder in ("home", "home/profiles", "home/profiles/work"):
        assert mode(there / folder) == 0o700
    assert mode(there / "home/profiles/work/auth.json") == 0o600


def test_what_a_crash_left_goes_with_the_next_save_and_with_a_delete(tmp_path: Path) -> None:
    """It holds tokens as well; other files stay."""
    path, left, other = tmp_path / "auth.json", tmp_path / ".auth.json.abc.tmp", tmp_path / ".auth.json"
    for deletes in (False, True):
        left.write_text("tokens")
        other.write_text("other")
        if deletes:
            erase(Disk(), path)
        else:
            write(Disk(), path, b"new")
        assert not left.exists()
        assert other.exists()


class AnotherUsers(Disk):
    """A disk on which every file that is there belongs to the user with this number."""

    def __init__(self, uid: int) -> None:
        self._uid = uid

    def status(self, path: Path) -> os.stat_result | None:
        found = super().status(path)
        return None if found is None else os.stat_result((*found[:4], self._uid, self._uid, *found[6:]))


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give a file away")
def test_a_file_keeps_its_owner(tmp_path: Path) -> None:
    """A server that runs as root does not lock the user out of their own login."""
    path = tmp_path / "auth.json"
    path.write_text("old")
    os.chown(path, 12_345, 12_345)
    write(Disk(), path, b"new")
    assert (path.read_text(), path.stat().st_uid, mode(path)) == ("new", 12_345, 0o600)


@pytest.mark.skipif(os.geteuid() == 0, reason="root can give a file to anybody")
def test_another_users_file_is_not_taken_over(tmp_path: Path) -> None:
    """Who cannot keep the owner does not save."""
    path = tmp_path / "auth.json"
    path.write_text("old")
    with pytest.raises(PermissionError):
        write(AnotherUsers(os.geteuid() + 1), path, b"new")
    assert not list(tmp_path.glob(".auth*"))
    assert path.read_text() == "old"


@pytest.mark.parametrize("make", [os.mkfifo, os.mkdir])
def test_what_is_no_file_is_not_replaced(make: Any, tmp_path: Path) -> None:
    """A pipe or a folder is there for a reason that is not ours."""
    make(tmp_path / "auth.json")
    with pytest.raises(StoreError, match="is not a file"):
        write(Disk(), tmp_path / "auth.json", b"x")


def test_a_dangling_link_gets_its_target(tmp_path: Path) -> None:
    """The link stays, the file is made where it points."""
    (tmp_path / "auth.json").symlink_to(tmp_path / "deep" / "real.json")
    write(Disk(), tmp_path / "auth.json", b"x")
    assert (tmp_path / "deep" / "real.json").read_bytes() == b"x"
    assert (tmp_path / "auth.json").is_symlink()
