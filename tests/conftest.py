"""Fixtures for every test: the loop and a clean environment; how property tests run."""

from __future__ import annotations

import asyncio
import os
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, settings

from tests.harness.clock import VirtualLoop

if TYPE_CHECKING:
    from pathlib import Path

# A busy machine is slow, and that is no finding; where a red run stops others, the examples are the same each time.
settings.register_profile(
    "lsp_codex",
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow],
    derandomize=os.environ.get("CI", "").lower() == "true",
)
settings.load_profile("lsp_codex")


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
    home = tmp_path / "home"
    home.mkdir()
    monkeypatch.setenv("HOME", str(home))
    monkeypatch.setenv("XDG_DATA_HOME", str(home / "data"))
    monkeypatch.setenv("LSP_CODEX_HOME", str(home / "codex"))
