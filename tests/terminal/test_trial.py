"""``lsp-codex try``: the place it asks for, and the picture it prints."""

from __future__ import annotations

import os
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from lsp_codex.terminal import trial
from lsp_codex.terminal.paint import Paint
from tests.harness.accounts import FakeAccount

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def source(tmp_path: Path) -> Path:
    """A small file with a last line to complete."""
    path = tmp_path / "demo.py"
    path.write_text("a = 1\nb = 2\nc = \n\n")
    return path


@pytest.mark.parametrize(
    ("suffix", "line", "column"),
    [("", 2, 4), (":1", 0, 5), (":3", 2, 4), (":2:3", 1, 2), (":2:99", 1, 5), (":4", 3, 0)],
)
def test_a_place_is_file_line_column(source: Path, suffix: str, line: int, column: int) -> None:
    """Counted from one; without a line it is the end of the text, without a column the end of the line."""
    place = trial.parse_place(f"{source}{suffix}")
    assert (place.line, place.column, place.language) == (line, column, "python")


def test_a_file_name_with_a_colon_wins(tmp_path: Path) -> None:
    """An existing file whose name ends like a line number is that file."""
    odd = tmp_path / "notes:12"
    odd.write_text("x\n")
    assert trial.parse_place(str(odd)).name == "notes:12"


@pytest.mark.parametrize(
    ("given", "says"),
    [
        ("nowhere.py", "cannot be read: No such file"),
        (":99", "has 5 lines, not 99"),
        (":²", "cannot be read"),
        (":" + "9" * 5_000, "cannot be read"),
        ("a" * 5_000, "cannot be read"),
    ],
)
def test_a_wrong_place_says_what_is_wrong(source: Path, given: str, says: str) -> None:
    """The error names the file and the reason."""
    with pytest.raises(trial.TrialFailed, match=says):
        trial.parse_place(f"{source}{given}" if given.startswith(":") else str(source.with_name(given)))


def test_the_example_ends_where_a_body_is_missing() -> None:
    """The bundled example asks for the body of a function that says what it does."""
    place = trial.parse_place(None)
    lines = place.text.split("\n")
    assert lines[place.line] == " " * place.column == "    "
    assert "def fibonacci" in lines[place.line - 2]


def test_the_picture_shows_steps_code_and_ghost_text() -> None:
    """Every step with its time; the ghost text is marked where colours cannot."""
    report = trial.Report(True, trial.Place("demo.py", "python", "a = 1\nb = \n", 1, 4), account="me · plus")
    with report.step("ghost text") as remark:
        remark.append("first token 3 ms")
    report.suggestion = "2"
    text = "\n".join([trial.heading(report, Paint(coloured=False)), trial.picture(report, Paint(coloured=False))])
    assert "sandbox" in text
    assert "   2  b = ├2┤" in text
    assert report.steps[0].name == "ghost text"
    assert "first token 3 ms" in trial.step_line(report.steps[0], Paint(coloured=False))


def test_nothing_in_the_picture_is_an_order_to_the_terminal() -> None:
    """Neither the file nor the model's answer may retitle the window or hide what follows."""
    report = trial.Report(True, trial.Place("demo.py", "python", "a = '\x1b]0;x\x07'\r\nb = \r\n", 1, 4))
    report.suggestion = "'\x1b[8m\x9b2J\u202e'"
    shown = trial.picture(report, Paint(coloured=False))
    assert not [character for character in shown if not character.isprintable() and character != "\n"]
    assert "␛]0;x␇" in shown


class TestWithALogin:
    """Somebody is signed in, so it is the real account that is tried; here against a service that is not there."""

    @pytest.mark.real_time
    @pytest.mark.timeout(60)
    @pytest.mark.parametrize(
        ("issuer", "code", "says"),
        [("http://127.0.0.1:9", 1, "cannot be reached"), ("https://other.invalid", 3, "not signed in")],
    )
    def test_what_keeps_it_from_ghost_text_is_said(self, tmp_path: Path, issuer: str, code: int, says: str) -> None:
        """'Nothing to suggest there' is for a model that was asked."""
        FakeAccount(issuer=issuer).write(tmp_path)
        environ = os.environ | {
            "LSP_CODEX_HOME": str(tmp_path),
            "LSP_CODEX_ISSUER": "https://auth.invalid" if code == 3 else issuer,
            "LSP_CODEX_CHATGPT_BASE_URL": "http://127.0.0.1:9/backend-api",
        }
        command = [sys.executable, "-m", "lsp_codex", "try"]
        done = subprocess.run(command, capture_output=True, text=True, check=False, env=environ, timeout=60)
        assert done.returncode == code
        assert says in done.stderr.splitlines()[-1]
        assert "another place" not in done.stderr
