"""AuthManager owns who is signed in: the state, the store, the running sign-in and the one shared renewal."""

from __future__ import annotations

import asyncio
import logging
import time
from typing import TYPE_CHECKING, assert_never

from lsp_codex.auth import login as sign_in
from lsp_codex.auth.renewal import Renewal
from lsp_codex.auth.state import AuthState, Event, Failed, Loaded, LoggedIn, LoggedOut, SignedIn, SignedOut, current
from lsp_codex.auth.state import step as next_state
from lsp_codex.auth.tokens import Freshness, account_of, freshness
from lsp_codex.auth.vault import Vault
from lsp_codex.credentials import Credential
from lsp_codex.errors import BackendError, SignInRequired, StoreError
from lsp_codex.tasks import Tasks

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from lsp_codex.auth.login import Login
    from lsp_codex.auth.oauth import Issuer
    from lsp_codex.auth.store import TokenStore
    from lsp_codex.auth.tokens import Account, Tokens

log = logging.getLogger(__name__)

REVOKE_SECONDS = 5.0
CLOSE_SECONDS = 5.0
LOOK_AGAIN_SECONDS = 5.0


def _nobody(state: AuthState) -> None:
    """Who did not ask to be told of changes."""


def _log_trouble(error: StoreError) -> None:
    log.warning("%s", error)


