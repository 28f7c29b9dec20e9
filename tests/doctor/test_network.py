"""The way to the service: each planted fault found, with its next step."""

from __future__ import annotations

import socket
import time
from contextlib import ExitStack
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from lsp_codex.doctor.report import Verdict
from tests.doctor.patients import findings, free_ports, healthy, look

if TYPE_CHECKING:
    from pathlib import Path

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
