"""Where tokens are kept between sessions: ``auth.json`` in the Codex CLI's form, or this process's memory."""

from __future__ import annotations

import asyncio
import json
import logging
import os
import secrets
import stat
import time
from contextlib import AbstractAsyncContextManager, nullcontext, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from lsp_codex.auth.lock import locked
from lsp_codex.auth.record import parse, render
from lsp_codex.errors import StoreError
from lsp_codex.secret import Secret

if TYPE_CHECKING:
    from lsp_codex.auth.tokens import Tokens
    from lsp_codex.config import Auth

log = logging.getLogger(__name__)

FILE_NAME = "auth.json"
LARGEST = 1024 * 1024
"""Bytes; a login has some 10,000."""


class TokenStore(Protocol):
    """Keeps one login. Every method may raise :class:`StoreError`; ``AuthManager`` is the only caller."""

    async def load(self) -> Tokens | None:
        """The login that is kept, or ``None``; changes nothing, whatever it finds."""
        ...

    async def save(self, tokens: Tokens) -> None:
        """Keep ``tokens`` instead of the login before: all of it, or nothing."""
        ...

    async def delete(self) -> None:
        """Keep nothing."""
        ...

    def lock(self) -> AbstractAsyncContextManager[None]:
        """While held, no other process changes the store."""
        ...


class MemoryStore:
    """Keeps a login as long as the process lives."""

    def __init__(self, tokens: Tokens | None = None) -> None:
        self._tokens = tokens

    async def load(self) -> Tokens | None:
        return self._tokens

    async def save(self, tokens: Tokens) -> None:
        self._tokens = tokens

    async def delete(self) -> None:
        self._tokens = None

    def lock(self) -> AbstractAsyncContextManager[None]:
        return nullcontext()


class FileStore:
    """Keeps a login in ``auth.json`` of a folder, by the Codex CLI's rules (spec/auth.md 6.1, 6.2)."""

    def __init__(self, home: Path) -> None:
        self.path = home / FILE_NAME

    async def load(self) -> Tokens | None:
        return await asyncio.to_thread(self._load)

    async def save(self, tokens: Tokens) -> None:
        await asyncio.to_thread(self._save, tokens)

    async def delete(self) -> None:
        await asyncio.to_thread(self._delete)

    def lock(self) -> AbstractAsyncContextManager[None]:
        target = self._target()
        with suppress(OSError):  # the lock says what is wrong
            _make_private(target.parent)
        return locked(target.with_name(target.name + ".lock"))

    def _target(self) -> Path:
        """The file itself when ``auth.json`` is a link: the link stays, as with the Codex CLI."""
        return Path(os.path.realpath(self.path))

    def _load(self) -> Tokens | None:
        text = self._read()
        return None if text is None else parse(_object(text, self.path), str(self.path))

    def _save(self, tokens: Tokens) -> None:
        target = self._target()
        try:
            _make_private(target.parent)
            _check_replaceable(target)
            record = render(tokens, self._kept(target))
            # The CLI writes two spaces, no final newline and no escapes (spec/auth.md 6.1).
            _replace(target, json.dumps(record, indent=2, ensure_ascii=False, default=Secret.reveal))
        except OSError as error:
            raise StoreError(f"The credentials cannot be written to {self.path} ({error.strerror})") from error
        except UnicodeEncodeError:  # its text would quote a token
            raise StoreError(f"The credentials cannot be written to {self.path} as text") from None

    def _delete(self) -> None:
        try:
            self._target().unlink(missing_ok=True)
        except OSError as error:
            raise StoreError(f"The credentials in {self.path} cannot be deleted ({error.strerror})") from error

    def _read(self) -> str | None:
        try:
            # Reading a pipe would wait for its writer, and whoever asks for the login would wait for the reading.
            status = self.path.stat()
            if stat.S_ISFIFO(status.st_mode) or stat.S_ISCHR(status.st_mode) or status.st_size > LARGEST:
                raise StoreError(f"{self.path} is no file of credentials")
            return self.path.read_text(encoding="utf-8")
        except FileNotFoundError:
            return None
        except UnicodeDecodeError:
            raise StoreError(f"{self.path} is not a text file") from None
        except OSError as error:
            raise StoreError(f"The credentials in {self.path} cannot be read ({error.strerror})") from error

    def _kept(self, target: Path) -> dict[str, Any]:
        """What the file holds now, so that foreign keys survive; a file we cannot read is put aside, not lost."""
        try:
            text = self._read()
            found = {} if text is None else _object(text, self.path)
            parse(found, str(self.path))
        except StoreError as error:
            aside = target.with_name(f"{target.name}.unreadable-{time.strftime('%Y%m%dT%H%M%S')}")
            target.replace(aside)
            log.warning("%s; it is kept as %s", error, aside.name)
            return {}
        return found


def open_store(auth: Auth) -> TokenStore:
    """The store that the settings name."""
    if auth.store == "ephemeral":
        return MemoryStore()
    return FileStore(home_folder(auth))


def home_folder(auth: Auth) -> Path:
    """The folder for credentials, lock and caches: the setting, or the platform's user data folder."""
    if auth.home is not None:
        return auth.home
    import platformdirs  # 7 ms, not needed when the setting is given

    return platformdirs.user_data_path("lsp-codex", appauthor=False)


def _object(text: str, path: Path) -> dict[str, Any]:
    try:
        found = json.loads(text)
    except (ValueError, RecursionError):  # its text would quote the file
        raise StoreError(f"{path} is not valid JSON") from None
    if not isinstance(found, dict):
        raise StoreError(f"{path} does not hold a JSON object")
    return found


def _make_private(folder: Path) -> None:
    """Create ``folder`` for the user alone; one that exists keeps its mode, for it may be the Codex CLI's."""
    if not folder.is_dir():
        folder.parent.mkdir(parents=True, exist_ok=True)
        folder.mkdir(mode=0o700, exist_ok=True)


def _check_replaceable(target: Path) -> None:
    try:
        status = target.stat()
    except FileNotFoundError:
        return
    if not status.st_mode & 0o222:
        raise StoreError(f"{target} is read-only")
    if status.st_nlink > 1:
        raise StoreError(f"{target} has more than one hard link, the others would keep an old login")


def _replace(target: Path, text: str) -> None:
    """Write ``text`` so that a crash at any point leaves the old file or the new one, never a mix."""
    temporary = target.with_name(f".{target.name}.{secrets.token_hex(6)}.tmp")
    descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(descriptor, "w", encoding="utf-8", newline="") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(target)
    finally:
        temporary.unlink(missing_ok=True)
    if hasattr(os, "O_DIRECTORY"):  # the rename itself must reach the disk; Windows has no such call
        folder = os.open(target.parent, os.O_RDONLY | os.O_DIRECTORY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)
