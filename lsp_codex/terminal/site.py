"""The sandbox as a site on this machine: for ``lsp-codex sandbox``, and behind ``--sandbox``."""

from __future__ import annotations

import asyncio
import sys
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

from lsp_codex.sandbox import loopback
from lsp_codex.sandbox.api import API_KEY
from lsp_codex.sandbox.codex import SandboxCodex
from lsp_codex.server.world import SandboxSite

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

# What a person sees as streaming; tests and ``try`` need none of it.
PACE = 0.008
ANSWER_PACE = 0.015
"""An answer in words is to be watched wherever the sandbox runs for a person."""


@asynccontextmanager
async def open_site(port: int = 0, *, pace: float = 0.0) -> AsyncIterator[SandboxSite]:
    """A listening sandbox with one account signed in; gone when the block ends. ``pace``: seconds between deltas."""
    codex = SandboxCodex(pace=pace)
    codex.backend.answer_pace = ANSWER_PACE
    async with loopback.serve(codex, port) as address:
        tokens = codex.sign_in_demo()
        yield SandboxSite(address, {name: tokens[name] for name in ("id_token", "access_token", "refresh_token")})


def run(port: int) -> int:
    """Serve the sandbox until interrupted; print the settings that point a server at it."""
    try:
        asyncio.run(_serve(port))
    except KeyboardInterrupt:
        return 0
    except OSError as error:
        print(f"lsp-codex: the sandbox cannot listen on port {port}: {error.strerror}", file=sys.stderr)
        return 1
    return 0


async def _serve(port: int) -> None:
    async with open_site(port, pace=PACE) as site:
        print("A Codex to try things with listens on this machine; no account is needed, and nothing leaves it.")
        print("In a second terminal, paste these lines, start your editor there, and sign in:\n")
        print(f"  export LSP_CODEX_ISSUER={site.address}")
        print(f"  export LSP_CODEX_CHATGPT_BASE_URL={site.address}/backend-api")
        print(f"  export LSP_CODEX_OPENAI_BASE_URL={site.address}/v1")
        print("  export LSP_CODEX_HOME=$(mktemp -d)\n")  # no comment in the block: zsh would take it for arguments
        print(f"The last line is so that your real login is not touched. The API key here is {API_KEY}.")
        print("Press Ctrl-C to end.", flush=True)
        await asyncio.Event().wait()
