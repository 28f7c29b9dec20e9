"""AuthManager owns who is signed in: the state, the store, the running sign-in and the one shared renewal."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from lsp_codex.auth.state import AuthState, SignedOut
from lsp_codex.credentials import Credential
from lsp_codex.errors import SignInRequired

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from lsp_codex.auth.login import Login
    from lsp_codex.auth.oauth import Issuer
    from lsp_codex.auth.store import TokenStore


def _nobody(state: AuthState) -> None:
    """Who did not ask to be told of changes."""


class AuthManager:
    """The one owner of :data:`AuthState`, and the :class:`~lsp_codex.credentials.CredentialSource` of the session."""

    def __init__(
        self,
        store: TokenStore,
        issuer: Issuer,
        *,
        now: Callable[[], float] = time.time,
        on_change: Callable[[AuthState], None] = _nobody,
        ports: Sequence[int] = (1455, 1457),
        login_timeout: float = 600.0,
    ) -> None:
        self._store = store
        self._issuer = issuer
        self._now = now
        self._on_change = on_change
        self._ports = ports
        self._login_timeout = login_timeout
        self._state: AuthState = SignedOut()
        self._login: Login | None = None

    @property
    def state(self) -> AuthState:
        """Who is signed in."""
        return self._state

    @property
    def login(self) -> Login | None:
        """The running sign-in attempt."""
        return self._login

    async def load(self) -> None:
        """Read the store; a store that cannot be read is logged, left alone and counts as signed out."""
        raise NotImplementedError

    async def credential(self) -> Credential:
        """The credential to use now. Raises ``SignInRequired``, or ``CredentialsRejected`` for a dead login."""
        raise SignInRequired

    async def renew(self, rejected: Credential) -> Credential:
        """Another credential after the backend's 401 for ``rejected``. Raises an ``AuthError`` or ``BackendError``."""
        raise NotImplementedError

    async def start_login(self) -> Login:
        """A browser sign-in whose listener already listens; the running attempt if there is one."""
        raise NotImplementedError

    async def sign_out(self) -> None:
        """End a running sign-in, forget the login here and in the store, then revoke it at the issuer."""
        raise NotImplementedError

    async def aclose(self) -> None:
        """End a running sign-in and let a renewal that was sent reach the store."""
        raise NotImplementedError
