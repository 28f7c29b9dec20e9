"""``lsp-codex try``: a process that starts a process, signs in, and shows a suggestion."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

README = Path(__file__).parents[2] / "README.md"

pytestmark = pytest.mark.real_time


def attempt(*arguments: str) -> subprocess.CompletedProcess[str]:
    """The command, run to its end."""
    command = [sys.executable, "-m", "lsp_codex", "try", *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)


def steps(text: str) -> list[str]:
    """The names of the steps, with their remarks but for the numbers in them."""
    lines = [line for line in text.splitlines() if line.startswith("  ✓ ")]
    return [" ".join(re.sub(r"\d+(\.\d+)?", "", line).split()) for line in lines]


@pytest.mark.timeout(60)
def test_the_bundled_example_gets_a_suggestion_that_makes_sense() -> None:
    """Exit code 0; the code with its ghost text, the time of each step, and a body that computes what it says."""
    done = attempt()
    assert (done.returncode, done.stderr) == (0, "")
    for step in ("server started", "signed in", "document opened", "ghost text", "signed out"):
        assert step in done.stdout
    assert steps(README.read_text(encoding="utf-8")) == steps(done.stdout), "README shows another output"
    assert "    10      ├" in done.stdout
    body = json.loads(attempt("--json").stdout)["suggestion"]
    scope: dict[str, object] = {}
    exec("def fibonacci(n):\n    " + body, scope)  # noqa: S102 — the sandbox's own suggestion
    fibonacci = scope["fibonacci"]
    assert callable(fibonacci)
    assert [fibonacci(n) for n in range(8)] == [0, 1, 1, 2, 3, 5, 8, 13]


@pytest.mark.timeout(60)
def test_json_is_one_document_and_the_place_is_mine(tmp_path: Path) -> None:
    """A file of the user's, line and column counted from one; machine output on standard output only."""
    source = tmp_path / "sums.py"
    source.write_text('def add(a, b):\n    """Return the sum of a and b."""\n    \n')
    done = attempt(f"{source}:3", "--json")
    told = json.loads(done.stdout)
    assert done.returncode == 0
    assert (told["file"], told["line"], told["column"]) == ("sums.py", 3, 5)
    assert told["suggestion"] == "return a + b"
    assert told["sandbox"] is True
    assert source.read_text().endswith('"""\n    \n')


@pytest.mark.timeout(60)
def test_a_real_login_is_neither_used_nor_touched_with_the_sandbox() -> None:
    """With --sandbox the user's own home is not even read, whatever is in it."""
    home = Path(os.environ["LSP_CODEX_HOME"])
    home.mkdir()
    (home / "auth.json").write_text("not JSON, and not ours to touch")
    assert attempt("--sandbox").returncode == 0
    assert [path.name for path in home.iterdir()] == ["auth.json"]
    assert (home / "auth.json").read_text() == "not JSON, and not ours to touch"
