"""AutoShelf: the keyring if it works, else the file, as the Codex CLI's store ``auto`` (spec/auth.md 6.3)."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any

from lsp_codex.auth.shelf import renewed_at
from lsp_codex.errors import Garbled, KeyringFailed, KeyringTrouble, StoreError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from lsp_codex.auth.shelf import Shelf

log = logging.getLogger(__name__)


class AutoShelf:
    """Reads the keyring before the file, saves to the keyring and then removes the file, or else to the file.

    Two rules go beyond the CLI's, because a keyring that fails comes back:
    - A file that was renewed later than the keyring's record wins, also one whose time cannot be compared (an API
      key has none): it is there because the keyring failed, for a save to the keyring removes it. The refresh token
      in the keyring may be spent.
    - When the keyring held the record a moment ago and fails now, that is an error and not an empty store: the
      caller would take it for a sign-out.
    """

    def __init__(self, keyring: Shelf, file: Shelf) -> None:
        self._keyring = keyring
        self._file = file
        self._holder: Shelf | None = None

    @property
    def kind(self) -> str:
        return "auto" if self._holder is None else self._holder.kind

    @property
    def where(self) -> str:
        return (self._holder or self._file).where

    async def load(self) -> dict[str, Any] | None:
        trouble: StoreError | None = None
        kept = None
        try:
            kept = await self._keyring.load()
        except StoreError as error:
            if self._holder is self._keyring:
                raise
            log.info("%s", error)
            trouble = error
        try:
            filed = await self._file.load()
        except StoreError:
            if kept is None:
                raise
            filed = None
        if filed is None and isinstance(trouble, Garbled):
            raise trouble
        if filed is not None and (kept is None or _later(filed, kept)):
            self._holder = self._file
            return filed
        self._holder = None if kept is None else self._keyring
        return kept

    async def save(self, record: Mapping[str, Any]) -> None:
        try:
            await self._keyring.save(record)
        except StoreError as error:
            log.info("%s; the credentials go to the file", error)
            await self._file.save(record)
            self._holder = self._file
            return
        self._holder = self._keyring
        try:
            await self._file.delete()
        except StoreError as error:
            log.warning("%s; the keyring has newer ones", error)

    async def delete(self) -> None:
        """Both: the file at least, should the keyring fail; only one that does not exist holds nothing for sure."""
        try:
            await self._file.delete()
        finally:
            try:
                await self._keyring.delete()
            except KeyringFailed as error:
                if error.reason is not KeyringTrouble.ABSENT:
                    raise
        self._holder = None

    async def set_aside(self) -> None:
        if self._holder is not self._keyring:
            await self._file.set_aside()


def _later(filed: Mapping[str, Any], kept: Mapping[str, Any]) -> bool:
    one, other = renewed_at(filed), renewed_at(kept)
    return one > other if one is not None and other is not None else one is not other
