"""argv to subcommands and exit codes."""

from __future__ import annotations

import subprocess
import sys

import pytest

from lsp_codex import __version__, cli
from lsp_codex.cli import main


@pytest.mark.parametrize("command", ["serve", "try", "sandbox", "config"])
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


def test_a_wrong_tcp_address_is_wrong_usage(capsys: pytest.CaptureFixture[str]) -> None:
    """HOST:PORT, and nothing else."""
    assert main(["serve", "--tcp", "4000"]) == 2
    assert "HOST:PORT" in capsys.readouterr().err


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
