"""Shelf: keeps one record, a JSON object of whatever meaning; FileShelf does so in the Codex CLI's form."""

from __future__ import annotations

import asyncio
import json
import stat
import time
from contextlib import suppress
from datetime import datetime
from typing import TYPE_CHECKING, Any, Protocol

from lsp_codex.auth.disk import Disk, erase, real, unfinished, write
from lsp_codex.errors import Garbled, StoreError

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path


class Shelf(Protocol):
    """Keeps one JSON object, or nothing. Every method may raise :class:`StoreError`."""

    @property
    def kind(self) -> str:
        """Where the record is, in a word of the setting ``codex.auth.store``."""
        ...

    @property
    def where(self) -> str:
        """Where the record is, for a message."""
        ...

    async def load(self) -> dict[str, Any] | None:
        """The record; changes nothing. Raises :class:`Garbled` if what is there is none."""
        ...

    async def save(self, record: Mapping[str, Any]) -> None:
        """Keep ``record`` (plain JSON) instead of the one before: a crash leaves the one or the other."""
        ...

    async def delete(self) -> None:
        """Keep nothing."""
        ...

    async def set_aside(self) -> None:
        """Make room without destroying: what is kept cannot be read, but somebody may still want it."""
        ...


class FileShelf:
    """A file by the Codex CLI's rules: two spaces, no final newline, no escapes, 0600 (spec/auth.md 6.1, 6.2)."""

    kind = "file"

    def __init__(self, path: Path, disk: Disk) -> None:
        self.path = path
        self.where = str(path)
        self._disk = disk

    async def load(self) -> dict[str, Any] | None:
        return await asyncio.to_thread(self._load)

    async def save(self, record: Mapping[str, Any]) -> None:
        await asyncio.to_thread(self._save, record)

    async def delete(self) -> None:
        await asyncio.to_thread(self._delete)

    async def set_aside(self) -> None:
        await asyncio.to_thread(self._set_aside)

    def _load(self) -> dict[str, Any] | None:
        try:
            status = self._disk.status(self.path)
            if status is not None and not stat.S_ISREG(status.st_mode):  # reading a pipe would wait for ever
                raise StoreError(f"{self.path} is not a file")
            data = self._disk.read(self.path)
        except OSError as error:
            raise StoreError(f"The credentials in {self.path} cannot be read ({error.strerror})") from error
        return None if data is None else self._newest(parse_object(data, self.where))

    def _newest(self, record: dict[str, Any]) -> dict[str, Any]:
        """``record``, or a renewal of it that was written whole by a process that died before the rename.

        The token in ``record`` is spent then: to present it once more would cost the login.
        """
        with suppress(OSError):
            for path in unfinished(self._disk, self.path):
                status = self._disk.status(path)
                if status is None or not stat.S_ISREG(status.st_mode):
                    continue
                with suppress(Garbled):
                    record = newer(record, parse_object(self._disk.read(path) or b"", self.where))
        return record

    def _save(self, record: Mapping[str, Any]) -> None:
        try:
            write(self._disk, self.path, json.dumps(record, indent=2, ensure_ascii=False).encode())
        except OSError as error:
            raise StoreError(f"The credentials cannot be written to {self.path} ({error.strerror})") from error
        except UnicodeEncodeError:  # its text would quote a token
            raise StoreError(f"The credentials cannot be written to {self.path} as text") from None

    def _delete(self) -> None:
        try:
            erase(self._disk, self.path)
        except OSError as error:
            raise StoreError(f"The credentials in {self.path} cannot be deleted ({error.strerror})") from error

    def _set_aside(self) -> None:
        target = real(self.path)
        aside = target.with_name(f"{target.name}.unreadable-{time.strftime('%Y%m%dT%H%M%S')}")
        try:
            status = self._disk.status(target)
            if status is not None and stat.S_ISREG(status.st_mode):
                self._disk.replace(target, aside)
        except OSError as error:
            raise StoreError(f"{self.path} cannot be put aside ({error.strerror})") from error


def parse_object(data: bytes, where: str) -> dict[str, Any]:
    """The JSON object in ``data``. Raises :class:`Garbled`, which quotes nothing of it."""
    try:
        found = json.loads(data.decode())
    except UnicodeDecodeError:
        raise Garbled(f"The credentials in {where} are not a text") from None
    except (ValueError, RecursionError):
        raise Garbled(f"The credentials in {where} are not valid JSON") from None
    if not isinstance(found, dict):
        raise Garbled(f"The credentials in {where} are not a JSON object")
    return found


def renewed_at(record: Mapping[str, Any]) -> float | None:
    """When the record was last renewed, in Unix seconds; ``None`` if it does not say."""
    try:
        moment = datetime.fromisoformat(record["last_refresh"])
        return moment.timestamp() if moment.tzinfo is not None else None
    except (KeyError, TypeError, ValueError, OverflowError):
        return None


def newer(record: dict[str, Any], left: dict[str, Any]) -> dict[str, Any]:
    """``left``, which a writer left behind, if it is the sign-in of ``record``, renewed later; else ``record``."""
    return left if is_renewal(left, record) else record


def is_renewal(new: Mapping[str, Any], old: Mapping[str, Any]) -> bool:
    """Whether ``new`` is the same sign-in as ``old``, renewed later."""
    ours, theirs = new.get("tokens"), old.get("tokens")
    if not (isinstance(ours, dict) and isinstance(theirs, dict)):
        return False
    same = all(ours.get(key) == theirs.get(key) for key in ("account_id", "login_owner_id", "oauth_provenance"))
    one, other = renewed_at(new), renewed_at(old)
    return same and one is not None and other is not None and one > other
