"""The linter, the formatter and the type checker as tests, so that pytest is the only command to know."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent


def run(*command: str) -> None:
    """Run a tool of this environment on the whole tree; its complaint is the failure's text."""
    done = subprocess.run(
        [sys.executable, "-m", *command], capture_output=True, text=True, check=False, cwd=ROOT, timeout=280
    )
    assert done.returncode == 0, f"\n{done.stdout}{done.stderr}"


@pytest.mark.timeout(60)
def test_ruff_finds_nothing() -> None:
    """The lint rules of pyproject.toml hold everywhere; an exception carries its reason."""
    run("ruff", "check", "--quiet")


@pytest.mark.timeout(60)
def test_ruff_would_format_nothing() -> None:
    """There is one layout: ``ruff format``."""
    run("ruff", "format", "--check", "--quiet")


@pytest.mark.timeout(300)
def test_mypy_finds_nothing() -> None:
    """Strict types over package and tests; five seconds with a cold cache, many times that on a busy machine."""
    run("mypy", "--no-error-summary")
