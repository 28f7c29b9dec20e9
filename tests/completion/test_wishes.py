"""The file with the user's instructions: which one counts, and that a change is seen."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from lsp_codex.completion.wishes import FILE, LARGEST, Wishes

if TYPE_CHECKING:
    from pathlib import Path


def write(folder: Path, text: bytes) -> None:
    """Put the file into ``folder``."""
    (folder / FILE).parent.mkdir(parents=True, exist_ok=True)
    (folder / FILE).write_bytes(text)


def test_the_innermost_workspace_folder_counts(tmp_path: Path) -> None:
    """A loose file gets the first folder's; where there is no file there are no wishes."""
    inner = tmp_path / "inner"
    write(tmp_path, b"outer")
    write(inner, b"\xef\xbb\xbf inner \r\n")
    wishes = Wishes()
    assert wishes.of(inner / "a.py", (tmp_path, inner)) == "inner"
    assert wishes.of(tmp_path / "a.py", (tmp_path, inner)) == "outer"
    assert wishes.of(None, (tmp_path, inner)) == "outer"
    assert wishes.of(None, ()) == ""
    assert wishes.of(None, (tmp_path / "none",)) == ""


def test_a_change_is_seen_and_a_removal(tmp_path: Path) -> None:
    """Without a restart."""
    wishes = Wishes()
    write(tmp_path, b"one")
    assert wishes.of(None, (tmp_path,)) == "one"
    write(tmp_path, b"two")
    os.utime(tmp_path / FILE, ns=(1, 1))
    assert wishes.of(None, (tmp_path,)) == "two"
    (tmp_path / FILE).unlink()
    assert wishes.of(None, (tmp_path,)) == ""


def test_odd_files_do_no_harm(tmp_path: Path) -> None:
    """A folder in its place, a pipe that nobody writes to, bytes that are no text, a book."""
    wishes = Wishes()
    (tmp_path / FILE).mkdir(parents=True)
    assert wishes.of(None, (tmp_path,)) == ""
    (tmp_path / FILE).rmdir()
    os.mkfifo(tmp_path / FILE)
    assert wishes.of(None, (tmp_path,)) == ""
    (tmp_path / FILE).unlink()
    write(tmp_path, b"\xff\0a" + b"x" * 5 * LARGEST)
    assert len(wishes.of(None, (tmp_path,))) <= LARGEST
