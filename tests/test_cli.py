"""argv to subcommands and exit codes."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from lsp_codex import __version__, cli
from lsp_codex.cli import main
from tests.harness.accounts import FakeAccount
from tests.harness.raw_client import RawClient


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


def test_a_slip_of_the_finger_is_told_with_what_there_is(capsys: pytest.CaptureFixture[str]) -> None:
    """What was meant by it has a name: 'argument : invalid choice' would have none."""
    with pytest.raises(SystemExit):
        main(["stauts"])
    said = capsys.readouterr().err
    assert "argument SUBCOMMAND: invalid choice: 'stauts'" in said
    assert "status" in said


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
    """No failure and no question marks: where ghost text begins and ends is the whole point (LANG=C, Windows)."""
    command = [sys.executable, "-m", "lsp_codex", "try"]
    environ = os.environ | {"PYTHONIOENCODING": "latin-1"}
    done = subprocess.run(command, capture_output=True, check=False, env=environ, timeout=60)
    assert (done.returncode, done.stderr) == (0, b"")
    assert b"  ok ghost text" in done.stdout
    assert b"|>if n < 2:" in done.stdout
    assert b"between |> and <| is what" in done.stdout
    assert b"?" not in done.stdout


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
    assert "FILE:LINE" in shown.err
    assert shown.err.count("\n") == 1


def test_the_version_is_that_of_the_package() -> None:
    """``python -m lsp_codex`` is the command ``lsp-codex``."""
    done = subprocess.run(
        [sys.executable, "-m", "lsp_codex", "--version"], capture_output=True, text=True, check=True
    )
    assert done.stdout == f"lsp-codex {__version__}\n"


FULL = Path("/dev/full")


@pytest.mark.real_time
@pytest.mark.skipif(not FULL.exists(), reason="a device that is always full")
@pytest.mark.parametrize("command", [["status"], ["status", "--json"], ["config", "--markdown"], ["logout"]])
def test_an_output_that_takes_nothing_is_one_line(command: list[str]) -> None:
    """As on a full disk; the exit code says that it failed."""
    with FULL.open("wb") as full:
        done = subprocess.run(
            [sys.executable, "-m", "lsp_codex", *command], stdout=full, stderr=subprocess.PIPE, text=True, check=False
        )
    assert (done.returncode, done.stderr) == (1, "lsp-codex: No space left on device\n")


@pytest.mark.real_time
@pytest.mark.parametrize("command", ["login", "logout", "status", "usage", "models", "try"])
@pytest.mark.parametrize(
    ("name", "value"), [("LSP_CODEX_HOME", "codex"), ("LSP_CODEX_ISSUER", "http://auth.example")]
)
def test_a_variable_that_names_no_place_is_wrong_usage(command: str, name: str, value: str) -> None:
    """Exit code 2 and one line; the usual home and service, which were not meant, are left alone."""
    path = FakeAccount().write(Path(os.environ["XDG_DATA_HOME"]) / "lsp-codex")
    before = (path.read_bytes(), path.stat())
    environ = {key: text for key, text in os.environ.items() if key != "LSP_CODEX_HOME"} | {name: value}
    done = subprocess.run(
        [sys.executable, "-m", "lsp_codex", command],
        env=environ, cwd=path.parent, capture_output=True, text=True, check=False, stdin=subprocess.DEVNULL,
    )  # fmt: skip
    assert (done.returncode, done.stdout, done.stderr.count("\n")) == (2, "", 1)
    assert done.stderr.startswith(f"lsp-codex: Setting {name}: '{value}' is not allowed")
    assert (path.read_bytes(), path.stat()) == before
    assert [each.name for each in path.parent.iterdir()] == ["auth.json"]


@pytest.mark.real_time
@pytest.mark.parametrize(
    "key", [b"sk-\xff\xfe\n", b"sk-" + b"x" * 3_000_000, b"sk-one two\n", b"\n", "sk-é\n".encode()]
)
def test_a_key_that_cannot_be_one_is_refused(key: bytes) -> None:
    """Whatever its bytes and however long: one line that says what is wrong, and nothing is kept."""
    command = [sys.executable, "-m", "lsp_codex", "login", "--with-api-key"]
    done = subprocess.run(command, input=key, capture_output=True, check=False)
    error = done.stderr.decode()
    assert (done.returncode, done.stdout, error.count("\n")) == (1, b"", 1)
    assert error.startswith("lsp-codex: The API key cannot be used: ")
    assert not (Path(os.environ["LSP_CODEX_HOME"]) / "auth.json").exists()


# Python reads it at the start of each process: the import of pygls, a good part of the start, never ends.
STOPS = """
import sys
class Stops:
    def find_spec(self, name, path=None, target=None):
        if name == "pygls":
            print("importing", file=sys.stderr, flush=True)
            __import__("time").sleep(60)
sys.meta_path.insert(0, Stops())
"""
BEFORE_THE_SESSION = {"importing": ["serve"], "listening": ["serve", "--tcp", "127.0.0.1:0"]}


@pytest.mark.real_time
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
@pytest.mark.parametrize("stage", BEFORE_THE_SESSION)
def test_a_signal_before_the_session_is_an_end_as_in_one(number: signal.Signals, stage: str, tmp_path: Path) -> None:
    """Exit code 1 within two seconds and no traceback: while it is imported, while it waits for a connection."""
    if stage == "importing":
        (tmp_path / "sitecustomize.py").write_text(STOPS)
    environ = {**os.environ, "PYTHONPATH": str(tmp_path)}
    with RawClient([sys.executable, "-m", "lsp_codex", *BEFORE_THE_SESSION[stage]], env=environ) as server:
        server.error_line(stage)
        server.process.send_signal(number)
        assert server.wait(2.0)[0] == 1
        assert server.errors() == ""


@pytest.mark.real_time
def test_nothing_in_the_working_folder_is_run(tmp_path: Path) -> None:
    """An editor starts the server in somebody's project: a module there named as one of Python's is not run."""
    (tmp_path / "argparse.py").write_text("raise SystemExit('code of the workspace was run')", encoding="utf-8")
    environ = {**os.environ, "PYTHONPATH": str(Path(__file__).parent.parent)}
    command = [sys.executable, "-m", "lsp_codex", "--version"]
    done = subprocess.run(command, cwd=tmp_path, env=environ, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
