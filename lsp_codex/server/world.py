"""World: what the server is given instead of reaching for it; apart from what is made of it, which costs imports."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from lsp_codex.auth.keychain import system_keyring

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from contextlib import AbstractAsyncContextManager

    import httpx2

    from lsp_codex.auth.keychain import Backend
    from lsp_codex.auth.store import TokenStore


@dataclass(frozen=True, slots=True)
class SandboxSite:
    """A sandbox that listens: its address, and the tokens (``id_token`` and so on) of an account there."""

    address: str
    tokens: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class World:
    """The seams of every test: the environment, the network, the store, the clock, the ports."""

    environ: Mapping[str, str] = field(default_factory=dict)
    sandbox: bool = False
    open_sandbox: Callable[[], AbstractAsyncContextManager[SandboxSite]] | None = None
    transport: httpx2.AsyncBaseTransport | None = None
    store: TokenStore | None = None
    open_keyring: Callable[[], Backend] = system_keyring
    now: Callable[[], float] = time.time
    ports: tuple[int, ...] = (1455, 1457)
    login_timeout: float = 600.0
