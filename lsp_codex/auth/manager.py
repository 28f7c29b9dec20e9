"""AuthManager owns who is signed in: the state, the store, the running sign-in and the one shared renewal."""

from __future__ import annotations

import asyncio
import logging
import time
from typing import TYPE_CHECKING, assert_never

from lsp_codex.auth import browser, device_code
from lsp_codex.auth.departure import Departure
from lsp_codex.auth.external import Lender, lent, nobody
from lsp_codex.auth.login import Login, Method
from lsp_codex.auth.oauth import Reason
from lsp_codex.auth.renewal import Renewal
from lsp_codex.auth.state import (
    AuthState,
    Event,
    External,
    ExternalGiven,
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
from lsp_codex.auth.vault import Unsaved, Vault
from lsp_codex.credentials import Credential
from lsp_codex.errors import (
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

    from lsp_codex.auth.external import Parent
    from lsp_codex.auth.login import Way
    from lsp_codex.auth.oauth import Issuer
    from lsp_codex.auth.store import TokenStore
    from lsp_codex.auth.tokens import Account, Kept
    from lsp_codex.secret import Secret

log = logging.getLogger(__name__)

CLOSE_SECONDS = 5.0
LOOK_AGAIN_SECONDS = 5.0


def _nobody(*_: object) -> None:
    """Who did not ask to be told."""


def _log_trouble(error: StoreError) -> None:
    log.warning("%s", error)


class AuthManager:
    """The one owner of :data:`AuthState`, and the :class:`~lsp_codex.credentials.CredentialSource` of the session.

    ``now`` is Unix time. ``on_change`` hears of every new state, ``on_trouble`` once when tokens could not be saved,
    ``on_stray`` of a browser that brought the answer to another sign-in; none may raise. ``restriction`` holds for
    every login. ``parent`` is asked when a token that it lent is refused. ``left`` could not be saved before.
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
        parent: Parent = nobody,
        ports: Sequence[int] = (1455, 1457),
        login_timeout: float = 600.0,
        left: Unsaved | None = None,
    ) -> None:
        self._issuer = issuer
        self._now = now
        self._on_change = on_change
        self._on_stray = on_stray
        self.restriction = restriction or Restriction()
        self._ports = tuple(ports)
        self._login_timeout = login_timeout
        self._state: AuthState = SignedOut()
        self._login: Login | None = None
        self._starting = asyncio.Lock()
        self._tasks = Tasks()
        self._vault = Vault(store, self._tasks, on_trouble, left)
        self._renewal = Renewal(self._vault, issuer, lambda: self._state, self._step, self._bars, now)
        self._lender = Lender(parent, lambda: self._state, self._step, self.restriction)
        self._departure = Departure(
            self._vault, issuer, self._tasks, lambda: self._state, self._step, lambda: self._login
        )
        self._next_look = 0.0
        self._unreadable = ""

    @property
    def state(self) -> AuthState:
        """Who is signed in."""
        return self._state

    @property
    def unsaved(self) -> Unsaved | None:
        """What could not be saved so far."""
        return self._vault.unsaved

    @property
    def login(self) -> Login | None:
        """The running sign-in attempt."""
        return None if self._login is None or self._login.ended else self._login

    async def load(self) -> None:
        """Read the store; a login that cannot or may not be used is left alone, and counts as signed out."""
        if self.restriction.closed:
            self._step(Unusable(self.restriction.closed))
            return
        async with self._vault.reading():
            # What another process changed is the renewal's affair.
            if isinstance(self._state, SignedIn | ApiKey | External):
                return
            try:
                found = await self._vault.valid()
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
            await self._renewal.finish(state.tokens, Reason.UNAUTHORIZED)
        elif isinstance(state, External) and _credential(state) == rejected:
            await self._lender.renew(state)
        return self._current()

    async def refresh(self) -> None:
        """Renew a login that we hold now, as somebody asked for it; nothing to do for any other.

        Raises as :meth:`credential`.
        """
        if isinstance(state := self._state, SignedIn):
            await self._renewal.finish(state.tokens, Reason.FORCED)

    async def reject(self, rejected: Credential) -> None:
        """The backend refused ``rejected`` although it was just renewed: nothing more is asked with this login."""
        state = self._state
        if isinstance(state, SignedIn) and _credential(state) == rejected:
            self._step(Rejected(state.tokens, CredentialsRejected(Rejection.REFUSED)))

    async def start_login(self, method: Method | None = None, *, anew: bool = False) -> Login:
        """A sign-in that is ready for the person; the running attempt if there is one, unless it goes another way.

        ``anew``: a running attempt is replaced in any case. Raises ``SignInFailed``. An earlier login stays until the
        new one is saved.
        """
        async with self._starting:
            running = self.login
            if running is not None and not anew and method in {None, running.method}:
                return running
            self._check_owner()
            if (why := self.restriction.bars_chatgpt()) is not None:
                raise SignInFailed(SignInFailure.RESTRICTED, why)
            if running is not None and running.method is Method.BROWSER is (method or Method.BROWSER):
                running.cancel(SignInFailure.TAKEN_OVER)
                await running.closed()  # both need the port
            before = self._departure.count
            way = await self._open(method or Method.BROWSER)
            if self._departure.count != before or isinstance(self._state, External):
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

    async def use_api_key(self, key: Secret, *, as_given: bool = False) -> None:
        """Sign in with an API key, which is saved but not tried; a running attempt ends. Raises ``SignInFailed``.

        ``as_given``: nor is it looked at.
        """
        await self._departure.settled()
        given, before, replaced = ApiKey(key), self._departure.count, self._alive()
        self._check_owner()
        if not as_given and (flaw := given.flaw()) is not None:
            raise SignInFailed(SignInFailure.BAD_API_KEY, flaw)
        if (why := self.restriction.bars_api_key()) is not None:
            raise SignInFailed(SignInFailure.RESTRICTED, why)
        if self._login is not None:
            self._login.cancel(SignInFailure.REPLACED)
        try:
            async with self._vault.alone():
                if self._departure.count == before and not isinstance(self._state, External):
                    await self._vault.save(given)
                    self._step(KeyGiven(given))
                    self._departure.replaced(replaced)
        except StoreError as error:
            if self._departure.count == before:
                self._step(KeyGiven(given))
                self._vault.save_later(given, error)
            raise SignInFailed(SignInFailure.NOT_SAVED, str(error)) from error
        if self._departure.count != before or isinstance(self._state, External):
            raise SignInFailed(SignInFailure.CANCELLED)

    async def use_external(self, token: Secret, account_id: str, plan: str | None = None) -> None:
        """Use a token that the program around us lends, in memory only; a running attempt ends, also if this fails.

        Raises ``SignInFailed`` (``RESTRICTED``, ``CANCELLED``) and ``ValueError`` (no JWT); what is held then stays.
        """
        await self._departure.settled()
        before = self._departure.count
        if (why := self.restriction.bars_chatgpt()) is not None:
            raise SignInFailed(SignInFailure.RESTRICTED, why)
        while (running := self.login) is not None:  # another one may begin while this one ends
            running.cancel(SignInFailure.REPLACED)
            await running.closed()
        if (why := self.restriction.bars_workspaces([account_id])) is not None:
            raise SignInFailed(SignInFailure.RESTRICTED, why)
        given = lent(token, account_id, plan)
        if self._departure.count != before:
            raise SignInFailed(SignInFailure.CANCELLED)
        self._lender.superseded()
        self._step(ExternalGiven(given))

    async def sign_out(self) -> None:
        """End a running sign-in and forget the login here and in the store; its revocation begins (``revoked``).

        Goes on to its end even if the caller is cancelled. Raises ``StoreError`` if the store still holds the login.
        """
        self._lender.superseded()
        await self._departure.leave()

    @property
    def left(self) -> str:
        """A sentence about what the last sign-out found in the store and left there, or nothing."""
        return self._departure.left

    async def revoked(self) -> NotRevoked | None:
        """Wait, at most 5 s, for the revocation of the last sign-out; what to tell the user if it failed."""
        return await self._departure.revoked()

    async def aclose(self) -> None:
        """End a running sign-in; a sign-out and a renewal that was sent have 5 s each to reach the store."""
        if self._login is not None:
            self._login.cancel()
            await self._login.closed()
        await self._lender.aclose()
        await self._departure.aclose(CLOSE_SECONDS)
        await self._renewal.aclose(CLOSE_SECONDS)
        await self._vault.flush()
        await self._tasks.aclose()

    def _current(self) -> Credential:
        match self._state:
            case SignedIn() | External() as state:
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
                why = self.restriction.bars_api_key()
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
        return self.restriction.bars_workspaces(workspaces(tokens))

    async def _open(self, method: Method) -> Way:
        match method:
            case Method.BROWSER:
                return await browser.begin(
                    self._issuer,
                    self._ports,
                    self._login_timeout,
                    now=self._now,
                    on_stray=self._on_stray,
                    workspaces=self.restriction.asked,
                )
            case Method.DEVICE_CODE:
                return await device_code.begin(self._issuer, now=self._now)
            case _:
                assert_never(method)

    async def _keep(self, tokens: Tokens) -> Account:
        """Save a new login and make it the current one; if it cannot be saved it holds for this session."""
        account, replaced = account_of(tokens), self._alive()
        if (why := self._bars(tokens)) is not None:
            self._departure.replaced(tokens)
            raise SignInFailed(SignInFailure.RESTRICTED, why)
        try:
            async with self._vault.alone():
                await self._vault.save(tokens)
                self._step(LoggedIn(tokens, account))
                self._departure.replaced(replaced)
        except StoreError as error:
            self._step(LoggedIn(tokens, account))
            self._vault.save_later(tokens, error)
            raise
        return account

    def _alive(self) -> Kept | None:
        return None if isinstance(self._state, Failed) else current(self._state)

    def _check_owner(self) -> None:
        if isinstance(self._state, External):
            raise SignInFailed(SignInFailure.EXTERNAL)


def _credential(state: SignedIn | External) -> Credential:
    match state:
        case SignedIn(tokens, account):
            return Credential(tokens.access_token, account.account_id, account.fedramp)
        case External(token, account):
            return Credential(token, account.account_id, account.fedramp)
        case _:
            assert_never(state)
