"""The file of what is known between sessions: private, bounded, whole, and never a reason to fail."""

from __future__ import annotations

import asyncio
import json
from typing import TYPE_CHECKING

import pytest

from lsp_codex.backend.cache import ACCOUNTS, FILE_NAME, LARGEST, DiskCache, account_name

if TYPE_CHECKING:
    from pathlib import Path


async def test_what_is_kept_is_found_again_by_its_account(tmp_path: Path) -> None:
    """And what was kept beside it stays."""
    cache = DiskCache(tmp_path / "kept")
    await cache.keep("a", models=[1])
    await cache.keep("a", workspace={"x": 2})
    await cache.keep("b", models=[3])
    other = DiskCache(tmp_path / "kept")
    assert await other.load("a") == {"models": [1], "workspace": {"x": 2}}
    assert await other.load("b") == {"models": [3]}
    assert await other.load("c") == {}


async def test_the_file_is_the_users_alone(tmp_path: Path) -> None:
    """0600 in a folder of 0700, and nothing temporary is left."""
    await DiskCache(tmp_path / "kept").keep("a", models=[1])
    assert [path.name for path in (tmp_path / "kept").iterdir()] == [FILE_NAME]
    assert (tmp_path / "kept" / FILE_NAME).stat().st_mode & 0o777 == 0o600
    assert (tmp_path / "kept").stat().st_mode & 0o777 == 0o700


async def test_the_name_of_an_account_says_nothing(tmp_path: Path) -> None:
    """Neither the account's id nor the address stand in the file."""
    name = account_name("https://chatgpt.com", "acct-1")
    await DiskCache(tmp_path).keep(name, models=[1])
    text = (tmp_path / FILE_NAME).read_text()
    assert "acct" not in text
    assert "chatgpt" not in text
    assert name != account_name("https://chatgpt.com", "acct-2") != account_name("https://chatgpt.com", None)


async def test_only_the_newest_accounts_stay(tmp_path: Path) -> None:
    """The file does not grow with every account that was ever used."""
    cache = DiskCache(tmp_path)
    for number in range(ACCOUNTS + 3):
        await cache.keep(str(number), models=[number])
    await cache.keep("3", models=["again"])
    await cache.keep("new", models=[])
    assert list(json.loads((tmp_path / FILE_NAME).read_text())["accounts"]) == [*"56789", "10", "3", "new"]


@pytest.mark.parametrize(
    "content", [b"", b"{", b"[]", b"\xff", b'{"form": 99, "accounts": {"a": {}}}', b'{"form": 1, "accounts": []}',
                b"[" * 100_000, b'{"form": 1, "accounts": {"a": {"models": "' + b"x" * LARGEST + b'"}}}'],
    ids=range(8),
)  # fmt: skip
async def test_what_cannot_be_read_counts_as_nothing(tmp_path: Path, content: bytes) -> None:
    """And is replaced with the next list."""
    (tmp_path / FILE_NAME).write_bytes(content)
    cache = DiskCache(tmp_path)
    assert await cache.load("a") == {}
    await cache.keep("a", models=[1])
    assert await cache.load("a") == {"models": [1]}


async def test_what_cannot_be_written_is_no_error(tmp_path: Path) -> None:
    """A home that is a file, a list that is too large: the session goes on without."""
    (tmp_path / "kept").write_text("")
    await DiskCache(tmp_path / "kept").keep("a", models=[1])
    cache = DiskCache(tmp_path)
    await cache.keep("a", models=["x" * LARGEST])
    assert await cache.load("a") == {}


async def test_without_a_folder_nothing_is_kept() -> None:
    """A login that is in memory only leaves no trace."""
    cache = DiskCache(None)
    await cache.keep("a", models=[1])
    assert await cache.load("a") == {}


async def test_many_writers_of_one_process_lose_nothing(tmp_path: Path) -> None:
    """They take turns."""
    cache = DiskCache(tmp_path)
    await asyncio.gather(*(cache.keep("a", **{f"k{number}": number}) for number in range(10)))
    assert await cache.load("a") == {f"k{number}": number for number in range(10)}
