"""SealedFile: a record encrypted with a key that lies elsewhere; AES-256-GCM, one file, replaced in one step."""

from __future__ import annotations

import secrets
import stat
from contextlib import suppress
from typing import TYPE_CHECKING

from lsp_codex.auth.disk import Disk, erase, unfinished, write
from lsp_codex.errors import Garbled, StoreError

if TYPE_CHECKING:
    from lsp_codex.auth.home import Home

HEAD = b"lsp-codex sealed 1\n"
KEY_BYTES = 32
NONCE_BYTES = 12


class SealedFile:
    """The encrypted record of one home; all methods block and raise :class:`StoreError`.

    A nonce is random and used once; the home's name is authenticated, so that one login cannot be passed off as
    another by copying files.
    """

    def __init__(self, home: Home, disk: Disk) -> None:
        self._home = home
        self._disk = disk

    def open(self, key: bytes) -> bytes | None:
        """The content, or ``None`` if there is no file. Raises :class:`Garbled` for another key or a broken file."""
        try:
            data = self._disk.read(self._home.sealed)
        except OSError as error:
            raise StoreError(f"{self._home.sealed} cannot be read ({error.strerror})") from error
        if data is None:
            return None
        return self._decrypted(key, data)

    def unfinished(self, key: bytes) -> list[bytes]:
        """What writers that died before the rename left behind, whole and sealed with the same key."""
        found = []
        with suppress(OSError):
            for path in unfinished(self._disk, self._home.sealed):
                status = self._disk.status(path)
                if status is not None and stat.S_ISREG(status.st_mode):
                    with suppress(Garbled):
                        found.append(self._decrypted(key, self._disk.read(path) or b""))
        return found

    def _decrypted(self, key: bytes, data: bytes) -> bytes:
        from cryptography.exceptions import InvalidTag
        from cryptography.hazmat.primitives.ciphers.aead import AESGCM  # 19 ms: only where a keyring is too small

        nonce, sealed = data[len(HEAD) : len(HEAD) + NONCE_BYTES], data[len(HEAD) + NONCE_BYTES :]
        try:  # the head is authenticated with the rest
            return AESGCM(key).decrypt(nonce, sealed, data[: len(HEAD)] + self._name())
        except (InvalidTag, ValueError):
            raise Garbled(f"{self._home.sealed} cannot be decrypted with the key in the keyring") from None

    def write(self, key: bytes, content: bytes) -> None:
        """Keep ``content``; a crash leaves the old file or the new one."""
        from cryptography.hazmat.primitives.ciphers.aead import AESGCM

        nonce = secrets.token_bytes(NONCE_BYTES)
        sealed = AESGCM(key).encrypt(nonce, content, HEAD + self._name())
        try:
            write(self._disk, self._home.sealed, HEAD + nonce + sealed)
        except OSError as error:
            raise StoreError(f"{self._home.sealed} cannot be written ({error.strerror})") from error

    def remove(self) -> None:
        """No such file any more."""
        try:
            erase(self._disk, self._home.sealed)
        except OSError as error:
            raise StoreError(f"{self._home.sealed} cannot be deleted ({error.strerror})") from error

    def _name(self) -> bytes:
        return f"{self._home.service} {self._home.account}".encode()


def new_key() -> bytes:
    """A key that nobody has."""
    return secrets.token_bytes(KEY_BYTES)
