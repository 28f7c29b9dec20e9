"""Fixtures for every test: the loop and a clean environment; how property tests run."""

from __future__ import annotations

import asyncio
import logging
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, settings

from lsp_codex import logs
from tests.harness import secret_service as secrets
from tests.harness.clock import VirtualLoop
from tests.harness.leaks import capsys, leaks, pytest_runtest_makereport, recognisable_verifiers

if TYPE_CHECKING:
    from collections.abc import Iterator

# Fixtures and a hook belong to whoever imports them here.
__all__ = ["capsys", "leaks", "pytest_runtest_makereport", "recognisable_verifiers"]

# A busy machine is slow, and that is no finding; where a red run stops others, the examples are the same each time.
settings.register_profile(
    "lsp_codex",
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow],
    derandomize=os.environ.get("CI", "").lower() == "true",
)
settings.load_profile("lsp_codex")

ENVIRON = dict(os.environ)  # the session's own: tests see another HOME


@pytest.fixture
def anyio_backend(request: pytest.FixtureRequest) -> tuple[str, dict[str, Any]]:
    """Async tests run on the virtual clock unless they are marked ``real_time``."""
    real = request.node.get_closest_marker("real_time") is not None
    return "asyncio", {"loop_factory": asyncio.SelectorEventLoop if real else VirtualLoop}


@pytest.fixture(autouse=True)
def clean_environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """No test sees the developer's home, proxies or settings (this patches the environment, not our code)."""
    for name in ("HTTPS_PROXY", "HTTP_PROXY", "ALL_PROXY", "NO_PROXY", "BROWSER"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.lower(), raising=False)
    monkeypatch.setenv("BROWSER", "no-browser-in-tests")  # nothing opens on the screen of whoever runs them
    home = tmp_path / "home"
    home.mkdir()
    monkeypatch.setenv("HOME", str(home))
    monkeypatch.setenv("XDG_DATA_HOME", str(home / "data"))
    monkeypatch.setenv("XDG_CACHE_HOME", str(home / "cache"))
    monkeypatch.setenv("LSP_CODEX_HOME", str(home / "codex"))
    # No test, and no process that it starts, asks the developer's own keyring.
    monkeypatch.setenv("PYTHON_KEYRING_BACKEND", "keyring.backends.fail.Keyring")
    monkeypatch.delenv("DBUS_SESSION_BUS_ADDRESS", raising=False)
    monkeypatch.delenv("CODEX_HOME", raising=False)


@pytest.fixture(autouse=True)
def logging_as_before() -> Iterator[None]:
    """A command that starts our log leaves neither its handlers, whose streams end with the test, nor its levels."""
    loggers = [logging.getLogger(), *map(logging.getLogger, logs.HELD_AT_WARNING)]
    levels = [each.level for each in loggers]
    yield
    for handler in list(loggers[0].handlers):
        if isinstance(handler.formatter, logs.RedactingFormatter):
            loggers[0].removeHandler(handler)
            handler.close()
    for each, level in zip(loggers, levels, strict=True):
        each.setLevel(level)


@pytest.fixture(scope="session")
def secret_service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[secrets.SecretService]:
    """A real keyring. With CI=true its daemon is fetched if need be, and a failure to do so fails the tests."""
    daemon = secrets.find(ENVIRON)
    if daemon is None and ENVIRON.get("CI", "").lower() != "true":
        pytest.skip(f"no gnome-keyring-daemon with dbus-daemon; {secrets.SETUP} gets it in ten seconds, without root")
    if daemon is None:
        done = subprocess.run([secrets.SETUP], env=ENVIRON, capture_output=True, text=True, timeout=300, check=False)
        daemon = secrets.find(ENVIRON)
        if done.returncode != 0 or daemon is None:
            pytest.fail(f"{secrets.SETUP} could not bring the keyring:\n{done.stdout}{done.stderr}")
    with secrets.running(daemon, tmp_path_factory.mktemp("secrets")) as service:
        yield service


@pytest.fixture(scope="session")
def uv() -> str:
    """README's second command runs the tests through it; with CI=true it must be there."""
    found = ENVIRON.get("UV") or shutil.which("uv", path=ENVIRON.get("PATH"))
    if found is None:
        here = Path(sys.executable).with_name("uv")
        found = str(here) if here.exists() else None
    if found is None and ENVIRON.get("CI", "").lower() == "true":
        pytest.fail("uv is missing: run the tests with README's command")
    return found or pytest.skip("no uv here; README's command brings it")
