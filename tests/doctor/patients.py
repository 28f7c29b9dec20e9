"""A machine on which all is well, in a world of its own, to plant faults in."""

from __future__ import annotations

import os
import socket
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from lsp_codex.auth.store import FileStore
from lsp_codex.auth.tokens import Provenance, TokenAnswer, new_login
from lsp_codex.doctor import CHECKS, examine
from lsp_codex.doctor.patient import Patient
from lsp_codex.sandbox import loopback
from lsp_codex.sandbox.codex import SandboxCodex
from lsp_codex.secret import Secret
from lsp_codex.server.world import World
from tests.auth.backends import NoKeyring

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Mapping

    from lsp_codex.doctor.report import Finding

NAMES = ("id_token", "access_token", "refresh_token")


def script(path: Path, says: str) -> Path:
    """A program at ``path`` that prints ``says``."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"#!/bin/sh\necho '{says}'\n", encoding="utf-8")
    path.chmod(0o755)
    return path


def free_ports() -> tuple[int, int]:
    """Two ports that nobody holds."""
    with socket.socket() as one, socket.socket() as two:
        for each in (one, two):
            each.bind(("127.0.0.1", 0))
        return one.getsockname()[1], two.getsockname()[1]


@asynccontextmanager
async def healthy(tmp_path: Path, environ: Mapping[str, str] | None = None, **world: Any) -> AsyncIterator[Patient]:
    """Signed in at a sandbox that listens; its ``PATH`` holds an ``lsp-codex``, a Python and one editor.

    ``environ`` and ``world`` are what is planted.
    """
    from lsp_codex import __version__

    programs = tmp_path / "bin"
    script(programs / "lsp-codex", f"lsp-codex {__version__}")
    script(programs / "python3", "Python 3.13.1")
    script(programs / "nvim", "NVIM v0.12.4")
    codex = SandboxCodex()
    async with loopback.serve(codex) as address:
        given = codex.sign_in_demo()
        answer = TokenAnswer(*(Secret(given[name]) for name in NAMES))
        home = Path(os.environ["LSP_CODEX_HOME"])
        home.mkdir(mode=0o700)  # noqa: ASYNC240 — nobody waits meanwhile
        await FileStore(home).save(new_login(answer, Provenance(address), "owner", 1_000.0))
        clean = {
            "LSP_CODEX_HOME": str(home),
            "LSP_CODEX_ISSUER": address,
            "LSP_CODEX_CHATGPT_BASE_URL": f"{address}/backend-api",
            "PATH": str(programs),
        }
        seams = {"open_keyring": NoKeyring, "ports": free_ports(), **world}
        yield Patient.of(World(environ={**clean, **(environ or {})}, **seams))


async def findings(patient: Patient) -> dict[str, Finding]:
    """What every check says, by id."""
    return {name: finding async for name, finding in examine(patient)}


async def look(name: str, patient: Patient) -> Finding:
    """What one check says."""
    return await next(check.look for check in CHECKS if check.id == name)(patient)
