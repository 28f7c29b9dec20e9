"""A manager over a store and a sign-in service in memory, on the virtual clock."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

import httpx2

from lsp_codex.auth.manager import AuthManager
from lsp_codex.auth.tokens import Tokens
from tests.auth.issuer import BrokenStore, FakeIssuer
from tests.harness.accounts import FakeAccount

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from lsp_codex.auth.state import AuthState
    from lsp_codex.credentials import Credential
    from lsp_codex.errors import StoreError

NOW = 1_795_000_000.0
FRESH = FakeAccount(expires_at=NOW + 9_999)
STALE = FRESH.but(expires_at=NOW + 200)
EXPIRED = FRESH.but(expires_at=NOW - 1)
NEWER = FRESH.but(tag="NEW", refresh_token="rt-new", expires_at=NOW + 99_999)
OTHER = NEWER.but(chatgpt_account_id="acct-2", account_id="acct-2")
GONE = httpx2.Response(401, json={"error": {"code": "refresh_token_invalidated"}})


class World:
    """A manager over a store and a fake issuer, with everything it told."""

    def __init__(self, account: FakeAccount | None, fake: FakeIssuer) -> None:
        self.store = BrokenStore(None if account is None else account.tokens())
        self.fake = fake
        self.states: list[str] = []
        self.trouble: list[StoreError] = []
        loop = asyncio.get_running_loop()
        begin = loop.time()
        self.manager = AuthManager(
            self.store,
            fake.issuer(),
            now=lambda: NOW + loop.time() - begin,
            on_change=self._changed,
            on_trouble=self.trouble.append,
        )

    def _changed(self, state: AuthState) -> None:
        self.states.append(type(state).__name__)

    @property
    def used(self) -> list[str]:
        """The refresh tokens that were spent, in order."""
        return [body["refresh_token"] for body in self.fake.bodies()]

    async def stored(self) -> str | None:
        """The refresh token in the store."""
        found = await self.store.load()
        return found.refresh_token.reveal() if isinstance(found, Tokens) else None


@asynccontextmanager
async def world(account: FakeAccount | None, *answers: Any, seconds: float = 1.0) -> AsyncIterator[World]:
    """A loaded manager; each answer of the issuer takes ``seconds``."""
    made = World(account, FakeIssuer(*answers, seconds=seconds))
    await made.manager.load()
    try:
        yield made
    finally:
        made.store.failing.clear()
        await made.manager.aclose()


def is_of(credential: Credential, account: FakeAccount) -> bool:
    """Whether the credential carries the account's access token."""
    return credential.token.reveal() == account.access_jwt()
