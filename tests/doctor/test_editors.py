"""The editors in PATH."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from lsp_codex.doctor.editors import EDITORS, Editor
from lsp_codex.doctor.report import Verdict
from tests.doctor.patients import healthy, look, script

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


@pytest.mark.parametrize("editor", EDITORS, ids=lambda each: each.command)
def test_too_old_is_what_readme_says(editor: Editor) -> None:
    """Older than the table of editors says; Neovim 0.11 is not: it has the completion menu (editors/neovim)."""
    readme = (Path(__file__).parents[2] / "README.md").read_text(encoding="utf-8")
    row = re.search(rf"^\| {editor.name} (\d+)(?:\.(\d+))? or later", readme, re.MULTILINE)
    assert row is not None
    named = (int(row[1]), int(row[2] or 0))
    assert editor.oldest == ((0, 11) if editor.name == "Neovim" else named)
