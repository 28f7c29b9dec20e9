"""Catalogue: the models of the account, asked for at most every five minutes and never waited for twice."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from typing import TYPE_CHECKING

from lsp_codex.backend.limits import number
from lsp_codex.backend.models import BUNDLED, from_json, to_json
from lsp_codex.errors import AuthError, Blocked, LspCodexError, RequestRefused
from lsp_codex.tasks import shared

if TYPE_CHECKING:
    import asyncio
    from collections.abc import Awaitable, Callable

    from lsp_codex.backend.models import Model
    from lsp_codex.tasks import Tasks

log = logging.getLogger(__name__)

FRESH = 300.0
"""Seconds that a list is used without asking again (spec/backend.md 4)."""

PAUSE = 30.0
"""Seconds before asking again after a failure, so that no keystroke pays for a service that does not answer."""


@dataclass(frozen=True, slots=True)
class Listing:
    """A list as the service gave it at ``fetched_at`` (Unix seconds); ``etag`` names this edition of it."""

    models: tuple[Model, ...]
    etag: str | None = None
    fetched_at: float = 0.0

    def to_json(self) -> dict[str, object]:
        """For the cache on disk."""
        return {"models": to_json(self.models), "etag": self.etag, "fetched_at": self.fetched_at}

    @classmethod
    def from_json(cls, row: object) -> Listing | None:
        """What :meth:`to_json` made; None if it cannot be read."""
        match row:
            case {"models": list() as models, "etag": str() | None as etag, "fetched_at": int() | float() as at}:
                found, seconds = from_json(models), number(at)
                return cls(found, etag, seconds) if found and seconds is not None else None
            case _:
                return None


class Catalogue:
    """What ``fetch`` gave, shared by all callers; ``now`` is in Unix seconds.

    ``recall`` gives the list of an earlier session and ``keep`` keeps a new one. While ``quiet`` says so, a list
    that is merely old is not asked for again.
    """

    def __init__(
        self,
        fetch: Callable[[], Awaitable[Listing]],
        tasks: Tasks,
        now: Callable[[], float],
        *,
        recall: Callable[[], Awaitable[Listing | None]] | None = None,
        keep: Callable[[Listing], Awaitable[None]] | None = None,
        quiet: Callable[[], bool] = lambda: False,
    ) -> None:
        self._fetch = fetch
        self._tasks = tasks
        self._now = now
        self._recall = recall
        self._keep = keep
        self._quiet = quiet
        self._known: Listing | None = None
        self._good_until = float("-inf")
        self._running: asyncio.Task[LspCodexError | None] | None = None

    async def models(self) -> tuple[Model, ...]:
        """The list: the live one, while that is renewed the last one, and for want of both the bundled one.

        Raises an ``AuthError``, ``Blocked`` or ``RequestRefused`` (401, 403): those are about the user, not the list.
        """
        await self._recalled()
        # Not for longer than that, should somebody set the clock back.
        if 0 < self._good_until - self._now() <= FRESH or (self._known and self._quiet()):
            return self._models()
        running = self._refreshing()
        if self._known:
            return self._known.models
        return await self._after(running)

    async def renewed(self) -> tuple[Model, ...]:
        """The list, asked for anew; what there is if that fails. Raises as :meth:`models`."""
        await self._recalled()
        return await self._after(self._refreshing())

    def noticed(self, etag: str | None) -> None:
        """An answer has named the current edition: another one than ours is fetched, ours is fresh again (spec 4)."""
        if etag is None or self._known is None or self._known.etag is None:
            return
        if etag == self._known.etag:
            self._good_until = self._now() + FRESH
        elif self._now() >= self._known.fetched_at + PAUSE:  # not with every answer, should the two never agree
            _ = self._refreshing()

    async def _recalled(self) -> None:
        """Begin with the list of an earlier session; a fresh one is used as if it had been asked for."""
        if self._recall is None:
            return
        recall, self._recall = self._recall, None
        kept = await recall()
        if kept is not None and self._known is None:
            self._known = kept
            # A clock that was set back must not make an old list fresh for long.
            self._good_until = min(kept.fetched_at, self._now()) + FRESH

    def _refreshing(self) -> asyncio.Task[LspCodexError | None]:
        if self._running is None:
            self._running = self._tasks.spawn(self._refresh(), "models")
        return self._running

    async def _after(self, running: asyncio.Task[LspCodexError | None]) -> tuple[Model, ...]:
        # A caller that is cancelled by the next keystroke must not end what the next one waits for.
        error = await shared(running)
        if error is not None and _concerns_user(error):
            raise error.with_traceback(None)
        return self._models()

    def _models(self) -> tuple[Model, ...]:
        return self._known.models if self._known else BUNDLED

    async def _refresh(self) -> LspCodexError | None:
        try:
            found = await self._fetch()
        except LspCodexError as error:
            log.info("the model list cannot be had: %s", error)
            if _concerns_user(error):
                self._known = None
            else:
                self._good_until = self._now() + PAUSE
            return error
        else:
            self._known = found if found.models else self._known
            self._good_until = self._now() + (FRESH if found.models else PAUSE)
            if found.models and self._keep is not None:
                await self._keep(found)
            return None
        finally:
            self._running = None


def _concerns_user(error: LspCodexError) -> bool:
    refused = isinstance(error, RequestRefused) and error.status in {401, 403}
    return refused or isinstance(error, AuthError | Blocked)
