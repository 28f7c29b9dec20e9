"""AuthManager owns who is signed in: the state, the store, the running sign-in and the one shared renewal."""

from __future__ import annotations

import asyncio
import logging
import time
from typing import TYPE_CHECKING, assert_never

from lsp_codex.auth import browser, device_code
from lsp_codex.auth.login import Login, Method
from lsp_codex.auth.renewal import Renewal
from lsp_codex.auth.state import (
    AuthState,
    Event,
    Failed,
    KeyGiven,
    KeyLoaded,
    Loaded,
    LoggedIn,
    LoggedOut,
    Rejected,
    SignedIn,
    SignedOut,
    Unusable,
    current,
)
from lsp_codex.auth.state import step as next_state
from lsp_codex.auth.tokens import ApiKey, Freshness, Tokens, account_of, freshness, workspaces
from lsp_codex.auth.vault import Vault
from lsp_codex.credentials import Credential
from lsp_codex.errors import (
    BackendError,
    CredentialsRejected,
    NotRevoked,
    Rejection,
    SignInFailed,
    SignInFailure,
    SignInRequired,
    StoreError,
)
from lsp_codex.restriction import Restriction
from lsp_codex.tasks import Tasks

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from lsp_codex.auth.login import Way
    from lsp_codex.auth.oauth import Issuer
    from lsp_codex.auth.store import TokenStore
    from lsp_codex.auth.tokens import Account, Kept
    from lsp_codex.secret import Secret

log = logging.getLogger(__name__)

REVOKE_SECONDS = 5.0
CLOSE_SECONDS = 5.0
LOOK_AGAIN_SECONDS = 5.0


def _nobody(*_: object) -> None:
    """Who did not ask to be told."""


def _log_trouble(error: StoreError) -> None:
    log.warning("%s", error)


