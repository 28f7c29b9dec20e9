"""The installation: each planted fault found, with its next step."""

from __future__ import annotations

import os
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from lsp_codex.doctor.report import Verdict
from tests.doctor.patients import healthy, look, script

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.real_time


async def test_an_old_python_in_path(tmp_path: Path) -> None:
    """Fault 9: what people would install with is too old."""
    old = script(tmp_path / "old" / "python3", "Python 3.9.2")
    async with healthy(tmp_path) as patient:
        path = f"{old.parent}{os.pathsep}{patient.world.environ['PATH']}"
        world = replace(patient.world, environ={**patient.world.environ, "PATH": path})
        found = await look("python", replace(patient, world=world))
    assert found.verdict is Verdict.WARNING
    assert "3.9" in found.evidence
    assert str(old) in found.evidence
    assert "uv tool install" in found.next_step


async def test_no_command_in_path(tmp_path: Path) -> None:
    """An editor would not find it; the full path is given."""
    async with healthy(tmp_path, {"PATH": str(tmp_path)}) as patient:
        found = await look("install", patient)
    assert found.verdict is Verdict.FAILED
    assert "will not find it" in found.evidence
    assert "lsp-codex" in found.next_step


async def test_another_version_in_path(tmp_path: Path) -> None:
    """What an editor starts is named, with what it says of itself."""
    async with healthy(tmp_path) as patient:
        other = script(tmp_path / "bin" / "lsp-codex", "lsp-codex 0.0.1")
        found = await look("install", patient)
    assert found.verdict is Verdict.WARNING
    assert f"{other} (lsp-codex 0.0.1)" in found.evidence


async def test_a_wrong_variable(tmp_path: Path) -> None:
    """Name, value and what it takes."""
    async with healthy(tmp_path, {"LSP_CODEX_ISSUER": "ftp://x"}) as patient:
        found = await look("settings", patient)
    assert found.verdict is Verdict.FAILED
    assert "LSP_CODEX_ISSUER" in found.evidence
    assert "ftp://x" in found.evidence
