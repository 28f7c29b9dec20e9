"""KeyringShelf: the record in the system's keyring, or, where it is too long for that, its key there.

The entry says which of the two it is. It changes in one step, so a crash leaves the old record or the new one:
a sealed file is written before an entry names its key, and removed after an entry has ceased to.
"""

from __future__ import annotations

import asyncio
import base64
import json
import os
import sys
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from lsp_codex.auth.sealed import KEY_BYTES, new_key
from lsp_codex.auth.shelf import newer, parse_object
from lsp_codex.errors import Garbled, KeyringFailed, KeyringTrouble, StoreError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from lsp_codex.auth.disk import Disk
    from lsp_codex.auth.home import Home
    from lsp_codex.auth.keychain import Keychain
    from lsp_codex.auth.sealed import SealedFile

KEY_MARK = "lsp-codex-key-1:"

# CRED_MAX_CREDENTIAL_BLOB_SIZE is 2,560 bytes, and keyring writes UTF-16 there (jaraco/keyring#540).
WINDOWS_UNITS = 1_280
# No keyring is known that refuses this little for its length.
SURELY_SHORT = 500


class KeyringShelf:
    """``sealed`` is ``None`` where the Codex CLI must be able to read the entry; ``units`` is the most it holds.

    ``units`` counts UTF-16 code units; ``None`` means that only trying tells.
    """

    kind = "keyring"

    def __init__(
        self, home: Home, keychain: Keychain, disk: Disk, sealed: SealedFile | None, units: int | None
    ) -> None:
        self.where = f"the keyring ({home.service!r}, {home.account!r})"
        self._home = home
        self._keychain = keychain
        self._disk = disk
        self._sealed = sealed
        self._units = units

    async def load(self) -> dict[str, Any] | None:
        # Path's would raise for a folder above it that is closed to us: the file's shelf says that in words.
        if not await asyncio.to_thread(os.path.isdir, self._home.folder):
            return None  # a save creates it: who never signed in pays for no keyring
        entry = await self._keychain.get()
        if entry is None:
            return None
        if not entry.startswith(KEY_MARK):
            return parse_object(entry.encode(errors="replace"), self.where)
        if self._sealed is None:
            raise Garbled(f"The entry in {self.where} is not the Codex CLI's")
        return await asyncio.to_thread(self._opened, self._sealed, self._key(entry))

    def _opened(self, sealed: SealedFile, key: bytes) -> dict[str, Any] | None:
        content = sealed.open(key)
        if content is None:
            return None
        record = parse_object(content, str(self._home.sealed))
        for left in sealed.unfinished(key):
            with suppress(Garbled):
                record = newer(record, parse_object(left, self.where))
        return record

    async def save(self, record: Mapping[str, Any]) -> None:
        try:
            text = json.dumps(record, separators=(",", ":"), ensure_ascii=False)
            content = text.encode()
        except UnicodeEncodeError:  # its text would quote a token
            raise StoreError("The credentials cannot be written to the keyring as text") from None
        await asyncio.to_thread(self._make_folder)
        if self._sealed is None:
            await self._keychain.put(text)
        elif self._fits(text) and await self._put_plain(text):
            await asyncio.to_thread(self._sealed.remove)
        else:
            await self._put_sealed(self._sealed, content)

    async def delete(self) -> None:
        if self._sealed is not None:  # first: without it the key is worth nothing, whatever the keyring says next
            await asyncio.to_thread(self._sealed.remove)
        await self._keychain.delete()

    async def set_aside(self) -> None:
        """Nothing: an entry is replaced whole, and one that is no JSON helps nobody."""

    def _make_folder(self) -> None:
        try:
            self._disk.make_private(self._home.folder)
        except OSError as error:
            raise StoreError(f"{self._home.folder} cannot be created ({error.strerror})") from error

    def _fits(self, text: str) -> bool:
        return self._units is None or len(text.encode("utf-16-le")) // 2 <= self._units

    async def _put_plain(self, text: str) -> bool:
        """Whether the keyring took it; no is an answer only for what may be too long."""
        try:
            await self._keychain.put(text)
        except KeyringFailed as error:
            if error.reason not in {KeyringTrouble.REFUSED, KeyringTrouble.FORGETFUL} or len(text) <= SURELY_SHORT:
                raise
            return False
        return True

    async def _put_sealed(self, sealed: SealedFile, content: bytes) -> None:
        entry = await self._keychain.get()
        if entry is not None and entry.startswith(KEY_MARK):
            try:
                key = self._key(entry)
            except Garbled:
                pass
            else:
                await asyncio.to_thread(sealed.write, key, content)
                return
        key = new_key()
        await asyncio.to_thread(sealed.write, key, content)
        try:
            await self._keychain.put(KEY_MARK + base64.b64encode(key).decode())
        except KeyringFailed:
            await asyncio.to_thread(sealed.remove)
            raise

    def _key(self, entry: str) -> bytes:
        try:
            key = base64.b64decode(entry.removeprefix(KEY_MARK), validate=True)
        except ValueError:
            key = b""
        if len(key) != KEY_BYTES:
            raise Garbled(f"The entry in {self.where} is no key")
        return key


def most_units(platform: str = sys.platform) -> int | None:
    """The longest entry of the system's keyring in UTF-16 units, where that is known."""
    return WINDOWS_UNITS if platform == "win32" else None
