"""Disk: the file system calls that keeping a file is made of, and the order in which a file is replaced."""

from __future__ import annotations

import os
import secrets
import stat
from pathlib import Path

from lsp_codex.errors import StoreError


class Disk:
    """The primitives; an argument of everything that keeps a file, so that a test can stop at each of them."""

    def status(self, path: Path) -> os.stat_result | None:
        """What the system knows about ``path``, or ``None``. Raises ``OSError``."""
        try:
            return path.stat()
        except FileNotFoundError:
            return None

    def read(self, path: Path) -> bytes | None:
        """The bytes of a file, or ``None`` if there is none. Raises ``OSError``."""
        try:
            return path.read_bytes()
        except FileNotFoundError:
            return None

    def create(self, path: Path, data: bytes, like: os.stat_result | None) -> None:
        """A new file, 0600, of the owner of ``like``, its bytes on the disk. Raises ``OSError``."""
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "wb") as file:
            if like is not None and hasattr(os, "fchown") and like.st_uid != os.geteuid():
                os.fchown(descriptor, like.st_uid, like.st_gid)
            file.write(data)
            file.flush()
            os.fsync(descriptor)

    def replace(self, source: Path, target: Path) -> None:
        """``source`` under the name ``target``, in one step. Raises ``OSError``."""
        source.replace(target)

    def remove(self, path: Path) -> None:
        """No such file any more. Raises ``OSError``."""
        path.unlink(missing_ok=True)

    def matches(self, folder: Path, pattern: str) -> list[Path]:
        """The files of ``folder`` whose names match."""
        return list(folder.glob(pattern))

    def settle(self, folder: Path) -> None:
        """Return when renames in ``folder`` are on the disk; Windows has no such call. Raises ``OSError``."""
        if hasattr(os, "O_DIRECTORY"):
            descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
            try:
                os.fsync(descriptor)
            finally:
                os.close(descriptor)

    def make_private(self, folder: Path) -> None:
        """Create what is missing, for the user alone; what exists keeps its mode. Raises ``OSError``.

        An existing folder may be the Codex CLI's, or one whose mode the user has chosen.
        """
        for each in (*reversed(folder.parents), folder):
            if not each.is_dir():
                each.mkdir(mode=0o700, exist_ok=True)


def real(path: Path) -> Path:
    """The file itself when ``path`` is a link: the link stays, as with the Codex CLI (spec/auth.md 6.2)."""
    return Path(os.path.realpath(path))


def write(disk: Disk, path: Path, data: bytes) -> None:
    """Put ``data`` in the place of ``path``; a crash at any point leaves the old file or the new one, never a mix.

    The file keeps its owner, and a save of somebody else's file that cannot keep it fails: a login that its owner
    can no longer read is lost for them. What an earlier crash left behind goes first, for it holds tokens as well.
    Raises ``OSError`` and :class:`StoreError`.
    """
    target = real(path)
    disk.make_private(target.parent)
    before = disk.status(target)
    _check_replaceable(target, before)
    sweep(disk, target)
    temporary = target.with_name(f".{target.name}.{secrets.token_hex(6)}.tmp")
    try:
        disk.create(temporary, data, before)
        disk.replace(temporary, target)
    finally:
        disk.remove(temporary)
    disk.settle(target.parent)


def erase(disk: Disk, path: Path) -> None:
    """No file there any more, nor anything that a crash left beside it. Raises ``OSError``."""
    target = real(path)
    disk.remove(target)
    sweep(disk, target)


def sweep(disk: Disk, target: Path) -> None:
    """Remove what writers of ``target`` left behind; whoever writes holds the lock, so none is at work."""
    for left in unfinished(disk, target):
        disk.remove(left)


def unfinished(disk: Disk, path: Path) -> list[Path]:
    """What writers of ``path`` that died left behind. Raises ``OSError``."""
    target = real(path)
    return disk.matches(target.parent, f".{target.name}.*.tmp")


def _check_replaceable(target: Path, status: os.stat_result | None) -> None:
    if status is None:
        return
    if not stat.S_ISREG(status.st_mode):
        raise StoreError(f"{target} is not a file")
    if not status.st_mode & 0o222:
        raise StoreError(f"{target} is read-only")
    if status.st_nlink > 1:
        raise StoreError(f"{target} has more than one hard link, the others would keep an old login")
