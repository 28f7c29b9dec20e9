"""Renewal: one refresh at a time for all callers, under the cross-process lock, safe against every other end."""

from __future__ import annotations

import asyncio
import logging
from contextlib import suppress
from typing import TYPE_CHECKING

from lsp_codex.auth.oauth import Reason
from lsp_codex.auth.state import (
    AuthState,
    Event,
    External,
    LoggedOut,
    Refreshed,
    Rejected,
    SignedIn,
    SignedOut,
    Unusable,
    holds,
)
from lsp_codex.auth.tokens import Freshness, Tokens, account_of, freshness, refreshed
from lsp_codex.errors import (
    BackendError,
    CredentialsRejected,
    LspCodexError,
    Overloaded,
    Rejection,
    StoreError,
    TimedOut,
    Unreadable,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from lsp_codex.auth.oauth import Issuer
    from lsp_codex.auth.vault import Vault

log = logging.getLogger(__name__)

PAUSE_BESIDE_SECONDS = 30.0
PAUSE_UNCLEAR_SECONDS = 5.0
LONGEST_PAUSE_SECONDS = 300.0
GRACE_SECONDS = 0.3


class Renewal:
    """Replaces tokens by newer ones of the same account; reads ``state()``, and changes it by ``step`` only.

    ``bars`` says why tokens may not be used, ``now`` is Unix seconds.
    """

    def __init__(
        self,
        vault: Vault,
        issuer: Issuer,
        state: Callable[[], AuthState],
        step: Callable[[Event], None],
        bars: Callable[[Tokens], str | None],
        now: Callable[[], float],
    ) -> None:
        self._vault = vault
        self._issuer = issuer
        self._state = state
        self._step = step
        self._bars = bars
        self._now = now
        self._task: asyncio.Task[None] | None = None
        self._of: Tokens | None = None
        self._failure: LspCodexError | None = None
        self._pause_beside = 0.0
        self._pause = 0.0

    def beside(self, tokens: Tokens) -> None:
        """Start a renewal that nobody waits for, unless one runs or has just failed."""
        if self._task is None and _loop_time() >= max(self._pause_beside, self._pause):
            self._task = self._start(tokens, None)

    async def finish(self, tokens: Tokens, why: Reason | None = None) -> None:
        """Return when ``tokens`` are no longer current; ``why`` if not for their age: refused, or asked for.

        Raises an ``AuthError`` or ``BackendError`` if they still are. A caller that goes away ends nothing.
        """
        while self._task is not None and not tokens.same_as(self._of):  # the login before is still being dealt with
            await asyncio.wait({self._task})
        if not holds(self._state(), tokens):
            return
        if self._task is None and self._failure is not None and _loop_time() < self._pause:
            raise self._failure
        if self._task is None:
            self._task = self._start(tokens, why)
        try:
            await asyncio.shield(self._task)
        except LspCodexError:
            # The end of a login that was replaced meanwhile is no news about the new one.
            if isinstance(self._state(), SignedIn) and not holds(self._state(), tokens):
                return
            raise

    async def aclose(self, seconds: float) -> None:
        """Give a running renewal ``seconds`` to save its rotated token, then end it."""
        if self._task is not None:
            task = self._task
            await asyncio.wait({task}, timeout=seconds)
            task.cancel()
            await asyncio.wait({task})

    def _start(self, tokens: Tokens, why: Reason | None) -> asyncio.Task[None]:
        self._of = tokens
        task = asyncio.create_task(self._renew(tokens, why), name="renew credentials")
        task.add_done_callback(self._ended)
        return task

    def _ended(self, task: asyncio.Task[None]) -> None:
        self._task = self._of = None
        error = None if task.cancelled() else task.exception()
        self._failure = error if isinstance(error, LspCodexError) else None
        if error is None:
            self._pause = self._pause_beside = 0.0
            return
        log.info("the login was not renewed: %s", error)
        self._pause_beside = _loop_time() + PAUSE_BESIDE_SECONDS
        self._pause = _loop_time() + _patience(error)

    async def _renew(self, tokens: Tokens, why: Reason | None) -> None:
        latest = tokens
        try:
            async with self._vault.reserved():
                await self._catch_up(tokens)
                state = self._state()
                if not isinstance(state, SignedIn):
                    return
                latest = state.tokens
                if latest.access_token != tokens.access_token and self._usable(latest):
                    return
                await self._refresh(latest, why if latest.access_token == tokens.access_token else None)
        except CredentialsRejected as error:
            if error.reason is Rejection.ACCOUNT_CHANGED:
                raise
            await self._refused(latest, error)

    async def _refused(self, tokens: Tokens, error: CredentialsRejected) -> None:
        """Believe that ``tokens`` are dead only if nobody else has renewed them. Raises ``error``.

        The Codex CLI takes no lock to ask, only to save: one that was faster waits for ours, newer tokens in hand.
        So this look at the store comes after the reservation, and for a token that may be spent after a moment.
        """
        if error.reason in {Rejection.REUSED, Rejection.REFUSED}:
            await asyncio.sleep(GRACE_SECONDS)
        await self._catch_up(tokens)
        if holds(self._state(), tokens):
            self._step(Rejected(tokens, error))
            raise error

    async def _refresh(self, tokens: Tokens, reason: Reason | None) -> None:
        answer = await self._issuer.refresh(tokens, reason or _reason(tokens))
        try:
            new = refreshed(tokens, answer, self._now())
        except ValueError:
            raise Unreadable("The answer of the sign-in service cannot be read") from None
        # Memory first: the old refresh token is spent, whatever happens to the store.
        why = self._bars(new) if holds(self._state(), tokens) else None
        self._step(Refreshed(tokens, new, account_of(new)) if why is None else Unusable(why, tokens))
        if isinstance(self._state(), SignedOut) and why is None:  # signed out meanwhile: nobody needs to have these
            with suppress(BackendError):
                await self._issuer.revoke(new)
            return
        try:
            async with self._vault.reading():
                state = self._state()
                barred = why is not None and state == SignedOut(why)
                if holds(state, new) or barred or isinstance(state, External):  # lent meanwhile: this lies beneath
                    await self._vault.save(new)
        except StoreError as error:
            self._vault.save_later(new, error)

    async def _catch_up(self, tokens: Tokens) -> None:
        """Take over what another process did to the store since we last looked. Raises ``CredentialsRejected``."""
        async with self._vault.reading():
            changed, found = await self._vault.changed()
            if not changed or not holds(self._state(), tokens):
                return
            if found is None:
                self._step(LoggedOut(tokens))
            elif isinstance(found, Tokens) and self._issuer.issued(found) and _same_account(tokens, found):
                self._step(Refreshed(tokens, found, account_of(found)))
            else:
                error = CredentialsRejected(Rejection.ACCOUNT_CHANGED)
                self._step(Rejected(tokens, error))
                raise error

    def _usable(self, tokens: Tokens) -> bool:
        return freshness(tokens, self._now()) is not Freshness.EXPIRED


def _same_account(one: Tokens, other: Tokens) -> bool:
    if one.account_id is None and other.account_id is None:
        return account_of(one).user_id == account_of(other).user_id
    return one.account_id == other.account_id


def _reason(tokens: Tokens) -> Reason:
    return Reason.AGE if tokens.expires_at is None else Reason.EXPIRY


def _patience(error: BaseException) -> float:
    """How long not to ask again even if somebody waits, in seconds."""
    match error:
        case Overloaded(retry_after=float(seconds)):
            return min(seconds, LONGEST_PAUSE_SECONDS)
        case TimedOut():  # it may have been heard all the same: no blind resend of a token that may be spent
            return PAUSE_UNCLEAR_SECONDS
        case _:
            return 0.0


def _loop_time() -> float:
    return asyncio.get_running_loop().time()
