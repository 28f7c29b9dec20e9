"""IgnoreFiles reads what the project says is not to be looked at; blocking, so it runs in a thread, and remembers."""

from __future__ import annotations

import sys
from stat import S_ISREG
from typing import TYPE_CHECKING

from lsp_codex.exclusion import Rules, excluded_by, path_parts, rules

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

NAMES = (".gitignore", ".ignore", ".aiignore", ".aiexclude", ".codexignore")
"""Each kind is read by itself: what one takes back stays excluded by another."""
LARGEST = 1_000_000
"""Bytes of an ignore file at most; a larger one is taken for unreadable, and unreadable means all is excluded."""
DEEPEST = 128
REMEMBERED = 1_000

_Stamp = tuple[int, int, int]


class IgnoreFiles:
    """The ignore files of all folders asked about so far, read anew when they change."""

    def __init__(self, platform: str = sys.platform) -> None:
        self._fold = platform in {"darwin", "win32"}
        self._read: dict[Path, tuple[_Stamp, Rules | None]] = {}
        self._said: dict[Path, tuple[list[Rules], str | None]] = {}

    def excluding(self, path: Path, folders: Sequence[Path]) -> str | None:
        """The ignore file that excludes the file at ``path``, or None; links are followed, and count as both.

        The files between it and the nearest folder with a ``.git`` count, where there is none those up to the
        workspace's folder, else those beside it.
        """
        found = self._excluding(path, folders)
        if found is None:
            real = path.resolve()
            found = self._excluding(real, folders) if real != path else None
        return found

    def _excluding(self, path: Path, folders: Sequence[Path]) -> str | None:
        every = [
            found
            for folder in project(path, folders)
            for file in (*(folder / name for name in NAMES), folder / ".git" / "info" / "exclude")
            if (found := self._rules(file, folder)) is not None
        ]
        known = self._said.get(path)
        if known is None or known[0] != every:
            if len(self._said) > REMEMBERED:
                self._said.clear()
            self._said[path] = known = (every, excluded_by(path_parts(path.as_posix()), every))
        return known[1]

    def _rules(self, file: Path, folder: Path) -> Rules | None:
        try:
            seen = file.stat()
        except (FileNotFoundError, NotADirectoryError):
            self._read.pop(file, None)
            return None
        except OSError:
            return self._all(file, folder)
        stamp = (seen.st_mtime_ns, seen.st_size, seen.st_ino)
        known = self._read.get(file)
        if known is None or known[0] != stamp:
            # A folder has no patterns; neither has a pipe, which would be waited for.
            known = (stamp, self._parsed(file, folder, seen.st_size) if S_ISREG(seen.st_mode) else None)
            self._read[file] = known
        return known[1]

    def _parsed(self, file: Path, folder: Path, size: int) -> Rules | None:
        try:
            text = file.read_bytes().decode("utf-8-sig", "surrogateescape") if size <= LARGEST else None
        except OSError:
            text = None
        if text is None:
            return self._all(file, folder)
        kind = ".gitignore" if file.name == "exclude" else file.name
        return rules(text.splitlines(), kind, str(file), path_parts(folder.as_posix()), fold=self._fold)

    def _all(self, file: Path, folder: Path) -> Rules | None:
        """Nobody knows what an unreadable file excludes."""
        return rules(["*"], "unreadable", f"{file}, which cannot be read", path_parts(folder.as_posix()))


def project(path: Path, folders: Sequence[Path]) -> tuple[Path, ...]:
    """The folders whose ignore files count for ``path``, from its own one upwards."""
    above = tuple(path.parents)[:DEEPEST]
    for number, folder in enumerate(above, start=1):
        if _is_there(folder / ".git"):
            return above[:number]
    roots = [number for number, folder in enumerate(above, start=1) if folder in folders]
    return above[: max(roots, default=1)]


def _is_there(path: Path) -> bool:
    try:
        return path.exists()
    except OSError:
        return False
