"""``lsp-codex logout`` and ``status``, and what they share with ``login``: the account without a server."""

from __future__ import annotations

import asyncio
import json
import os
import sys
import time
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, assert_never

from lsp_codex import config as settings
from lsp_codex.auth.state import External, Failed, SignedIn, SignedOut
from lsp_codex.auth.tokens import ApiKey, Freshness, freshness
from lsp_codex.errors import LspCodexError
from lsp_codex.terminal.paint import columns, wrapped
from lsp_codex.terminal.waiting import waiting

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Mapping, Sequence

    from lsp_codex.auth.manager import AuthManager
    from lsp_codex.auth.state import AuthState
    from lsp_codex.auth.store import TokenStore
    from lsp_codex.config import Config

NOT_SIGNED_IN = 3


class WrongPlace(LspCodexError):
    """Where a login is kept, or which service is asked, was said in a way that is not allowed; nothing was done."""


# What editors call by a command has a call here.
CALLS = (
    ("Sign in with the command codex.signIn.", "Sign in with lsp-codex login."),
    ('(codex.signIn with {"method": "deviceCode"})', "(lsp-codex login --device-code)"),
    ("(codex.signIn)", "(lsp-codex login)"),
    ("(codex.signOut)", "(lsp-codex logout)"),
    ("give the address that it ends on to codex.completeSignIn", "paste the address that it ends on here"),
)


def in_terminal(text: str) -> str:
    """A sentence for a person in an editor, for one in a terminal."""
    for command, call in CALLS:
        text = text.replace(command, call)
    return text


@dataclass(frozen=True, slots=True)
class Place:
    """An account and where it is kept."""

    manager: AuthManager
    config: Config
    store: TokenStore


@asynccontextmanager
async def opened(environ: Mapping[str, str], ports: Sequence[int] = (1455, 1457)) -> AsyncIterator[Place]:
    """The account that the environment names, loaded; a wrong variable is named on standard error.

    Raises :class:`WrongPlace` where one says where the login is to be, and says it wrong.
    """
    from lsp_codex.auth.manager import AuthManager
    from lsp_codex.auth.oauth import Issuer
    from lsp_codex.auth.store import open_store
    from lsp_codex.backend.http import HttpPool

    config = settings_of(environ)
    async with AsyncExitStack() as stack:
        pool = HttpPool(None, config.network, environ)
        stack.push_async_callback(pool.aclose)
        store = open_store(config.auth, environ)
        manager = AuthManager(store, Issuer(config.auth.issuer, pool.client), ports=ports)
        stack.push_async_callback(manager.aclose)
        await manager.load()
        yield Place(manager, config, store)


def settings_of(environ: Mapping[str, str], *, sandbox: bool = False) -> Config:
    """The settings that the environment makes; a wrong variable is named on standard error.

    Raises :class:`WrongPlace`: the usual home or service in its stead would be somebody else's login.
    """
    config, problems = settings.parse([{"sandbox": True}] if sandbox else [], environ)
    if settings.wrong_place(config) is not None:
        raise WrongPlace(" ".join(problem.for_person() for problem in problems))
    for problem in problems:
        print(f"lsp-codex: {problem.for_person()}", file=sys.stderr)
    return config


def run_logout() -> int:
    """Sign out: local first, then at the sign-in service. Raises ``LspCodexError``."""
    return asyncio.run(logout(os.environ))


async def logout(environ: Mapping[str, str]) -> int:
    """As :func:`run_logout`, in the world of ``environ``."""
    async with opened(environ) as place:
        manager = place.manager
        nobody = manager.state == SignedOut()
        await manager.sign_out()
        print("Nobody was signed in." if nobody else "Signed out.", manager.left, sep=" " * bool(manager.left))
        async with waiting("Telling the sign-in service"):
            failure = await manager.revoked()
        if failure is not None:
            print(f"lsp-codex: {failure.for_person()}", file=sys.stderr)
    return 0


def run_status(*, as_json: bool) -> int:
    """Say who is signed in, from what is stored and without asking anybody; 3 if nobody is."""
    return asyncio.run(status(os.environ, as_json=as_json))


async def status(environ: Mapping[str, str], *, as_json: bool) -> int:
    """As :func:`run_status`, in the world of ``environ``."""
    async with opened(environ) as place:
        state = place.manager.state
        print(_json(place) if as_json else wrapped(sentence(state, time.time()), columns(sys.stdout)))
    return NOT_SIGNED_IN if isinstance(state, SignedOut) else 0


def sentence(state: AuthState, now: float) -> str:
    """Who is signed in, on one line."""
    match state:
        case SignedIn(tokens, account):
            where = f", workspace …{account.account_id[-6:]}" if account.account_id else ""
            later = freshness(tokens, now) is Freshness.EXPIRED
            return f"Signed in as {account.in_words()}{where}{', to be renewed with the next request' * later}."
        case ApiKey():
            return "Signed in with an API key; each request is billed to it, not to a plan."
        case External(account=account):
            return f"Signed in as {account.in_words()} by the program that keeps the login."
        case SignedOut(why):
            return f"Not signed in{f': {why}' if why else ''}. Sign in with lsp-codex login."
        case Failed(error=error):
            return in_terminal(error.for_person())
        case _:
            assert_never(state)


def _json(place: Place) -> str:
    from lsp_codex.completion.engine import Statistics
    from lsp_codex.server.status import status as as_editors_see_it

    shown = as_editors_see_it(
        place.manager.state,
        place.config,
        store=place.store.kind,
        signing_in=False,
        limits=None,
        statistics=Statistics(),
    )
    return json.dumps(shown, indent=2, ensure_ascii=False)