class AuthManager:
    """The one owner of :data:`AuthState`, and the :class:`~lsp_codex.credentials.CredentialSource` of the session.

    ``now`` is wall time in Unix seconds. ``on_change`` hears of every new state, ``on_trouble`` once when tokens
    could not be saved; both are called from the loop and must not raise.
    """

    def __init__(
        self,
        store: TokenStore,
        issuer: Issuer,
        *,
        now: Callable[[], float] = time.time,
        on_change: Callable[[AuthState], None] = _nobody,
        on_trouble: Callable[[StoreError], None] = _log_trouble,
        ports: Sequence[int] = (1455, 1457),
        login_timeout: float = 600.0,
    ) -> None:
        self._issuer = issuer
        self._now = now
        self._on_change = on_change
        self._ports = tuple(ports)
        self._login_timeout = login_timeout
        self._state: AuthState = SignedOut()
        self._login: Login | None = None
        self._starting = asyncio.Lock()
        self._tasks = Tasks()
        self._vault = Vault(store, self._tasks, on_trouble)
        self._renewal = Renewal(self._vault, issuer, lambda: self._state, self._step, now)
        self._next_look = 0.0
        self._leaving: asyncio.Task[None] | None = None
        self._unreadable = ""

    @property
    def state(self) -> AuthState:
        """Who is signed in."""
        return self._state

    @property
    def login(self) -> Login | None:
        """The running sign-in attempt."""
        return None if self._login is None or self._login.ended else self._login

    async def load(self) -> None:
        """Read the store; a store that cannot be read is logged, left alone and counts as signed out."""
        async with self._vault.reading():
            if isinstance(self._state, SignedIn):  # what another process changed is the renewal's affair
                return
            try:
                found = await self._vault.load()
            except StoreError as error:
                if str(error) != self._unreadable:
                    self._unreadable = str(error)
                    log.warning("%s; it is left as it is", error)
                return
            if found is None:
                return
            if not self._issuer.issued(found):
                log.info("the stored login belongs to another sign-in service than the one in the settings")
                return
            self._step(Loaded(found, account_of(found)))

    async def credential(self) -> Credential:
        """The credential to use now, at once unless it has expired.

        Raises ``SignInRequired``, ``CredentialsRejected`` for a dead login, and a ``BackendError`` or ``StoreError``
        if an expired one cannot be renewed now.
        """
        state = self._state
        if isinstance(state, SignedIn):
            match freshness(state.tokens, self._now()):
                case Freshness.FRESH:
                    pass
                case Freshness.STALE:
                    self._renewal.beside(state.tokens)
                case Freshness.EXPIRED:
                    await self._renewal.finish(state.tokens)
                case never:
                    assert_never(never)
        return self._current()

    async def renew(self, rejected: Credential) -> Credential:
        """Another credential after the backend's 401 for ``rejected``; 50 callers cause one refresh.

        Raises as :meth:`credential` does.
        """
        state = self._state
        if isinstance(state, SignedIn) and _credential(state) == rejected:
            await self._renewal.finish(state.tokens, rejected=True)
        return self._current()

    async def start_login(self) -> Login:
        """A browser sign-in whose listener already listens; the running attempt if there is one.

        Raises ``SignInFailed`` (``PORT_BUSY``). An earlier login stays until the new one is saved.
        """
        async with self._starting:
            if (running := self.login) is not None:
                return running
            self._login = await sign_in.begin(
                self._issuer, self._keep, self._ports, self._login_timeout, now=self._now
            )
            return self._login

    async def sign_out(self) -> None:
        """End a running sign-in, forget the login here and in the store, then revoke it (at most 5 s, best effort).

        Goes on to its end even if the caller is cancelled. Raises ``StoreError`` if the store still holds the login.
        """
        if self._leaving is None or self._leaving.done():
            self._leaving = self._tasks.spawn(self._sign_out(), "sign-out")
        await asyncio.shield(self._leaving)

    async def aclose(self) -> None:
        """End a running sign-in; a sign-out and a renewal that was sent have 5 s each to reach the store."""
        if self._login is not None:
            self._login.cancel()
            await self._login.closed()
        if self._leaving is not None:
            await asyncio.wait({self._leaving}, timeout=CLOSE_SECONDS)
        await self._renewal.aclose(CLOSE_SECONDS)
        await self._vault.flush()
        await self._tasks.aclose()

    def _current(self) -> Credential:
        match self._state:
            case SignedIn() as state:
                return _credential(state)
            case Failed(error=error):
                self._look_again()
                raise error
            case SignedOut():
                self._look_again()
                raise SignInRequired
            case never:
                assert_never(never)

    def _look_again(self) -> None:
        """Notice, without making anybody wait, that the user has signed in from another editor."""
        now = asyncio.get_running_loop().time()
        if now >= self._next_look:
            self._next_look = now + LOOK_AGAIN_SECONDS
            _ = self._tasks.spawn(self.load(), "look for a login")

    def _step(self, event: Event) -> None:
        before, self._state = self._state, next_state(self._state, event)
        if self._state is not before and self._state != before:
            self._on_change(self._state)

    async def _keep(self, tokens: Tokens) -> Account:
        """Save a new login and make it the current one; if it cannot be saved it holds for this session."""
        account = account_of(tokens)
        try:
            async with self._vault.alone():
                await self._vault.save(tokens)
                self._step(LoggedIn(tokens, account))
        except StoreError as error:
            self._step(LoggedIn(tokens, account))
            self._vault.save_later(tokens, error)
            raise
        return account

    async def _sign_out(self) -> None:
        mine, dead = current(self._state), isinstance(self._state, Failed)
        self._vault.forget_unsaved()
        self._step(LoggedOut())
        if self._login is not None:
            self._login.cancel()
            await self._login.closed()
            if isinstance(self._state, SignedIn):  # it was too late to cancel: it goes as well
                mine, dead = self._state.tokens, False
                self._vault.forget_unsaved()
                self._step(LoggedOut())
        found = None
        try:
            async with self._vault.alone():
                found = await self._forget(mine)
        finally:
            last = found or mine
            if last is not None and not (dead and last.same_as(mine)) and self._issuer.issued(last):
                await self._revoke(last)

    async def _forget(self, mine: Tokens | None) -> Tokens | None:
        """Empty the store; the login it held, if it was ours. Another account's stays: it is not what we show."""
        try:
            found = await self._vault.load()
        except StoreError as error:
            log.info("%s; deleted", error)
            found = None
        if mine is not None and found is not None and found.account_id != mine.account_id:
            log.warning("the store holds another account meanwhile; it is left as it is")
            return None
        await self._vault.delete()
        return found

    async def _revoke(self, tokens: Tokens) -> None:
        try:
            async with asyncio.timeout(REVOKE_SECONDS):
                await self._issuer.revoke(tokens)
        except (BackendError, TimeoutError) as error:
            log.warning("signed out on this machine, but the sign-in service did not confirm: %s", error)


def _credential(state: SignedIn) -> Credential:
    return Credential(state.tokens.access_token, state.account.account_id, state.account.fedramp)
