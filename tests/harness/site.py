"""An editor whose server signs in at a sandbox on loopback: the whole way, with real sockets."""

from __future__ import annotations

from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

from lsp_codex.auth.store import MemoryStore
from lsp_codex.sandbox import loopback
from lsp_codex.sandbox.codex import SandboxCodex
from tests.harness.editor import FakeEditor, editing
from tests.harness.ports import free_ports

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Mapping


@asynccontextmanager
async def editing_at_site(
    codex: SandboxCodex | None = None,
    *,
    capabilities: Mapping[str, Any] | None = None,
    options: Mapping[str, Any] | None = None,
    **world: Any,
) -> AsyncIterator[FakeEditor]:
    """Nobody is signed in; the listener is on free ports, or on ``ports``. Only in tests marked ``real_time``."""
    ports = world.get("ports") or free_ports()
    codex = codex or SandboxCodex(redirect_ports=ports)
    async with loopback.serve(codex) as address:
        environ = {
            "LSP_CODEX_ISSUER": address,
            "LSP_CODEX_CHATGPT_BASE_URL": f"{address}/backend-api",
            "LSP_CODEX_OPENAI_BASE_URL": f"{address}/v1",
        }
        parts = {"transport": None, "store": MemoryStore(), "environ": environ, "ports": ports, **world}
        async with editing(codex, signed_in=False, capabilities=capabilities, options=options, world=parts) as editor:
            yield editor
