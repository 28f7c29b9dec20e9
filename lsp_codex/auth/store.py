"""TokenStore: what is kept between sessions, as logins; which shelf they lie on is the setting's choice."""

from __future__ import annotations

import json
import logging
import os
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager, nullcontext, suppress
from typing import TYPE_CHECKING, Any, Protocol

from lsp_codex.auth.auto_shelf import AutoShelf
from lsp_codex.auth.disk import Disk
from lsp_codex.auth.home import Home, codex_store, home_of
from lsp_codex.auth.keychain import Keychain, shared_keyring, system_keyring
from lsp_codex.auth.keyring_shelf import KeyringShelf, most_units
from lsp_codex.auth.lock import locked
from lsp_codex.auth.record import is_foreign, parse, render
from lsp_codex.auth.sealed import SealedFile
from lsp_codex.auth.shelf import FileShelf
from lsp_codex.errors import Garbled, StoreError
from lsp_codex.kinds import NOWHERE
from lsp_codex.secret import Secret

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Mapping
    from pathlib import Path

    from lsp_codex.auth.keychain import Backend
    from lsp_codex.auth.shelf import Shelf
    from lsp_codex.auth.tokens import Kept
    from lsp_codex.config import Auth

log = logging.getLogger(__name__)


class TokenStore(Protocol):
    """Keeps one login. Every method may raise :class:`StoreError`; ``AuthManager`` is the only caller."""

    @property
    def kind(self) -> str:
        """The store really in use, in a word of the setting: ``auto`` until that is known."""
        ...

    async def load(self) -> Kept | None:
        """The login that is kept, or ``None``; changes nothing, whatever it finds."""
        ...

    async def save(self, tokens: Kept) -> None:
        """Keep ``tokens`` instead of the login before: all of it, or nothing."""
        ...

    async def delete(self) -> bool:
        """Keep nothing; whether a login of a kind that is none of ours was found, which stays."""
        ...

    def lock(self) -> AbstractAsyncContextManager[None]:
        """While held, no other process changes the store."""
        ...


class MemoryStore:
    """Keeps a login as long as the process lives."""

    kind = "ephemeral"

    def __init__(self, tokens: Kept | None = None) -> None:
        self._tokens = tokens

    async def load(self) -> Kept | None:
        return self._tokens

    async def save(self, tokens: Kept) -> None:
        self._tokens = tokens

    async def delete(self) -> bool:
        self._tokens = None
        return False

    def lock(self) -> AbstractAsyncContextManager[None]:
        return nullcontext()


class NoStore:
    """Keeps nothing and says why: what a sign-in brings holds for the session."""

    kind = "ephemeral"

    def __init__(self, why: StoreError) -> None:
        self._why = why

    async def load(self) -> Kept | None:
        raise self._why

    async def save(self, tokens: Kept) -> None:
        raise self._why

    async def delete(self) -> bool:
        """There is nothing."""
        return False

    def lock(self) -> AbstractAsyncContextManager[None]:
        return nullcontext()


class ShelfStore:
    """Keeps a login on a shelf, in the form of the Codex CLI's ``auth.json``, under the CLI's locks."""

    def __init__(self, home: Home, shelf: Shelf) -> None:
        self._home = home
        self._shelf = shelf

    @property
    def kind(self) -> str:
        return self._shelf.kind

    async def load(self) -> Kept | None:
        found = await self._shelf.load()
        return None if found is None else parse(found, self._shelf.where)

    async def save(self, tokens: Kept) -> None:
        # Through text, because a Secret is revealed by its encoder and nowhere else.
        record = json.dumps(render(tokens, await self._kept()), default=Secret.reveal)
        await self._shelf.save(json.loads(record))

    async def delete(self) -> bool:
        with suppress(StoreError):  # what cannot be made sense of goes
            found = await self._shelf.load()
            if found is not None and is_foreign(found):
                return True
        await self._shelf.delete()
        return False

    @asynccontextmanager
    async def lock(self) -> AsyncIterator[None]:
        with suppress(OSError):  # the lock says what is wrong
            for path in self._home.locks:
                Disk().make_private(path.parent)
        async with AsyncExitStack() as stack:
            for path in self._home.locks:
                await stack.enter_async_context(locked(path))
            yield

    async def _kept(self) -> dict[str, Any]:
        """What is kept now, so that foreign keys survive; a record we cannot make sense of is put aside, not lost."""
        try:
            found = await self._shelf.load()
        except Garbled as error:
            return await self._make_room(error)
        except StoreError as error:  # whether it can be written all the same is for the save to say
            log.info("%s", error)
            return {}
        try:
            _ = None if found is None else parse(found, self._shelf.where)
        except StoreError as error:
            return await self._make_room(error)
        return found or {}

    async def _make_room(self, error: StoreError) -> dict[str, Any]:
        log.warning("%s; it makes room for the new login", error)
        await self._shelf.set_aside()
        return {}


class FileStore(ShelfStore):
    """Keeps a login in ``auth.json`` of a folder."""

    def __init__(self, home: Path) -> None:
        super().__init__(Home(home), FileShelf(Home(home).file, Disk()))


def open_store(
    auth: Auth, environ: Mapping[str, str] | None = None, open_keyring: Callable[[], Backend] = system_keyring
) -> TokenStore:
    """The store that the settings name; ``environ`` says where the Codex CLI's folder is. Asks nothing of it yet.

    On the CLI's folder ``auto`` is what the CLI is configured for: a login that we moved to the keyring would be
    gone for a CLI that looks for it in the file.
    """
    try:
        base = home_folder(auth)
    except StoreError as error:
        return NoStore(error)
    home = home_of(base, auth.profile, os.environ if environ is None else environ)
    word = codex_store(home.folder) if home.shared and auth.store == "auto" else auth.store
    disk = Disk()
    match word:
        case "ephemeral":
            return MemoryStore()
        case "keyring":
            return ShelfStore(home, _keyring_shelf(home, disk, open_keyring))
        case "auto":
            return ShelfStore(home, AutoShelf(_keyring_shelf(home, disk, open_keyring), FileShelf(home.file, disk)))
        case _:
            return ShelfStore(home, FileShelf(home.file, disk))


def _keyring_shelf(home: Home, disk: Disk, open_keyring: Callable[[], Backend]) -> KeyringShelf:
    if home.shared:
        return KeyringShelf(home, Keychain(home, lambda: shared_keyring(open_keyring)), disk, None, None)
    return KeyringShelf(home, Keychain(home, open_keyring), disk, SealedFile(home, disk), most_units())


def home_folder(auth: Auth) -> Path:
    """The folder for credentials, lock and caches: the setting, or the platform's user data folder.

    Raises :class:`StoreError` where the setting is wrong, and for a user without a home, as in some containers.
    """
    if auth.home == NOWHERE:
        raise StoreError("The folder for credentials was named in a way that is not allowed")
    if auth.home is not None:
        return auth.home
    import platformdirs  # 7 ms, not needed when the setting is given

    try:
        return platformdirs.user_data_path("lsp-codex", appauthor=False)
    except RuntimeError:
        raise StoreError("This user has no home folder to keep credentials in") from None
