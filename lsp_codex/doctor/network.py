"""Checks of the way to the service: proxy, certificates, sign-in ports, whether it answers, whose clock is right."""

from __future__ import annotations

import asyncio
import os
import socket
import sys
from contextlib import asynccontextmanager
from email.utils import parsedate_to_datetime
from types import MappingProxyType
from typing import TYPE_CHECKING
from urllib.parse import urlsplit
from urllib.request import getproxies

from lsp_codex.auth.peer import why
from lsp_codex.backend import failures, network
from lsp_codex.backend.http import HttpPool
from lsp_codex.doctor.report import SEE_SETTINGS, failed, good, unknown, warning
from lsp_codex.errors import Blocked, LspCodexError, Unreachable

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    import httpx2

    from lsp_codex.backend.network import WayOut
    from lsp_codex.doctor.patient import Patient
    from lsp_codex.doctor.report import Finding

SECONDS = 3.5
OFF_SECONDS = 300.0
"""Tokens are renewed five minutes before their end; a clock that is further off misjudges them."""

PORTS = MappingProxyType({"http": 80, "https": 443, "socks5": 1080, "socks5h": 1080})
OTHER_WAYS = "sign in with lsp-codex login --device-code, or paste the address into lsp-codex login"
NAME_AUTHORITY = (
    "Ask whoever runs your network or virus scanner for the authority that signs there, and name its PEM file in "
    "codex.network.caCertificate or CODEX_CA_CERTIFICATE"
)
SEE_NETWORK = "Check the network, the firewall and HTTPS_PROXY; behind a proxy of your company ask for its address"


async def ports(patient: Patient) -> Finding:
    """The browser comes back to 1455, or to 1457; no other is registered for this client."""
    taken = {}
    for port in patient.world.ports:
        try:
            with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
                if os.name == "posix":  # elsewhere it would let two programs share a port
                    probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
                probe.bind(("127.0.0.1", port))
        except OSError as error:
            taken[port] = why(error)
    said = ", ".join(f"{port} is {trouble}" for port, trouble in taken.items())
    if not taken:
        return good(f"{' and '.join(map(str, patient.world.ports))} are free")
    if len(taken) < len(patient.world.ports):
        free = next(port for port in patient.world.ports if port not in taken)
        return good(f"{said}; {free} is free, which is enough")
    return failed(said, f"End the program that holds one of them ({_finder(next(iter(taken)))}), or {OTHER_WAYS}")


def _finder(port: int) -> str:
    match sys.platform:
        case "win32":
            return f"netstat -ano | findstr {port}; a reserved range: netsh int ipv4 show excludedportrange tcp"
        case "darwin":
            return f"lsof -nP -iTCP:{port}"
        case _:
            return f"ss -ltnp 'sport = :{port}'"


async def proxy(patient: Patient) -> Finding:
    """Every proxy that is named takes connections."""
    try:
        out = _way_out(patient)
    except Unreachable as error:
        return failed(str(error), "Correct the variable, or remove it")
    named = sorted({each.url for each in out.proxies.values() if each is not None})
    if not named:
        return good("none is named; requests go out directly")
    for url in named:
        parts = urlsplit(url)
        try:
            async with asyncio.timeout(SECONDS):
                _, writer = await asyncio.open_connection(parts.hostname, parts.port or PORTS[parts.scheme])
            writer.close()
        except (OSError, TimeoutError, UnicodeError) as error:
            # UnicodeError: a label of the name is empty or too long.
            reason = "no name of a machine" if isinstance(error, UnicodeError) else error.strerror or "no answer"
            return failed(
                f"{url} takes no connection: {reason}", "Correct HTTPS_PROXY or remove it, or start the proxy"
            )
    return good(f"{', '.join(named)} takes connections")


async def certificates(patient: Patient) -> Finding:
    """The file of authorities that is named can be read."""
    try:
        out = _way_out(patient)
        pool = HttpPool(None, patient.config.network, patient.world.environ)
        await pool.prewarm()
        await pool.aclose()
    except Unreachable as error:
        return failed(str(error), "Correct the path or remove it; the file holds certificates as PEM text")
    if out.authorities is None:
        return good("those of the system")
    return good(f"those of the system and of {out.authorities}, which {out.named_by} names")


async def issuer(patient: Patient) -> Finding:
    """The sign-in service answers; what it says does not matter."""
    if not patient.config.auth.issuer:  # no value that is allowed
        return unknown("not asked: what names it is not allowed", SEE_SETTINGS)
    return await _answers(patient, patient.config.auth.issuer)


async def backend(patient: Patient) -> Finding:
    """The ChatGPT backend answers; without a login it refuses, which is an answer."""
    if not patient.config.backend.chatgpt_base_url:
        return unknown("not asked: what names it is not allowed", SEE_SETTINGS)
    return await _answers(patient, patient.config.backend.chatgpt_base_url)


async def clock(patient: Patient) -> Finding:
    """The clocks here and at the sign-in service agree, so that ends of tokens are judged rightly."""
    try:
        async with _asked(patient, patient.config.auth.issuer) as answer:
            theirs = parsedate_to_datetime(answer.headers.get("date", "")).timestamp()
    except (LspCodexError, ValueError):
        return unknown("the sign-in service did not say what time it is")
    off = patient.world.now() - theirs
    if abs(off) <= OFF_SECONDS:
        return good("agrees with the sign-in service")
    return failed(
        f"this machine is {abs(off) / 60:.0f} minutes {'ahead of' if off > 0 else 'behind'} the sign-in service",
        "Set the clock, or let the system do it (timedatectl set-ntp true, or the date settings)",
    )


async def _answers(patient: Patient, url: str) -> Finding:
    try:
        async with _asked(patient, url) as answer:
            body = (await answer.aread())[:1_000]
    except LspCodexError as error:
        foreign = "CERTIFICATE_VERIFY_FAILED" in str(error)
        return failed(f"{url}: {error}", NAME_AUTHORITY if foreign else SEE_NETWORK)
    if isinstance(failures.from_answer(answer.status_code, answer.headers, body, patient.world.now()), Blocked):
        return warning(
            f"{url} is guarded by a page for browsers (status {answer.status_code}) from where you are",
            "Wait a minute; if it stays so, leave the VPN or proxy whose address is distrusted",
        )
    return good(f"{url} answers")


@asynccontextmanager
async def _asked(patient: Patient, url: str) -> AsyncIterator[httpx2.Response]:
    pool = HttpPool(patient.world.transport, patient.config.network, patient.world.environ)
    try:
        await pool.prewarm()
        async with failures.guarded(SECONDS, "The service"), pool.client().stream("GET", url) as answer:
            yield answer
    finally:
        await pool.aclose()


def _way_out(patient: Patient) -> WayOut:
    environ = network.with_system(patient.world.environ, sys.platform, getproxies)
    return network.way_out(patient.config.network, environ)
