"""Vault: the store as this process uses it — one writer at a time, and a save that failed is tried again."""

from __future__ import annotations

import asyncio
import logging
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from lsp_codex.errors import StoreError

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable

    from lsp_codex.auth.store import TokenStore
    from lsp_codex.auth.tokens import Kept
    from lsp_codex.tasks import Tasks

log = logging.getLogger(__name__)

RETRY_SECONDS = (1.0, 5.0, 30.0, 120.0, 600.0)


@dataclass(frozen=True, slots=True)
class Unsaved:
    """A login that could not be saved, and what the store held meanwhile."""

    tokens: Kept
    seen: Kept | None


class Vault:
    """Owns the order in which this process reads and writes the store, and remembers what it last saw there."""

    def __init__(
        self, store: TokenStore, tasks: Tasks, on_trouble: Callable[[StoreError], None], left: Unsaved | None = None
    ) -> None:
        """``left`` is what an earlier vault over the same store could not save."""
        self._store = store
        self._tasks = tasks
        self._on_trouble = on_trouble
        self._turn = asyncio.Lock()
        self._reserved = False
        self._seen = left.seen if left else None
        self._unsaved = left.tokens if left else None
        if left:
            _ = tasks.spawn(self._retry(left.tokens), "save credentials")

    @property
    def ahead(self) -> bool:
        """Whether memory holds tokens that could not be saved: then the store has no say about them."""
        return self._unsaved is not None

    @property
    def unsaved(self) -> Unsaved | None:
        """What another vault over this store is to save."""
        return None if self._unsaved is None else Unsaved(self._unsaved, self._seen)

    @asynccontextmanager
    async def reserved(self) -> AsyncIterator[None]:
        """Keep other processes out for the time of a refresh; our own short operations still get their turn.

        Raises :class:`StoreError` if another process stays in for too long.
        """
        async with AsyncExitStack() as stack:
            try:
                await stack.enter_async_context(self._store.lock())
            except StoreError:
                if not self.ahead:
                    raise
            self._reserved = True
            try:
                yield
            finally:
                async with self._turn:  # whoever relied on the reservation is served before it ends
                    self._reserved = False

    @asynccontextmanager
    async def alone(self) -> AsyncIterator[None]:
        """The store for a short operation, with other processes and our own tasks kept out. Raises ``StoreError``."""
        async with AsyncExitStack() as stack:
            if not self._reserved:
                await stack.enter_async_context(self._store.lock())
            await stack.enter_async_context(self._turn)
            yield

    @asynccontextmanager
    async def reading(self) -> AsyncIterator[None]:
        """Our own tasks kept out; reading takes no lock (spec/auth.md 4.7)."""
        async with self._turn:
            yield

    async def load(self) -> Kept | None:
        """What the store holds now. Raises ``StoreError``."""
        self._seen = await self._store.load()
        return self._seen

    async def valid(self) -> Kept | None:
        """What the store holds now, or what it should hold and cannot be brought to. Raises ``StoreError``."""
        if self._unsaved is None:
            return await self.load()
        changed, found = await self.changed()
        if not changed:
            return self._unsaved
        self.forget_unsaved()
        return found

    async def changed(self) -> tuple[bool, Kept | None]:
        """Whether another process changed the store since we last looked, and what it holds now."""
        before = self._seen
        try:
            found = await self.load()
        except StoreError:
            if self.ahead:
                return False, None
            raise
        return not (found is before or (found is not None and found.same_as(before))), found

    async def save(self, tokens: Kept) -> None:
        """Keep ``tokens``. Raises ``StoreError``; :meth:`save_later` is the answer to it."""
        await self._store.save(tokens)
        self._seen = tokens
        self._unsaved = None

    async def delete(self) -> bool:
        """Keep nothing; whether a login that is none of ours stays. Raises ``StoreError``."""
        stays = await self._store.delete()
        self._seen = None
        self._unsaved = None
        return stays

    def save_later(self, tokens: Kept, error: StoreError) -> None:
        """Go on without the store, say so once, and try again later."""
        if not self.ahead:
            self._on_trouble(error)
        self._unsaved = tokens
        _ = self._tasks.spawn(self._retry(tokens), "save credentials")

    def forget_unsaved(self) -> None:
        """Never save what could not be saved so far."""
        self._unsaved = None

    async def flush(self) -> None:
        """The last try before the process ends."""
        if self._unsaved is not None:
            await self._save_if_unchanged(self._unsaved)

    async def _retry(self, tokens: Kept) -> None:
        for delay in RETRY_SECONDS:
            await asyncio.sleep(delay)
            if await self._save_if_unchanged(tokens):
                return

    async def _save_if_unchanged(self, tokens: Kept) -> bool:
        """Whether nothing is left to do: saved, or another process has written what counts now."""
        try:
            async with self.alone():
                if self._unsaved is tokens and not (await self.changed())[0]:
                    await self.save(tokens)
        except StoreError as error:
            log.info("the credentials still cannot be saved: %s", error)
            return False
        return True
