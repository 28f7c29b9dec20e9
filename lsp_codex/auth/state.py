"""The authentication state and ``step``: the only place where it changes, so that every race ends in one function."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias, assert_never

from lsp_codex.auth.tokens import ApiKey

if TYPE_CHECKING:
    from lsp_codex.auth.tokens import Account, Kept, Tokens
    from lsp_codex.errors import CredentialsRejected
    from lsp_codex.secret import Secret


@dataclass(frozen=True, slots=True)
class SignedOut:
    """There is nothing to authenticate with; ``why`` says what keeps a login that is there from being used."""

    why: str = ""


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


@dataclass(frozen=True, slots=True)
class External:
    """The program around us owns the tokens and lends this one; what is stored lies beneath, hidden and untouched."""

    token: Secret
    account: Account


AuthState: TypeAlias = SignedOut | SignedIn | ApiKey | Failed | External


@dataclass(frozen=True, slots=True)
class Loaded:
    """The store was read and holds this login."""

    tokens: Tokens
    account: Account


@dataclass(frozen=True, slots=True)
class KeyLoaded:
    """The store was read and holds an API key."""

    key: ApiKey


@dataclass(frozen=True, slots=True)
class Unusable:
    """There is a login, or was (``of``), that cannot or may not be used; ``why`` is told."""

    why: str
    of: Kept | None = None


@dataclass(frozen=True, slots=True)
class KeyGiven:
    """The user gave an API key."""

    key: ApiKey


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
class ExternalGiven:
    """The program around us lends another token: on its own account, or (``of``) in place of one that was refused."""

    given: External
    of: External | None = None


@dataclass(frozen=True, slots=True)
class LoggedOut:
    """The user signed out (``of`` is ``None``), or another process signed ``of`` out."""

    of: Kept | None = None


Event: TypeAlias = (
    Loaded | KeyLoaded | Unusable | LoggedIn | KeyGiven | ExternalGiven | Refreshed | Rejected | LoggedOut
)


def step(state: AuthState, event: Event) -> AuthState:
    """The state after ``event``; news about a token that is no longer the current one changes nothing."""
    match event:
        case ExternalGiven(given, of):
            return given if of is None or state == of else state
        case LoggedOut(None):
            return SignedOut()
        case _ if isinstance(state, External):  # the store and its renewals have no say about what is lent
            return state
        case LoggedIn(tokens, account):
            return SignedIn(tokens, account)
        case KeyGiven(key):
            return key
        case Loaded(tokens, account):
            # A login in memory is never older than what a reader found; a dead one does not come back to life.
            if isinstance(state, SignedIn | ApiKey) or tokens.same_as(current(state)):
                return state
            return SignedIn(tokens, account)
        case KeyLoaded(key):
            return state if isinstance(state, SignedIn | ApiKey) else key
        case Unusable(why, of):
            found_or_held = isinstance(state, SignedOut) if of is None else holds(state, of)
            return SignedOut(why) if found_or_held else state
        case Refreshed(of, tokens, account):
            return SignedIn(tokens, account) if holds(state, of) else state
        case Rejected(of, error):
            if isinstance(state, SignedIn) and holds(state, of):
                return Failed(state.account, error, of)
            return state
        case LoggedOut(of):
            return SignedOut() if of is not None and holds(state, of) else state
        case _:
            assert_never(event)


def current(state: AuthState) -> Kept | None:
    """What of the store the state speaks about, dead or alive."""
    match state:
        case ApiKey():
            return state
        case SignedIn(tokens=tokens) | Failed(tokens=tokens):
            return tokens
        case SignedOut() | External():
            return None
        case _:
            assert_never(state)


def holds(state: AuthState, login: Kept) -> bool:
    """Whether ``login`` is the living login of ``state``."""
    return not isinstance(state, Failed) and login.same_as(current(state))
