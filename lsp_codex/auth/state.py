"""The authentication state and ``step``: the only place where it changes, so that every race ends in one function."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias, assert_never

if TYPE_CHECKING:
    from lsp_codex.auth.tokens import Account, Tokens
    from lsp_codex.errors import CredentialsRejected


@dataclass(frozen=True, slots=True)
class SignedOut:
    """There is nothing to authenticate with."""


@dataclass(frozen=True, slots=True)
class SignedIn:
    """We hold the refresh token of this account."""

    tokens: Tokens
    account: Account


@dataclass(frozen=True, slots=True)
class Failed:
    """The login is dead for good; ``tokens`` are kept to recognise it in the store, never to be used again."""

    account: Account
    error: CredentialsRejected
    tokens: Tokens


AuthState: TypeAlias = SignedOut | SignedIn | Failed


@dataclass(frozen=True, slots=True)
class Loaded:
    """The store was read and holds this login."""

    tokens: Tokens
    account: Account


@dataclass(frozen=True, slots=True)
class LoggedIn:
    """A sign-in has ended with this login."""

    tokens: Tokens
    account: Account


@dataclass(frozen=True, slots=True)
class Refreshed:
    """``of`` has become ``tokens``, by our refresh or by that of another process."""

    of: Tokens
    tokens: Tokens
    account: Account


@dataclass(frozen=True, slots=True)
class Rejected:
    """The issuer will never renew ``of`` again."""

    of: Tokens
    error: CredentialsRejected


@dataclass(frozen=True, slots=True)
class LoggedOut:
    """The user signed out (``of`` is ``None``), or another process signed ``of`` out."""

    of: Tokens | None = None


Event: TypeAlias = Loaded | LoggedIn | Refreshed | Rejected | LoggedOut


def step(state: AuthState, event: Event) -> AuthState:
    """The state after ``event``; news about a token that is no longer the current one changes nothing."""
    match event:
        case LoggedIn(tokens, account):
            return SignedIn(tokens, account)
        case Loaded(tokens, account):
            # A login in memory is never older than what a reader found; a dead one does not come back to life.
            if isinstance(state, SignedIn) or tokens.same_as(current(state)):
                return state
            return SignedIn(tokens, account)
        case Refreshed(of, tokens, account):
            return SignedIn(tokens, account) if holds(state, of) else state
        case Rejected(of, error):
            if isinstance(state, SignedIn) and holds(state, of):
                return Failed(state.account, error, of)
            return state
        case LoggedOut(of):
            return SignedOut() if of is None or holds(state, of) else state
        case _:
            assert_never(event)


def current(state: AuthState) -> Tokens | None:
    """The tokens the state speaks about, dead or alive."""
    match state:
        case SignedIn(tokens=tokens) | Failed(tokens=tokens):
            return tokens
        case SignedOut():
            return None
        case _:
            assert_never(state)


def holds(state: AuthState, tokens: Tokens) -> bool:
    """Whether ``tokens`` are the living login of ``state``."""
    return isinstance(state, SignedIn) and state.tokens.same_as(tokens)
