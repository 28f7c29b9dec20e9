"""IgnoreFiles: which files of the project count for a document, and that they are read anew when they change."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

from lsp_codex.completion.ignore_files import LARGEST, IgnoreFiles

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    """A project with a few files, one of them ignored."""
    root = tmp_path / "repository"
    (root / ".git" / "info").mkdir(parents=True)
    (root / "src").mkdir()
    (root / ".gitignore").write_text("secret/\n*.log\n")
    return root


def excluding(path: Path, *folders: Path) -> str | None:
    """What a reader without a memory says."""
    return IgnoreFiles("linux").excluding(path, folders)


def test_the_files_up_to_the_repository_count(repository: Path) -> None:
    """Also where the editor opened a folder below it; not those above."""
    (repository.parent / ".gitignore").write_text("*\n")
    assert excluding(repository / "src" / "a.log", repository / "src") == str(repository / ".gitignore")
    assert excluding(repository / "secret" / "a.py") == str(repository / ".gitignore")
    assert excluding(repository / "src" / "a.py") is None


@pytest.mark.parametrize("name", [".ignore", ".aiignore", ".aiexclude", ".codexignore"])
def test_other_ignore_files_count_as_well(repository: Path, name: str) -> None:
    """What one kind takes back stays excluded by the other."""
    (repository / name).write_text("!*.log\nprivate.py\n")
    assert excluding(repository / "private.py") == str(repository / name)
    assert excluding(repository / "a.log") == str(repository / ".gitignore")


def test_what_git_keeps_for_itself_counts(repository: Path) -> None:
    """``.git/info/exclude`` is a .gitignore that is not checked in."""
    (repository / ".git" / "info" / "exclude").write_text("mine/\n")
    assert excluding(repository / "mine" / "a.py") is not None


def test_a_file_further_down_has_the_last_word(repository: Path) -> None:
    """As git has it."""
    (repository / "src" / ".gitignore").write_text("!keep.log\n")
    assert excluding(repository / "src" / "keep.log") is None
    assert excluding(repository / "keep.log") is not None


def test_without_a_repository_the_workspace_counts(tmp_path: Path) -> None:
    """And for a loose file only what lies beside it."""
    (tmp_path / "a").mkdir()
    (tmp_path / ".ignore").write_text("*.py\n")
    assert excluding(tmp_path / "a" / "x.py", tmp_path) is not None
    assert excluding(tmp_path / "a" / "x.py") is None
    assert excluding(tmp_path / "x.py") is not None


def test_a_link_counts_as_both_its_ends(repository: Path) -> None:
    """A harmless name for an ignored file does not let it out, nor an ignored name for a harmless one."""
    (repository / "secret").mkdir()
    (repository / "secret" / "key.txt").write_text("x")
    (repository / "src" / "notes.txt").symlink_to(repository / "secret" / "key.txt")
    assert excluding(repository / "src" / "notes.txt") is not None
    (repository / "src" / "a.py").write_text("x")
    (repository / "a.log").symlink_to(repository / "src" / "a.py")
    assert excluding(repository / "a.log") is not None


def test_a_change_is_seen(repository: Path) -> None:
    """The next question knows; a file that went is forgotten."""
    reader, file = IgnoreFiles("linux"), repository / "src" / "a.py"
    assert reader.excluding(file, ()) is None
    (repository / ".gitignore").write_text("src/\n")
    os.utime(repository / ".gitignore", ns=(1, 1))
    assert reader.excluding(file, ()) is not None
    (repository / ".gitignore").unlink()
    assert reader.excluding(file, ()) is None


def test_what_cannot_be_read_excludes_all(repository: Path) -> None:
    """Nobody knows what it would have said."""
    (repository / ".codexignore").write_bytes(b"# nothing\n" * (LARGEST // 10 + 1))
    assert "cannot be read" in (excluding(repository / "src" / "a.py") or "")


@pytest.mark.parametrize("content", [b"\xff\xfe*.py\n", b"\xef\xbb\xbf*.py\r\n*.rs", b"\0\n*.py"])
def test_odd_bytes_do_no_harm(repository: Path, content: bytes) -> None:
    """A byte order mark is none of the first pattern, and what is no UTF-8 is a pattern of its own."""
    (repository / ".ignore").write_bytes(content)
    assert (excluding(repository / "a.py") is not None) == (content[:1] != b"\xff")


def test_case_matters_where_the_disk_tells_it(repository: Path) -> None:
    """On macOS and Windows a file has one name in any case."""
    assert IgnoreFiles("linux").excluding(repository / "A.LOG", ()) is None
    assert IgnoreFiles("darwin").excluding(repository / "A.LOG", ()) is not None
    assert IgnoreFiles("win32").excluding(repository / "A.LOG", ()) is not None


def test_folders_in_the_place_of_files_and_the_other_way_round_do_no_harm(repository: Path) -> None:
    """A folder called .ignore is no ignore file, nor is a pipe; a document whose folder is a file has no folder."""
    (repository / ".ignore").mkdir()
    os.mkfifo(repository / ".aiignore")
    (repository / "file").write_text("x")
    assert excluding(repository / "file" / "a.py") is None
