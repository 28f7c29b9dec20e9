"""``codex.signOut``."""

from __future__ import annotations

from lsp_codex.auth.store import MemoryStore
from lsp_codex.sandbox.codex import SandboxCodex
from tests.harness.editor import demo_login, editing


async def test_the_login_is_gone_from_the_store_and_revoked() -> None:
    """When the answer comes, the store is empty; the issuer was told."""
    codex = SandboxCodex()
    store = MemoryStore(demo_login(codex))
    async with editing(codex, world={"store": store}) as editor:
        assert await editor.run("codex.signOut") == {}
        assert await store.load() is None
        await editor.eventually(
            lambda: any(request.path == "/oauth/revoke" for request in codex.requests), what="the revocation"
        )


async def test_signing_out_twice_harms_nothing() -> None:
    """The second time there is nothing to do, and that is no error."""
    async with editing() as editor:
        assert [await editor.run("codex.signOut") for _ in range(2)] == [{}, {}]
