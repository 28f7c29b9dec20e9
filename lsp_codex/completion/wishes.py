"""The user's own instructions for ghost text: the file ``.codex/completions.md``, read again when it changes."""

from __future__ import annotations

from stat import S_ISREG
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

FILE = ".codex/completions.md"
LARGEST = 8_000
"""Bytes that are read of it; fewer are sent."""


class Wishes:
    """What the files say; blocking, so it is asked in a thread."""

    def __init__(self) -> None:
        self._read: dict[Path, tuple[tuple[int, int], str]] = {}

    def of(self, path: Path | None, folders: Sequence[Path]) -> str:
        """The text of the innermost workspace folder around ``path``, else of the first one; "" if it has none."""
        around = [folder for folder in folders if path is not None and path.is_relative_to(folder)]
        chosen = max(around, key=lambda folder: len(folder.parts), default=next(iter(folders), None))
        return "" if chosen is None else self._text(chosen / FILE)

    def _text(self, file: Path) -> str:
        try:
            seen = file.stat()
            if not S_ISREG(seen.st_mode):  # a pipe would be waited for
                return ""
            stamp = (seen.st_mtime_ns, seen.st_size)
            known = self._read.get(file)
            if known is None or known[0] != stamp:
                with file.open("rb") as opened:
                    text = opened.read(LARGEST).decode("utf-8-sig", "ignore")
                self._read[file] = known = (stamp, text.replace("\0", "").strip())
        except OSError:  # it is not there, or is no file
            return ""
        return known[1]