class AuthManager:
    """The one owner of :data:`AuthState`, and the :class:`~lsp_codex.credentials.CredentialSource` of the session.

    ``now`` is wall time in Unix seconds. ``on_change`` hears of every new state, ``on_trouble`` once when tokens
    could not be saved, ``on_stray`` of a browser that brought the answer to another sign-in; all are called from the
    loop and must not raise. ``restriction`` holds for every login, however it gets here.
    """

    def __init__(
        self,
        store: TokenStore,
        issuer: Issuer,
        *,
        now: Callable[[], float] = time.time,
        on_change: Callable[[AuthState], None] = _nobody,
        on_trouble: Callable[[StoreError], None] = _log_trouble,
        on_stray: Callable[[], None] = _nobody,
        restriction: Restriction | None = None,
        ports: Sequence[int] = (1455, 1457),
        login_timeout: float = 600.0,
    ) -> None:
        self._issuer = issuer
        self._now = now
        self._on_change = on_change
        self._on_stray = on_stray
        self._restriction = restriction or Restriction()
        self._ports = tuple(ports)
        self._login_timeout = login_timeout
        self._state: AuthState = SignedOut()
        self._login: Login | None = None
        self._starting = asyncio.Lock()
        self._tasks = Tasks()
        self._vault = Vault(store, self._tasks, on_trouble)
        self._renewal = Renewal(self._vault, issuer, lambda: self._state, self._step, self._bars, now)
        self._next_look = 0.0
        self._departures = 0
        self._leaving: asyncio.Task[None] | None = None
        self._revocation: asyncio.Task[NotRevoked | None] | None = None
        self._unreadable = ""
        self.left = ""  # a sentence about what the last sign-out found in the store and left there

    @property
    def state(self) -> AuthState:
        """Who is signed in."""
        return self._state

    @property
    def login(self) -> Login | None:
        """The running sign-in attempt."""
        return None if self._login is None or self._login.ended else self._login

    async def load(self) -> None:
        """Read the store; a login that cannot or may not be used is left alone, and counts as signed out."""
        if self._restriction.closed:
            self._step(Unusable(self._restriction.closed))
            return
        async with self._vault.reading():
            if isinstance(self._state, SignedIn | ApiKey):  # what another process changed is the renewal's affair
                return
            try:
                found = await self._vault.load()
            except StoreError as error:
                if str(error) != self._unreadable:
                    self._unreadable = str(error)
                    log.warning("%s; it is left as it is", error)
                self._step(Unusable(str(error)))
                return
            if (event := self._found(found)) is not None:
                self._step(event)

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

    async def reject(self, rejected: Credential) -> None:
        """The backend refused ``rejected`` although it was just renewed: nothing more is asked with this login."""
        state = self._state
        if isinstance(state, SignedIn) and _credential(state) == rejected:
            self._step(Rejected(state.tokens, CredentialsRejected(Rejection.REFUSED)))

    async def start_login(self, method: Method | None = None) -> Login:
        """A sign-in that is ready for the person; the running attempt if there is one, unless it goes another way.

        Raises ``SignInFailed``. An earlier login stays until the new one is saved.
        """
        async with self._starting:
            running = self.login
            if running is not None and method in {None, running.method}:
                return running
            if (why := self._restriction.bars_chatgpt()) is not None:
                raise SignInFailed(SignInFailure.RESTRICTED, why)
            before = self._departures
            way = await self._open(method or Method.BROWSER)
            if self._departures != before:
                way.close()
                raise SignInFailed(SignInFailure.CANCELLED)
            if running is not None:
                running.cancel(SignInFailure.REPLACED)
            self._login = Login(way, self._keep)
            return self._login

    def complete_login(self, pasted: str) -> Login:
        """Finish the running attempt with the address that a browser elsewhere ended on. Raises ``SignInFailed``."""
        if (running := self.login) is None:
            raise SignInFailed(SignInFailure.NOT_RUNNING)
        running.complete(pasted)
        return running

    async def use_api_key(self, key: Secret) -> None:
        """Sign in with an API key, which is saved but not tried; a running attempt ends. Raises ``SignInFailed``."""
        given, before = ApiKey(key), self._departures
        if (flaw := given.flaw()) is not None:
            raise SignInFailed(SignInFailure.BAD_API_KEY, flaw)
        if (why := self._restriction.bars_api_key()) is not None:
            raise SignInFailed(SignInFailure.RESTRICTED, why)
        if self._login is not None:
            self._login.cancel(SignInFailure.REPLACED)
        try:
            async with self._vault.alone():
                if self._departures == before:
                    await self._vault.save(given)
                    self._step(KeyGiven(given))
        except StoreError as error:
            if self._departures == before:
                self._step(KeyGiven(given))
                self._vault.save_later(given, error)
            raise SignInFailed(SignInFailure.NOT_SAVED, str(error)) from error
        if self._departures != before:
            raise SignInFailed(SignInFailure.CANCELLED)

    async def sign_out(self) -> None:
        """End a running sign-in and forget the login here and in the store; its revocation begins (``revoked``).

        Goes on to its end even if the caller is cancelled. Raises ``StoreError`` if the store still holds the login.
        """
        if self._leaving is None or self._leaving.done():
            self._leaving = self._tasks.spawn(self._leave(), "sign-out")
        await asyncio.shield(self._leaving)

    async def revoked(self) -> NotRevoked | None:
        """Wait, at most 5 s, for the revocation of the last sign-out; what to tell the user if it failed."""
        return None if self._revocation is None else await asyncio.shield(self._revocation)

    async def aclose(self) -> None:
        """End a running sign-in; a sign-out and a renewal that was sent have 5 s each to reach the store."""
        if self._login is not None:
            self._login.cancel()
            await self._login.closed()
        if self._leaving is not None:
            await asyncio.wait({self._leaving}, timeout=CLOSE_SECONDS)
        if self._revocation is not None:
            await asyncio.wait({self._revocation}, timeout=CLOSE_SECONDS)
        await self._renewal.aclose(CLOSE_SECONDS)
        await self._vault.flush()
        await self._tasks.aclose()

    def _current(self) -> Credential:
        match self._state:
            case SignedIn() as state:
                return _credential(state)
            case ApiKey(key):
                return Credential(key, is_api_key=True)
            case Failed(error=error):
                self._look_again()
                raise error
            case SignedOut(why):
                self._look_again()
                raise SignInRequired(why)
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

    def _found(self, found: Kept | None) -> Event | None:
        """What it means that the store holds ``found``."""
        match found:
            case ApiKey():
                why = self._restriction.bars_api_key()
                return KeyLoaded(found) if why is None else Unusable(why)
            case Tokens() if not self._issuer.issued(found):
                log.info("the stored login belongs to another sign-in service than the one in the settings")
            case Tokens():
                why = self._bars(found)
                return Loaded(found, account_of(found)) if why is None else Unusable(why)
            case None:
                pass
            case _:
                assert_never(found)
        return LoggedOut() if isinstance(self._state, SignedOut) else None

    def _bars(self, tokens: Tokens) -> str | None:
        return self._restriction.bars_workspaces(workspaces(tokens))

    async def _open(self, method: Method) -> Way:
        match method:
            case Method.BROWSER:
                return await browser.begin(
                    self._issuer,
                    self._ports,
                    self._login_timeout,
                    now=self._now,
                    on_stray=self._on_stray,
                    workspaces=self._restriction.asked,
                )
            case Method.DEVICE_CODE:
                return await device_code.begin(self._issuer, now=self._now)
            case _:
                assert_never(method)

    async def _keep(self, tokens: Tokens) -> Account:
        """Save a new login and make it the current one; if it cannot be saved it holds for this session."""
        account = account_of(tokens)
        if (why := self._bars(tokens)) is not None:
            self._tasks.start(self._revoke(tokens), "revoke what is not allowed")
            raise SignInFailed(SignInFailure.RESTRICTED, why)
        try:
            async with self._vault.alone():
                await self._vault.save(tokens)
                self._step(LoggedIn(tokens, account))
        except StoreError as error:
            self._step(LoggedIn(tokens, account))
            self._vault.save_later(tokens, error)
            raise
        return account

    async def _leave(self) -> None:
        self._departures += 1
        self._revocation = None
        mine, dead = current(self._state), isinstance(self._state, Failed)
        self._vault.forget_unsaved()
        self._step(LoggedOut())
        if self._login is not None:
            self._login.cancel()
            await self._login.closed()
        found: Kept | None = None
        try:
            async with self._vault.alone():
                if (late := current(self._state)) is not None:  # too late to cancel, or just being read: it goes too
                    mine, dead = late, False
                self._vault.forget_unsaved()
                self._step(LoggedOut())
                found = await self._forget(mine)
        finally:
            last = found or mine
            known_dead = dead and last is not None and last.same_as(mine)
            if isinstance(last, Tokens) and not known_dead and self._issuer.issued(last):
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
        if self.left:
            return None
        return found

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


def _credential(state: SignedIn) -> Credential:
    return Credential(state.tokens.access_token, state.account.account_id, state.account.fedramp)
