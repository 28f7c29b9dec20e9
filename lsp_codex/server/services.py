"""Services: everything that talks to the world for one set of settings, opened together and closed together."""

from __future__ import annotations

from contextlib import AsyncExitStack, aclosing, asynccontextmanager
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from lsp_codex.auth.external import nobody
from lsp_codex.auth.manager import AuthManager
from lsp_codex.auth.oauth import Issuer
from lsp_codex.auth.store import MemoryStore, NoStore, home_folder, open_store
from lsp_codex.auth.tokens import Provenance, TokenAnswer, new_login
from lsp_codex.backend.client import CodexClient
from lsp_codex.backend.http import HttpPool
from lsp_codex.chat.chats import Chats
from lsp_codex.completion.engine import CompletionEngine
from lsp_codex.config import wrong_place
from lsp_codex.errors import StoreError
from lsp_codex.restriction import Restriction
from lsp_codex.secret import Secret

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable
    from pathlib import Path

    from lsp_codex.auth.external import Parent
    from lsp_codex.auth.state import AuthState
    from lsp_codex.auth.store import TokenStore
    from lsp_codex.completion.journal import Entry
    from lsp_codex.config import Config
    from lsp_codex.server.world import SandboxSite, World

PER_REQUEST = ("context", "model", "reasoning_effort", "service_tier")
"""Settings that are read with each request: changing them opens nothing anew."""


@dataclass(frozen=True, slots=True)
class Services:
    """One HTTP pool, one owner of the login, one client, one completion engine, one owner of the conversations."""

    pool: HttpPool
    store: TokenStore
    auth: AuthManager
    client: CodexClient
    completions: CompletionEngine
    chats: Chats
    sandbox: bool
    folder: Path | None = None
    """Where something may be remembered between sessions; None if nothing may."""
    place: tuple[object, ...] = ()
    """The settings that say where the login is kept."""

    @staticmethod
    def same(one: Config, other: Config) -> bool:
        """Whether services opened for ``one`` also serve ``other``."""
        asked_with = {name: getattr(other, name) for name in ("completion", *PER_REQUEST)}
        return replace(one, **asked_with) == other


def _nobody() -> None:
    """Who does not ask to be told of strays."""


def _unnoted(_entry: Entry) -> None:
    """Who keeps no journal."""


# longer than 50 lines because it is one list: what is opened, and after what
@asynccontextmanager
async def open_services(
    config: Config,
    world: World,
    on_change: Callable[[AuthState], None],
    on_trouble: Callable[[StoreError], None],
    on_stray: Callable[[], None] = _nobody,
    parent: Parent = nobody,
    note: Callable[[Entry], None] = _unnoted,
    before: Services | None = None,
) -> AsyncIterator[Services]:
    """Open what ``config`` asks for; ``parent`` is asked when tokens that it lent are refused.

    Closing ends a running sign-in, saves a rotated token, closes connections. ``before`` are those that were closed
    for these: a login that is in memory only is nowhere else, and stays where the same place is meant.
    """
    async with AsyncExitStack() as stack:
        site: SandboxSite | None = None
        if config.sandbox and world.open_sandbox is not None:
            site = await stack.enter_async_context(world.open_sandbox())
            config = _pointed_at(config, site)
        pool = await stack.enter_async_context(aclosing(HttpPool(world.transport, config.network, world.environ)))
        closed = wrong_place(config)
        kept = before if before is not None and before.place == _place(config) else None
        store = _store(config, world, site, kept) if closed is None else NoStore(StoreError(closed))
        auth = AuthManager(
            store,
            Issuer(config.auth.issuer, pool.client),
            now=world.now,
            on_change=on_change,
            on_trouble=on_trouble,
            on_stray=on_stray,
            parent=parent,
            restriction=Restriction(config.auth.forced_workspace_id, config.auth.forced_login_method, closed or ""),
            ports=world.ports,
            login_timeout=world.login_timeout,
            left=kept.auth.unsaved if kept else None,
        )
        stack.push_async_callback(auth.aclose)
        folder = None if closed else _cache_folder(config, world, site)
        client = CodexClient(
            pool.client,
            auth,
            config.backend.chatgpt_base_url,
            openai=config.backend.openai_base_url,
            now=world.now,
            cache=folder,
            transport=config.backend.transport,
        )
        stack.push_async_callback(client.aclose)
        completions = await stack.enter_async_context(aclosing(CompletionEngine(client, note=note)))
        chats = await stack.enter_async_context(aclosing(Chats(client, world.environ)))
        yield Services(pool, store, auth, client, completions, chats, config.sandbox, folder, _place(config))


def _pointed_at(config: Config, site: SandboxSite) -> Config:
    return replace(
        config,
        auth=replace(config.auth, issuer=site.address, home=None),
        backend=replace(
            config.backend, chatgpt_base_url=site.address + "/backend-api", openai_base_url=site.address + "/v1"
        ),
    )


def _cache_folder(config: Config, world: World, site: SandboxSite | None) -> Path | None:
    """Where models are remembered between sessions; nowhere if nothing of this login is to stay on the disk."""
    if site is not None or world.store is not None or config.auth.store == "ephemeral":
        return None
    try:
        return home_folder(config.auth)
    except StoreError:  # a user without a home; the store says so
        return None


def _place(config: Config) -> tuple[object, ...]:
    return config.sandbox, config.auth.store, config.auth.home, config.auth.profile


def _store(config: Config, world: World, site: SandboxSite | None, kept: Services | None) -> TokenStore:
    if site is not None:
        # The sandbox never reads or writes the user's real login.
        answer = TokenAnswer(**{name: Secret(token) for name, token in site.tokens.items()})
        return MemoryStore(new_login(answer, Provenance(site.address), "sandbox", world.now()))
    if kept is not None and isinstance(kept.store, MemoryStore):
        return kept.store
    return world.store if world.store is not None else open_store(config.auth, world.environ, world.open_keyring)
