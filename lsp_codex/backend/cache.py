"""DiskCache: what is known of each account between sessions, in one small file of the home; never a secret.

A cache: what cannot be read counts as nothing, what cannot be written is logged, and the last writer wins.
"""

from __future__ import annotations

import asyncio
import hashlib
import json
import logging
import os
import secrets
from contextlib import suppress
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pathlib import Path

log = logging.getLogger(__name__)

FILE_NAME = "lsp-codex-cache.json"
"""Not the Codex CLI's ``models_cache.json``: the home may be that program's own folder."""

FORM = 1
ACCOUNTS = 8
LARGEST = 1024 * 1024


def account_name(*parts: str | None) -> str:
    """The key of an account in the file; says nothing about it to who reads the file."""
    return hashlib.sha256("\n".join(part or "" for part in parts).encode()).hexdigest()[:32]


class DiskCache:
    """The file in ``folder``; with None nothing is kept."""

    def __init__(self, folder: Path | None) -> None:
        self._path = None if folder is None else folder / FILE_NAME
        self._writing = asyncio.Lock()

    async def load(self, account: str) -> dict[str, Any]:
        """What is kept of ``account``; empty if there is nothing."""
        if self._path is None:
            return {}
        found = (await asyncio.to_thread(_read, self._path)).get(account)
        return found if isinstance(found, dict) else {}

    async def keep(self, account: str, **values: object) -> None:
        """Keep ``values`` (JSON) of ``account`` beside what is kept of it already."""
        if self._path is None:
            return
        async with self._writing:
            await asyncio.to_thread(_update, self._path, account, values)


def _read(path: Path) -> dict[str, Any]:
    try:
        if path.stat().st_size > LARGEST:
            return {}
        found = json.loads(path.read_text("utf-8"))
    except (OSError, ValueError, RecursionError):
        return {}
    accounts = found.get("accounts") if isinstance(found, dict) and found.get("form") == FORM else None
    return accounts if isinstance(accounts, dict) else {}


def _update(path: Path, account: str, values: dict[str, object]) -> None:
    accounts = _read(path)
    before = accounts.pop(account, None)
    accounts[account] = (before if isinstance(before, dict) else {}) | values
    newest = dict(list(accounts.items())[-ACCOUNTS:])
    text = json.dumps({"form": FORM, "accounts": newest}, separators=(",", ":"))
    if len(text) > LARGEST:
        log.info("the cache of models is not written: it would be too large")
        return
    temporary = path.with_name(f".{path.name}.{secrets.token_hex(6)}.tmp")
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        with os.fdopen(
            os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8"
        ) as file:
            file.write(text)
        temporary.replace(path)
    except OSError as error:
        log.info("the cache of models cannot be written: %s", error.strerror)
        with suppress(OSError):
            temporary.unlink(missing_ok=True)
