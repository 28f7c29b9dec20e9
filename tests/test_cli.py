"""argv to subcommands and exit codes."""

from __future__ import annotations

import os
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from lsp_codex import __version__, cli
from lsp_codex.cli import main

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.parametrize(
    "command", ["serve", "try", "login", "logout", "status", "usage", "models", "sandbox", "config"]
)
def test_every_subcommand_has_help_with_an_example(command: str, capsys: pytest.CaptureFixture[str]) -> None:
    """--help ends with 0 and shows one line to copy."""
    with pytest.raises(SystemExit) as ended:
        main([command, "--help"])
    assert ended.value.code == 0
    assert f"example: lsp-codex {command}" in capsys.readouterr().out


def test_the_start_without_a_parser_is_that_of_the_parser() -> None:
    """What editors run every day means what the help says."""
    parsed = vars(cli._parser().parse_args(["serve"]))
    assert parsed.pop("run") is cli._serve
    assert parsed.pop("stdio") is False
    assert parsed == cli.PLAIN


@pytest.mark.parametrize("arguments", [["dance"], ["config"], ["serve", "--log-level", "loud"]])
def test_wrong_usage_is_exit_code_2(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    """argparse's own code, with a line on standard error."""
    with pytest.raises(SystemExit) as ended:
        main(arguments)
    assert ended.value.code == 2
    assert capsys.readouterr().err


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["serve", "--tcp", "4000"], "HOST:PORT"),
        (["serve", "--tcp", "127.0.0.1:99999"], "65535"),
        (["serve", "--tcp", "127.0.0.1:²"], "65535"),
        (["sandbox", "--port", "99999"], "65535"),
        (["sandbox", "--port=-1"], "65535"),
    ],
)
def test_a_wrong_address_is_wrong_usage(arguments: list[str], says: str, capsys: pytest.CaptureFixture[str]) -> None:
    """HOST:PORT, and a port that exists."""
    with pytest.raises(SystemExit) as ended:
        main(arguments)
    assert ended.value.code == 2
    assert says in capsys.readouterr().err


@pytest.mark.parametrize("content", [None, b"\xff"])
def test_a_readme_that_cannot_be_read_is_one_line(
    content: bytes | None, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Not there, or no text."""
    path = tmp_path / "README.md"
    if content is not None:
        path.write_bytes(content)
    assert main(["config", "--check", str(path)]) == 1
    assert capsys.readouterr().err.count("\n") == 1


@pytest.mark.real_time
def test_a_reader_that_has_enough_is_no_traceback() -> None:
    """As ``| head -1`` does it."""
    command = [sys.executable, "-m", "lsp_codex", "config", "--markdown"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        assert process.stdout and process.stderr
        process.stdout.close()
        assert process.stderr.read() == b""
    assert process.returncode == 1


@pytest.mark.real_time
@pytest.mark.timeout(60)
def test_a_terminal_that_knows_few_characters_gets_what_it_can_show() -> None:
    """A tick is not worth a failure (Windows' code pages, PYTHONIOENCODING)."""
    command = [sys.executable, "-m", "lsp_codex", "try"]
    environ = os.environ | {"PYTHONIOENCODING": "latin-1"}
    done = subprocess.run(command, capture_output=True, check=False, env=environ, timeout=60)
    assert (done.returncode, done.stderr) == (0, b"")
    assert b"? ghost text" in done.stdout


def test_an_address_that_others_reach_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    """Exit code 1 and a line that says what it would risk."""
    assert main(["serve", "--tcp", "0.0.0.0:0"]) == 1
    assert "uses your account" in capsys.readouterr().err


def test_the_settings_as_markdown_and_manifest(capsys: pytest.CaptureFixture[str]) -> None:
    """Both forms name the same settings."""
    assert main(["config", "--markdown"]) == 0
    assert "codex.completion.trigger" in capsys.readouterr().out
    assert main(["config", "--vscode"]) == 0
    assert '"codex.completion.trigger"' in capsys.readouterr().out


def test_a_failure_is_one_line_and_exit_code_1(capsys: pytest.CaptureFixture[str]) -> None:
    """What and what to do; no traceback."""
    assert main(["try", "nowhere.py"]) == 1
    shown = capsys.readouterr()
    assert shown.err.startswith("lsp-codex: nowhere.py cannot be read")
    assert shown.err.count("\n") == 1


def test_the_version_is_that_of_the_package() -> None:
    """``python -m lsp_codex`` is the command ``lsp-codex``."""
    done = subprocess.run(
        [sys.executable, "-m", "lsp_codex", "--version"], capture_output=True, text=True, check=True
    )
    assert done.stdout == f"lsp-codex {__version__}\n"
