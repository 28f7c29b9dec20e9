"""How the checks see this machine and run other programs."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from lsp_codex.doctor.patient import Patient, first_line
from lsp_codex.server.world import World
from tests.doctor.patients import script


@pytest.mark.real_time
async def test_the_first_line_of_a_program(tmp_path: Path) -> None:
    """On either stream, empty lines skipped; a program that cannot run says nothing."""
    assert await first_line(sys.executable, "-c", "import sys; sys.stderr.write('\\n\\n one \\ntwo')") == "one"
    assert await first_line(str(tmp_path / "none")) is None
    assert await first_line(str(script(tmp_path / "silent", ""))) == ""


@pytest.mark.real_time
async def test_a_program_that_hangs_is_ended(tmp_path: Path) -> None:
    """After three seconds; nothing is left of it."""
    assert await first_line(sys.executable, "-c", "import time; time.sleep(60)") is None


def test_path_is_that_of_the_world(tmp_path: Path) -> None:
    """Not that of whoever runs the test."""
    script(tmp_path / "tool", "x")
    patient = Patient.of(World(environ={"PATH": str(tmp_path)}))
    assert patient.which("tool") == str(tmp_path / "tool")
    assert patient.which("python3") is None


@pytest.mark.real_time
async def test_a_program_whose_child_hangs_is_ended_with_it(tmp_path: Path) -> None:
    """Such as a script that starts an editor: the child holds the pipe, and is gone afterwards too."""
    note = tmp_path / "child"
    path = script(tmp_path / "code", f"' & sleep 60 & echo $! > {note}; wait; echo '")
    assert await first_line(str(path)) is None
    child = int(note.read_text(encoding="utf-8"))
    assert _state(child) in {"gone", "Z"}


def _state(pid: int) -> str:
    try:
        return Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()[0]
    except OSError:
        return "gone"
