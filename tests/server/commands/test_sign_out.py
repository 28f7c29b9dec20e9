"""``codex.signOut``."""

from __future__ import annotations

import asyncio

from lsp_codex.auth.store import MemoryStore
from lsp_codex.sandbox.codex import SandboxCodex
from lsp_codex.sandbox.replies import Plain, Silent
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


async def test_a_failed_revocation_is_told_and_is_no_failure() -> None:
    """Signed out here; the person hears that the service was not told, and what to do (field-notes pain 18)."""
    codex = SandboxCodex()
    codex.script(Plain(500, {}, b"", "oauth/revoke"))
    store = MemoryStore(demo_login(codex))
    async with editing(codex, world={"store": store}) as editor:
        assert await editor.run("codex.signOut") == {}
        assert await store.load() is None
        await editor.eventually(lambda: bool(editor.messages), what="the message")
        (told,) = editor.messages
        assert "Signed out here; the sign-in service could not be told" in told
        assert "security settings of ChatGPT" in told


async def test_a_hanging_revocation_holds_up_nobody() -> None:
    """The answer does not wait for it; after five seconds it is told."""
    codex = SandboxCodex()
    codex.script(Silent("oauth/revoke"))
    async with editing(codex) as editor:
        loop = asyncio.get_running_loop()
        began = loop.time()
        assert await editor.run("codex.signOut") == {}
        assert loop.time() - began < 1
        await asyncio.sleep(6)
        assert "did not answer within 5 seconds" in editor.messages[-1]
