"""``lsp-codex doctor`` as a whole: a healthy machine, and one without a network."""

from __future__ import annotations

import socket
from contextlib import AsyncExitStack
from typing import TYPE_CHECKING

import pytest

from lsp_codex.doctor import CHECKS, SECONDS
from lsp_codex.doctor.report import Verdict
from tests.doctor.patients import findings, free_ports, healthy

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.real_time


async def test_a_healthy_machine_has_nothing_to_do(tmp_path: Path) -> None:
    """Every check is good, in the order of the table, and names no next step."""
    async with healthy(tmp_path) as patient:
        found = await findings(patient)
    assert {name: each for name, each in found.items() if each.verdict is not Verdict.GOOD} == {}
    assert [*found] == [check.id for check in CHECKS]
    assert all(not each.next_step for each in found.values())


def test_ids_are_promises() -> None:
    """Programs read them; the two rounds fit into ten seconds."""
    assert len({check.id for check in CHECKS}) == len(CHECKS)
    assert 2 * SECONDS < 10


async def test_offline_it_ends_in_time_and_says_what_is_unreachable(tmp_path: Path) -> None:
    """Nobody listens: three checks fail in words, the rest is told all the same."""
    nowhere = f"http://127.0.0.1:{free_ports()[0]}"
    names = {"LSP_CODEX_ISSUER": nowhere, "LSP_CODEX_CHATGPT_BASE_URL": nowhere}
    async with healthy(tmp_path, names) as patient:
        found = await findings(patient)
    assert {name for name, each in found.items() if each.verdict is Verdict.FAILED} == {"issuer", "backend"}
    assert found["clock"].verdict is Verdict.UNKNOWN
    assert len(found) == len(CHECKS)


async def test_a_check_that_hangs_is_cut(tmp_path: Path) -> None:
    """A service that takes connections and says nothing holds up nothing."""
    async with AsyncExitStack() as stack:
        silent = stack.enter_context(socket.socket())
        silent.bind(("127.0.0.1", 0))
        silent.listen()
        nowhere = f"http://127.0.0.1:{silent.getsockname()[1]}"
        names = {"LSP_CODEX_ISSUER": nowhere, "LSP_CODEX_CHATGPT_BASE_URL": nowhere}
        async with healthy(tmp_path, names) as patient:
            found = await findings(patient)
    assert found["issuer"].verdict is Verdict.FAILED
    assert "silent" in found["issuer"].evidence
    assert len(found) == len(CHECKS)
