"""Rules of lsp_codex/auth/shelf.py beyond those of the stores (test_store.py)."""

from __future__ import annotations

import json
import os
from typing import TYPE_CHECKING, Any

import pytest

from lsp_codex.auth.disk import Disk
from lsp_codex.auth.shelf import FileShelf, parse_object
from lsp_codex.errors import Garbled, StoreError

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.real_time

RECORDS: tuple[dict[str, Any], ...] = (
    {},
    {"any": "meaning", "n": [1, 2.5, None, True], "ü": {"": "€"}},
    {"auth_mode": "apikey"},
)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """The file."""
    return tmp_path / "login" / "auth.json"


@pytest.fixture
def pipe(path: Path) -> Path:
    """A named pipe in the place of the file."""
    path.parent.mkdir()
    os.mkfifo(path)
    return path


def text(path: Path) -> str:
    """What the file holds."""
    return path.read_text("utf-8")


@pytest.mark.parametrize("record", RECORDS)
async def test_a_record_of_any_meaning_is_kept(record: dict[str, object], path: Path) -> None:
    """A shelf knows nothing of logins; the bytes are the Codex CLI's layout."""
    shelf = FileShelf(path, Disk())
    await shelf.save(record)
    assert await FileShelf(path, Disk()).load() == record
    assert text(path) == json.dumps(record, indent=2, ensure_ascii=False)


async def test_a_pipe_is_not_waited_for(pipe: Path) -> None:
    """Reading one would block a thread for ever."""
    with pytest.raises(StoreError, match="is not a file"):
        await FileShelf(pipe, Disk()).load()


async def test_setting_aside_what_is_not_there_is_no_error(path: Path) -> None:
    """Another program may have been faster."""
    await FileShelf(path, Disk()).set_aside()


class Broken(Disk):
    """Every call fails, as on a disk that went away."""

    def status(self, path: Path) -> os.stat_result | None:
        raise OSError(5, "Input/output error")

    def remove(self, path: Path) -> None:
        raise OSError(5, "Input/output error")


async def test_every_failure_of_the_disk_is_a_store_error(path: Path) -> None:
    """It names the file and the cause."""
    shelf = FileShelf(path, Broken())
    for call in (shelf.load, lambda: shelf.save({}), shelf.delete, shelf.set_aside):
        with pytest.raises(StoreError, match=r"auth\.json.*Input/output error"):
            await call()


@pytest.mark.parametrize("data", [b"", b"[]", b"null", b'"x"', b"{", b"\xff", b"[" * 100_000])
def test_what_is_no_object_is_garbled(data: bytes) -> None:
    """Neither quoted nor taken for an empty one."""
    with pytest.raises(Garbled, match="the place"):
        parse_object(data, "the place")


@pytest.mark.parametrize(
    ("left", "found"),
    [
        ({"last_refresh": "2026-02-01T00:00:00Z"}, "left"),
        ({"last_refresh": "2026-01-01T00:00:00Z"}, "file"),
        ({"last_refresh": None}, "file"),
        ({"last_refresh": "2026-02-01T00:00:00Z", "owner": "other"}, "file"),
        ({"last_refresh": "2026-02-01T00:00:00Z", "cut": 40}, "file"),
    ],
    ids=["renewed", "as old", "without time", "another sign-in", "half"],
)
async def test_a_renewal_that_was_not_put_in_its_place_counts(path: Path, left: dict[str, Any], found: str) -> None:
    """A process died between writing it and the rename: the token in the file is spent, the new one is not lost."""

    def record(token: str, when: str | None, owner: str = "me") -> dict[str, Any]:
        return {"tokens": {"refresh_token": token, "login_owner_id": owner}, "last_refresh": when}

    shelf = FileShelf(path, Disk())
    await shelf.save(record("file", "2026-01-01T00:00:00Z"))
    written = json.dumps(record("left", left["last_refresh"], left.get("owner", "me")))[: left.get("cut")]
    path.with_name(".auth.json.0123456789ab.tmp").write_text(written, "utf-8")
    os.mkfifo(path.with_name(".auth.json.pipe.tmp"))
    loaded = await shelf.load()
    assert loaded is not None
    assert loaded["tokens"]["refresh_token"] == found
    await shelf.save(loaded)
    assert [each.name for each in path.parent.iterdir()] == [path.name]
    path.with_name(".auth.json.0123456789ab.tmp").write_text(written, "utf-8")
    os.remove(path)  # noqa: PTH107 — as another process would
    assert await shelf.load() is None, "what was deleted stays so"
