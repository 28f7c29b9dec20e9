"""What a start costs against a bare pygls server, in interleaved rounds: time to the answer, and memory after it."""

from __future__ import annotations

import json
import os
import statistics
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.harness import raw_client as raw
from tests.harness.raw_client import RawClient

pytestmark = [pytest.mark.bench, pytest.mark.real_time, pytest.mark.timeout(300)]

ROOT = Path(raw.__file__).parent.parent.parent
ROUNDS = 20
BARE = """
from pygls.lsp.server import LanguageServer
LanguageServer("bare", "1").start_io()
"""
# As pip writes it.
OURS = """
import sys
from lsp_codex.cli import main
sys.exit(main())
"""
VSCODE = ROOT / "tests/harness/capabilities/vscode-initialize.json"


@dataclass(frozen=True)
class Starter:
    """A command and the environment it is measured in."""

    command: tuple[str, ...]
    environment: dict[str, str]

    def start(self, params: dict[str, Any]) -> float:
        """Seconds from the start of the process to its answer to ``initialize``."""
        begin = time.perf_counter()
        with RawClient(self.command, env=self.environment) as client:
            client.send(raw.request(0, "initialize", params))
            assert "result" in client.answer(0)
            seconds = time.perf_counter() - begin
            client.send(raw.INITIALIZED + raw.SHUTDOWN + raw.EXIT)
            client.wait()
        return seconds

    def memory(self) -> float:
        """Resident megabytes, a second after ``initialized``."""
        with RawClient(self.command, env=self.environment) as client:
            client.initialize()
            with pytest.raises(TimeoutError):
                client.receive(1.0)
            status = Path(f"/proc/{client.process.pid}/status").read_text()
            client.send(raw.SHUTDOWN + raw.EXIT)
            client.wait()
        return int(status.partition("VmRSS:")[2].split()[0]) / 1024


@pytest.fixture
def both(tmp_path: Path) -> tuple[Starter, Starter]:
    """A bare server and ours as its command, with byte code and caches as a user has them; nothing written yet."""
    bare, ours = tmp_path / "bare.py", tmp_path / "ours.py"
    bare.write_text(BARE, encoding="utf-8")
    ours.write_text(OURS, encoding="utf-8")
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("PYTHON", "LSP_CODEX"))}
    environment |= {
        "PYTHONPYCACHEPREFIX": str(tmp_path / "pyc"),
        "PYTHONPATH": str(ROOT),
        "XDG_CACHE_HOME": str(tmp_path / "cache"),
        "XDG_DATA_HOME": str(tmp_path / "data"),
    }
    return Starter((sys.executable, str(bare)), environment), Starter((sys.executable, str(ours)), environment)


def params(which: str) -> dict[str, Any]:
    """A client that says nothing of itself, or VS Code as it was recorded."""
    if which == "vscode":
        return {**json.loads(VSCODE.read_text("utf-8")), "processId": None}
    return {"processId": None, "rootUri": None, "capabilities": {}}


def tell(line: str) -> None:
    """Show a line of the table."""
    print(line)  # noqa: T201 — a benchmark's only way to tell


@pytest.mark.parametrize("client", ["plain client", "vscode"])
def test_start_to_the_answer(both: tuple[Starter, Starter], client: str) -> None:
    """At most three quarters of the time of a bare server, with everything of ours registered."""
    initialize = params(client)
    tell(f"\n{client:20}  pygls      ours   ratio")
    for name in ("nothing cached", "second start"):
        bare, ours = (each.start(initialize) for each in both)
        tell(f"{name:20} {bare * 1e3:4.0f} ms   {ours * 1e3:4.0f} ms   {ours / bare:.2f}")
    rounds = [tuple(each.start(initialize) for each in both) for _ in range(ROUNDS)]
    for name, of in (("best", min), ("median", statistics.median)):
        bare, ours = of(one for one, _ in rounds), of(other for _, other in rounds)
        tell(f"{name:20} {bare * 1e3:4.0f} ms   {ours * 1e3:4.0f} ms   {ours / bare:.2f}")
    # Other programs come and go: the two of one round had the same company.
    ratio = statistics.median(ours / bare for bare, ours in rounds)
    tell(f"{'median of the ratios':40}{ratio:.2f}")
    assert ratio <= 0.75


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
def test_memory_after_initialized(both: tuple[Starter, Starter]) -> None:
    """At most 1.15 of a bare server's, whether the code was kept or compiled."""
    tell(f"\n{'resident memory':20}  pygls      ours   ratio")
    found = []
    for name in ("nothing cached", "second start", "third start"):
        bare, ours = (each.memory() for each in both)
        tell(f"{name:20} {bare:4.1f} MB   {ours:4.1f} MB   {ours / bare:.2f}")
        found.append(ours / bare)
    assert max(found[1:]) <= 1.15
