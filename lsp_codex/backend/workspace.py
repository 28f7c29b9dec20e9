"""Workspace: where the selected ChatGPT workspace wants its requests to go; asked once per account (spec 3.1)."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from lsp_codex.errors import AuthError, Blocked, LspCodexError, WorkspaceUnusable
from lsp_codex.tasks import shared

if TYPE_CHECKING:
    import asyncio
    from collections.abc import Awaitable, Callable

    from lsp_codex.tasks import Tasks

log = logging.getLogger(__name__)

NONE = "NO_CONSTRAINT"
OVERRIDES = ("us", "us_cr")

PAUSE = 60.0
"""Seconds after a failure until the question is put again; nobody waits for that second answer."""


@dataclass(frozen=True, slots=True)
class Workspace:
    """``origin``: another host for the Responses API; ``override``: a word for its routing header; None: no wish."""

    origin: str | None = None
    override: str | None = None


FREE = Workspace()


def parse(answer: Mapping[str, object], account_id: str | None) -> Workspace | None:
    """What ``wham/accounts/check`` says of ``account_id``; None if it says nothing of it.

    Raises :class:`~lsp_codex.errors.WorkspaceUnusable` for a wish that cannot be followed, also if there are two.
    """
    rows = answer.get("accounts")
    entries = [row for row in (rows if isinstance(rows, list) else ()) if isinstance(row, Mapping)]
    wishes = {_wish(row) for row in entries if row.get("id") == account_id}
    if len(wishes) > 1:
        raise WorkspaceUnusable("it stands twice in the answer, with different wishes")
    return next(iter(wishes), None)


def _wish(row: Mapping[str, object]) -> Workspace:
    origin, override = row.get("workspace_backend_origin"), row.get("account_routing_override")
    return Workspace(
        None if origin in (None, NONE) else checked_origin(origin),
        None if override in (None, NONE) else checked_override(override),
    )


def checked_origin(value: object) -> str:
    """An https origin without credentials, path or query. Raises ``WorkspaceUnusable`` for anything else."""
    try:
        parts = urlsplit(value if isinstance(value, str) else "")
        port = "" if parts.port is None else f":{parts.port}"
    except ValueError:
        raise WorkspaceUnusable("its address cannot be read") from None
    host = parts.hostname or ""
    if parts.scheme != "https" or not host or "@" in parts.netloc or not host.isascii():
        raise WorkspaceUnusable("its address is not https, or has credentials in it")
    if parts.path not in ("", "/") or parts.query or parts.fragment:
        raise WorkspaceUnusable("its address is more than an origin")
    return f"https://{f'[{host}]' if ':' in host else host}{port}"


def checked_override(value: object) -> str:
    """A word that we know. Raises ``WorkspaceUnusable`` for any other."""
    if isinstance(value, str) and value in OVERRIDES:
        return value
    raise WorkspaceUnusable("its routing override is not one that this version knows")


class Discovery:
    """Asks ``fetch`` once; what an earlier session was told (``recall``) counts while nobody can be asked."""

    def __init__(
        self,
        fetch: Callable[[], Awaitable[Workspace | None]],
        tasks: Tasks,
        now: Callable[[], float],
        recall: Callable[[], Awaitable[Workspace | None]] | None = None,
    ) -> None:
        self._fetch = fetch
        self._tasks = tasks
        self._now = now
        self._recall = recall
        self._last: Workspace | None = None
        self._found: Workspace | None = None
        self._unusable: WorkspaceUnusable | None = None
        self._again_at = float("-inf")
        self._running: asyncio.Task[LspCodexError | None] | None = None

    async def workspace(self) -> Workspace:
        """What is to be followed; with nothing known, no wish (see ARCHITECTURE, "Where requests go").

        Raises an ``AuthError`` or ``Blocked``, which would meet the next request too, and ``WorkspaceUnusable``.
        """
        if self._found is not None:
            return self._found
        must_know = self._again_at == float("-inf") or self._unusable is not None
        # Not waited for longer than that, should somebody set the clock back.
        if self._running is None and not 0 < self._again_at - self._now() <= PAUSE:
            self._running = self._tasks.spawn(self._ask(), "workspace routing")
        if must_know and self._running is not None:
            # A caller that is cancelled by the next keystroke must not end what the next one waits for.
            error = await shared(self._running)
            if isinstance(error, AuthError | Blocked):
                raise error.with_traceback(None)
        return self._told()

    def learn(self, found: Workspace) -> None:
        """Somebody else has asked, and this is the answer."""
        self._found, self._unusable = found, None

    def _told(self) -> Workspace:
        if self._unusable is not None:
            raise self._unusable.with_traceback(None)
        return self._found or self._last or FREE

    async def _ask(self) -> LspCodexError | None:
        try:
            if self._recall is not None:
                recall, self._recall = self._recall, None
                self._last = await recall()
            found = await self._fetch()
        except LspCodexError as error:
            log.info("the workspace's routing cannot be had: %s", error)
            self._unusable = error if isinstance(error, WorkspaceUnusable) else self._unusable
            if not isinstance(error, AuthError | Blocked):
                self._again_at = self._now() + PAUSE
            return error
        else:
            self._found = found or self._last or FREE
            self._unusable = None
            return None
        finally:
            self._running = None


def to_json(found: Workspace) -> dict[str, str | None]:
    """For the cache on disk."""
    return {"origin": found.origin, "override": found.override}


def from_json(row: object) -> Workspace | None:
    """What :func:`to_json` made; None if it cannot be read or followed."""
    match row:
        case {"origin": origin, "override": override}:
            try:
                return Workspace(
                    None if origin is None else checked_origin(origin),
                    None if override is None else checked_override(override),
                )
            except WorkspaceUnusable:
                return None
        case _:
            return None
