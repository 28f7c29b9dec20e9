"""CHECKS: what ``lsp-codex doctor`` looks at, in the order in which it is told; this machine, then the network."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, NamedTuple

from lsp_codex.doctor import editors, installation, keeping, network
from lsp_codex.doctor.report import unknown

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Awaitable, Callable

    from lsp_codex.doctor.patient import Patient
    from lsp_codex.doctor.report import Finding

SECONDS = 4.5
"""For each of the two rounds; contract: finished within ten seconds, offline too."""


class Check(NamedTuple):
    """One row: the id that people and programs know it by, and who looks."""

    id: str
    look: Callable[[Patient], Awaitable[Finding]]
    online: bool = False


CHECKS = (
    Check("python", installation.python),
    Check("install", installation.install),
    Check("settings", installation.settings),
    Check("home", keeping.home),
    Check("lock", keeping.lock),
    Check("keyring", keeping.keyring),
    Check("login", keeping.login),
    Check("ports", network.ports),
    Check("editors", editors.editors),
    Check("proxy", network.proxy, online=True),
    Check("certificates", network.certificates, online=True),
    Check("issuer", network.issuer, online=True),
    Check("backend", network.backend, online=True),
    Check("clock", network.clock, online=True),
    # Renews what has expired, after the check that says so.
    Check("account", keeping.account, online=True),
)


async def examine(patient: Patient) -> AsyncGenerator[tuple[str, Finding], None]:
    """Every check with its finding, in order, each as soon as it and those before it are done."""
    for online in (False, True):
        checks = [check for check in CHECKS if check.online is online]
        running = [asyncio.create_task(_limited(check, patient), name=check.id) for check in checks]
        try:
            for check, task in zip(checks, running, strict=True):
                yield check.id, await task
        finally:
            for task in running:
                task.cancel()
            await asyncio.gather(*running, return_exceptions=True)


async def _limited(check: Check, patient: Patient) -> Finding:
    try:
        async with asyncio.timeout(SECONDS):
            return await check.look(patient)
    except TimeoutError:
        return unknown(f"no result within {SECONDS:g} seconds", "Look again; if it stays so, report it")
    except (OSError, ValueError) as error:  # one check that cannot look is no reason to tell nothing of the others
        return unknown(f"could not look: {getattr(error, 'strerror', None) or type(error).__name__}", "Report it")
