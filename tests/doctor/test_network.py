"""The way to the service: each planted fault found, with its next step."""

from __future__ import annotations

import asyncio
import socket
import time
from contextlib import ExitStack, asynccontextmanager
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from lsp_codex.doctor.report import Verdict
from tests.doctor.patients import findings, free_ports, healthy, look
from tests.harness.tls import private_tls

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from tests.harness.tls import PrivateTls

pytestmark = pytest.mark.real_time


async def test_ports_taken(tmp_path: Path) -> None:
    """Fault 1: both are held. One alone is no trouble, as the other is tried."""
    with ExitStack() as held:
        taken = []
        for _ in range(2):
            holder = held.enter_context(socket.socket())
            holder.bind(("127.0.0.1", 0))
            holder.listen()
            taken.append(holder.getsockname()[1])
        async with healthy(tmp_path, ports=tuple(taken)) as patient:
            found = (await findings(patient))["ports"]
            world = replace(patient.world, ports=(taken[0], free_ports()[0]))
            one_free = await look("ports", replace(patient, world=world))
    assert found.verdict is Verdict.FAILED
    assert f"{taken[0]} is in use" in found.evidence
    assert "--device-code" in found.next_step
    assert one_free.verdict is Verdict.GOOD


async def test_a_wrong_path_of_authorities(tmp_path: Path) -> None:
    """Fault 2: variable and path are named."""
    async with healthy(tmp_path, {"CODEX_CA_CERTIFICATE": "/nowhere/ca.pem"}) as patient:
        found = (await findings(patient))["certificates"]
    assert found.verdict is Verdict.FAILED
    assert "/nowhere/ca.pem" in found.evidence
    assert "CODEX_CA_CERTIFICATE" in found.evidence
    assert "PEM" in found.next_step


@pytest.mark.parametrize(("hours", "word"), [(1, "ahead of"), (-1, "behind")])
async def test_a_wrong_clock(hours: int, word: str, tmp_path: Path) -> None:
    """Fault 5: by how much, and in which direction."""
    async with healthy(tmp_path, now=lambda: time.time() + hours * 3_600) as patient:
        found = (await findings(patient))["clock"]
    assert found.verdict is Verdict.FAILED
    assert "60 minutes" in found.evidence
    assert word in found.evidence
    assert "clock" in found.next_step


async def test_a_proxy_that_is_down(tmp_path: Path) -> None:
    """Fault 8: its address is named, without its password."""
    port = free_ports()[0]
    async with healthy(tmp_path, {"HTTPS_PROXY": f"http://me:hunter2@127.0.0.1:{port}"}) as patient:
        found = (await findings(patient))["proxy"]
    assert found.verdict is Verdict.FAILED
    assert f"http://127.0.0.1:{port}" in found.evidence
    assert "hunter2" not in found.evidence
    assert "HTTPS_PROXY" in found.next_step


@pytest.mark.parametrize("name", ["a..b", "x" * 80 + ".example"])
async def test_a_proxy_whose_name_is_none(name: str, tmp_path: Path) -> None:
    """A slip of the finger is a finding, and the other checks are told all the same."""
    async with healthy(tmp_path, {"HTTPS_PROXY": f"http://me:hunter2@{name}:80"}) as patient:
        found = await findings(patient)
    assert found["proxy"].verdict is Verdict.FAILED
    assert name in found["proxy"].evidence
    assert "HTTPS_PROXY" in found["proxy"].next_step
    assert found["account"].verdict is Verdict.GOOD
    assert "hunter2" not in repr(found)


async def test_an_authority_that_is_not_known(tmp_path: Path) -> None:
    """A company that opens TLS: the setting that takes its authority is named, and with it all is well."""
    tls = private_tls(tmp_path)
    async with serving(tls) as port, healthy(tmp_path, {"LSP_CODEX_ISSUER": f"https://localhost:{port}"}) as patient:
        found = await look("issuer", patient)
        named = {**patient.world.environ, "CODEX_CA_CERTIFICATE": str(tls.authority)}
        told = await look("issuer", replace(patient, world=replace(patient.world, environ=named)))
    assert found.verdict is Verdict.FAILED
    assert "CERTIFICATE_VERIFY_FAILED" in found.evidence
    assert "codex.network.caCertificate" in found.next_step
    assert told.verdict is Verdict.GOOD


@asynccontextmanager
async def serving(tls: PrivateTls) -> AsyncIterator[int]:
    """The port of a service that answers 404 to all."""

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 404 Not Found\r\ncontent-length: 0\r\nconnection: close\r\n\r\n")
        await writer.drain()
        writer.close()

    async with await asyncio.start_server(answer, "127.0.0.1", 0, ssl=tls.server) as server:
        yield server.sockets[0].getsockname()[1]
