"""Departure: how a login goes: from memory and the store at once, from the sign-in service beside that."""

from __future__ import annotations

import asyncio
import logging
from typing import TYPE_CHECKING

from lsp_codex.auth.state import AuthState, Event, External, Failed, LoggedOut, current
from lsp_codex.auth.tokens import Kept, Tokens
from lsp_codex.errors import BackendError, NotRevoked, StoreError

if TYPE_CHECKING:
    from collections.abc import Callable

    from lsp_codex.auth.login import Login
    from lsp_codex.auth.oauth import Issuer
    from lsp_codex.auth.vault import Vault
    from lsp_codex.tasks import Tasks

log = logging.getLogger(__name__)

REVOKE_SECONDS = 5.0


class Departure:
    """Owns the running sign-out and the revocations; reads ``state()``, and changes it by ``step`` only.

    ``login()`` is the sign-in attempt, if there was one.
    """

    def __init__(
        self,
        vault: Vault,
        issuer: Issuer,
        tasks: Tasks,
        state: Callable[[], AuthState],
        step: Callable[[Event], None],
        login: Callable[[], Login | None],
    ) -> None:
        self._vault = vault
        self._issuer = issuer
        self._tasks = tasks
        self._state = state
        self._step = step
        self._login = login
        self.count = 0
        """How often somebody signed out: what was begun before must not bring a login after it."""
        self.left = ""
        """A sentence about what the last sign-out found in the store and left there."""
        self._leaving: asyncio.Task[None] | None = None
        self._revocation: asyncio.Task[NotRevoked | None] | None = None
        self._others: set[asyncio.Task[NotRevoked | None]] = set()

    async def leave(self) -> None:
        """End a running sign-in, forget what is held here and in the store; its revocation begins.

        Goes on to its end even if the caller is cancelled. Raises ``StoreError`` if the store still holds the login.
        """
        if self._leaving is None or self._leaving.done():
            self._leaving = self._tasks.spawn(self._leave(), "sign-out")
        await asyncio.shield(self._leaving)

    async def settled(self) -> None:
        """Wait until a running sign-out has ended: who signs in after it was begun is not taken along by it."""
        if self._leaving is not None:
            await asyncio.wait({self._leaving})

    async def revoked(self) -> NotRevoked | None:
        """Wait, at most 5 s, for the revocation of the last sign-out; what to tell the user if it failed."""
        return None if self._revocation is None else await asyncio.shield(self._revocation)

    def replaced(self, login: Kept | None) -> None:
        """Another login has taken the place of ``login``, or it may not be used: it ends at its issuer, too."""
        if isinstance(login, Tokens) and self._issuer.issued(login):
            task = self._tasks.spawn(self._revoke(login), "revoke what was replaced")
            self._others.add(task)
            task.add_done_callback(self._others.discard)

    async def aclose(self, seconds: float) -> None:
        """Give a sign-out, and then the revocations, ``seconds`` each."""
        if self._leaving is not None:
            await asyncio.wait({self._leaving}, timeout=seconds)
        running = {*self._others, *(() if self._revocation is None else (self._revocation,))}
        if running:
            await asyncio.wait(running, timeout=seconds)

    async def _leave(self) -> None:
        self.count += 1
        self._revocation = None
        state = self._state()
        mine, dead, was_lent = current(state), isinstance(state, Failed), isinstance(state, External)
        self._vault.forget_unsaved()
        self._step(LoggedOut())
        if (login := self._login()) is not None:
            login.cancel()
            await login.closed()
        found: Kept | None = None
        try:
            async with self._vault.alone():
                if (late := current(self._state())) is not None:  # too late to cancel, or just being read
                    mine, dead = late, False
                self._vault.forget_unsaved()
                self._step(LoggedOut())
                found = await self._forget(mine)
        finally:
            last = found or mine
            known_dead = dead and last is not None and last.same_as(mine)
            beneath = was_lent and mine is None  # what lay hidden may be in use elsewhere (spec/account-api.md 7)
            if isinstance(last, Tokens) and not known_dead and not beneath and self._issuer.issued(last):
                self._revocation = self._tasks.spawn(self._revoke(last), "revoke")

    async def _forget(self, mine: Kept | None) -> Kept | None:
        """Empty the store; the login it held, if it was ours. What we do not show stays, and ``left`` says so."""
        self.left = ""
        try:
            found = await self._vault.load()
        except StoreError as error:
            log.info("%s; deleted", error)
            found = None
        if mine is not None and found is not None and not _same_account(mine, found):
            self.left = "The store holds another account meanwhile, which stays."
        elif isinstance(found, Tokens) and not self._issuer.issued(found):
            self.left = "The store holds a login of another sign-in service, which stays."
        elif await self._vault.delete():
            self.left = "The store holds a login of a kind that only the Codex CLI uses, which stays."
        return None if self.left else found

    async def _revoke(self, tokens: Tokens) -> NotRevoked | None:
        try:
            async with asyncio.timeout(REVOKE_SECONDS):
                await self._issuer.revoke(tokens)
        except (BackendError, TimeoutError) as error:
            log.info("the sign-in service did not confirm the end of the login: %s", error)
            return NotRevoked(str(error) or f"it did not answer within {REVOKE_SECONDS:.0f} seconds")
        return None


def _same_account(mine: Kept, found: Kept) -> bool:
    if isinstance(mine, Tokens) and isinstance(found, Tokens):
        return mine.account_id == found.account_id
    return mine.same_as(found)
