"""``lsp-codex try``: the place it asks for, and the picture it prints."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from lsp_codex.terminal import trial
from lsp_codex.terminal.paint import Paint

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


@pytest.mark.parametrize(("given", "says"), [("nowhere.py", "cannot be read"), (":99", "has 5 lines, not 99")])
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
