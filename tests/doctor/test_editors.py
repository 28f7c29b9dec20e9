"""The editors in PATH."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from lsp_codex.doctor.report import Verdict
from tests.doctor.patients import healthy, look, script

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.real_time


async def test_an_old_editor_and_none(tmp_path: Path) -> None:
    """Too old is named with both versions; none at all is no failure."""
    async with healthy(tmp_path) as patient:
        script(tmp_path / "bin" / "nvim", "NVIM v0.9.5")
        old = await look("editors", patient)
        (tmp_path / "bin" / "nvim").unlink()
        none = await look("editors", patient)
    assert old.verdict is Verdict.WARNING
    assert "Neovim 0.9 is older than 0.11" in old.evidence
    assert none.verdict is Verdict.WARNING
    assert "editors/README.md" in none.next_step
