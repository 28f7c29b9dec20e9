"""``lsp-codex doctor``: what is printed, as a picture and as JSON."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from lsp_codex.doctor import CHECKS
from lsp_codex.doctor.report import Verdict, failed, good, warning
from lsp_codex.terminal.doctor import _run, lines, summary
from lsp_codex.terminal.paint import Paint
from tests.doctor.patients import healthy

if TYPE_CHECKING:
    from pathlib import Path

PLAIN = Paint(coloured=False)


@pytest.mark.parametrize("width", [20, 40, 80, 200])
def test_lines_fit_and_a_command_stays_whole(width: int) -> None:
    """No line is wider than the terminal, unless a word that must be copied is."""
    path = "/a/long/path/that/must/stay/in/one/piece/to/be/copied"
    finding = failed("something " * 30 + path, f"run {path} now")
    shown = lines("certificates", finding, PLAIN, width).split("\n")
    assert all(len(line) <= width for line in shown if path not in line)
    assert sum(path in line for line in shown) == 2
    assert shown[0].startswith("✗ certificates")


def test_on_a_narrow_terminal_the_evidence_stands_beneath() -> None:
    """Beside the name there would be half a word on each line."""
    finding = failed("both are held by others", "End one of them")
    assert lines("ports", finding, PLAIN, 30) == "✗ ports\n  both are held by others\n  → End one of them"
    assert lines("ports", finding, PLAIN, 80).startswith("✗ ports         both are held by others\n")


def test_what_is_shown_cannot_order_the_terminal_about() -> None:
    """Evidence may come from programs and servers."""
    assert "\x1b" not in lines("python", good("a\x1b]0;x\x07b"), PLAIN, 80)


def test_without_signs_it_is_ascii() -> None:
    """For terminals that know nothing else."""
    assert lines("home", warning("a", "b"), PLAIN, 80, signs=False).isascii()
    shown = [lines("home", finding, PLAIN, 80, signs=False) for finding in (good("a"), failed("a", "b"))]
    assert {each.split("\n")[0].index(" a") for each in shown} == {shown[0].index(" a")}  # one beneath the other


def test_the_last_line_says_what_it_comes_to() -> None:
    """Failures by name; warnings are no failures."""
    assert summary({"home": failed("a", "b"), "lock": good("c")}) == "Not well: home. Begin with the first."
    assert summary({"home": warning("a", "b")}).startswith("It works")
    assert summary({"home": good("a")}) == "All is well."


@pytest.mark.real_time
async def test_one_json_document(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Id, verdict, evidence and next step of every check, and 0 when none has failed; no token in it."""
    async with healthy(tmp_path) as patient:
        assert await _run(patient.world, as_json=True) == 0
    said = capsys.readouterr().out
    assert [row["id"] for row in json.loads(said)["checks"]] == [check.id for check in CHECKS]
    assert {row["verdict"] for row in json.loads(said)["checks"]} == {Verdict.GOOD.value}
    assert "eyJ" not in said


@pytest.mark.real_time
async def test_a_failed_check_is_exit_code_1(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """With the picture, ended by the summary."""
    async with healthy(tmp_path, {"CODEX_CA_CERTIFICATE": "/nowhere"}) as patient:
        assert await _run(patient.world, as_json=False) == 1
    said = capsys.readouterr().out
    assert "✗ certificates" in said
    assert said.splitlines()[-1].startswith("Not well: certificates")
