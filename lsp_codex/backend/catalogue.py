"""Catalogue: the models of the account, asked for at most every five minutes and never waited for twice."""

from __future__ import annotations

import asyncio
import logging
from typing import TYPE_CHECKING

from lsp_codex.backend.models import BUNDLED
from lsp_codex.errors import AuthError, Blocked, LspCodexError, RequestRefused

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from lsp_codex.backend.models import Model
    from lsp_codex.tasks import Tasks

log = logging.getLogger(__name__)

FRESH = 300.0
"""Seconds that a list is used without asking again (spec/backend.md 4)."""

PAUSE = 30.0
"""Seconds before asking again after a failure, so that no keystroke pays for a service that does not answer."""


class Catalogue:
    """What ``fetch`` gave, shared by all callers; ``now`` is in seconds."""

    def __init__(
        self, fetch: Callable[[], Awaitable[tuple[Model, ...]]], tasks: Tasks, now: Callable[[], float]
    ) -> None:
        self._fetch = fetch
        self._tasks = tasks
        self._now = now
        self._known: tuple[Model, ...] = ()
        self._good_until = float("-inf")
        self._running: asyncio.Task[LspCodexError | None] | None = None

    async def models(self) -> tuple[Model, ...]:
        """The list: the live one, while that is renewed the last one, and for want of both the bundled one.

        Raises an ``AuthError``, ``Blocked`` or ``RequestRefused`` (401, 403): those are about the user, not the list.
        """
        if self._now() < self._good_until:
            return self._known or BUNDLED
        if self._running is None:
            self._running = self._tasks.spawn(self._refresh(), "models")
        if self._known:
            return self._known
        # Shielded: a caller that is cancelled by the next keystroke must not end what the next one waits for.
        error = await asyncio.shield(self._running)
        if error is not None and _concerns_user(error):
            raise error
        return self._known or BUNDLED

    async def _refresh(self) -> LspCodexError | None:
        try:
            found = await self._fetch()
        except LspCodexError as error:
            log.info("the model list cannot be had: %s", error)
            if _concerns_user(error):
                self._known = ()
            else:
                self._good_until = self._now() + PAUSE
            return error
        else:
            self._known = found or self._known
            self._good_until = self._now() + (FRESH if found else PAUSE)
            return None
        finally:
            self._running = None


def _concerns_user(error: LspCodexError) -> bool:
    refused = isinstance(error, RequestRefused) and error.status in {401, 403}
    return refused or isinstance(error, AuthError | Blocked)
