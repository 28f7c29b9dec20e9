"""``codex.status``."""

from __future__ import annotations

from lsp_codex import __version__
from lsp_codex.auth.store import MemoryStore
from lsp_codex.sandbox.codex import SandboxCodex
from tests.harness.editor import demo_login, editing


async def test_the_object_has_the_promised_keys() -> None:
    """The names of design/contract.md section 4 that exist today, and the version."""
    async with editing() as editor:
        status = await editor.run("codex.status")
        assert set(status) == {
            "state", "account", "profile", "store", "model", "completion", "usage", "latency", "sandbox", "version",
        }  # fmt: skip
        assert status["version"] == __version__
        assert status["sandbox"] is False


async def test_a_status_asked_for_at_once_waits_for_the_stored_login() -> None:
    """The first command after initialize already knows who is signed in."""
    async with editing() as editor:
        assert (await editor.run("codex.status"))["state"] == "signedIn"


async def test_a_login_from_another_editor_is_seen() -> None:
    """Whoever asks is not told "signed out" when they have just signed in next door."""
    codex, store = SandboxCodex(), MemoryStore()
    async with editing(codex, world={"store": store}) as editor:
        assert (await editor.run("codex.status"))["state"] == "signedOut"
        await store.save(demo_login(codex))
        assert (await editor.run("codex.status"))["state"] == "signedIn"
