"""Rules of tests/harness/record.py."""

from __future__ import annotations

import io
import json
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from tests.harness import raw_client as raw
from tests.harness.papers import ROOT
from tests.harness.record import first_params, main, prompts

if TYPE_CHECKING:
    from pathlib import Path


def test_the_prompts_that_are_kept_are_those_that_would_be_written() -> None:
    """Nothing is written where nothing has changed."""
    assert prompts() == []


@pytest.mark.parametrize("arguments", [[], ["initialize"], ["prompt"], ["initialize", "a", "b"]])
def test_wrong_usage_is_told(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    """And nothing is done."""
    assert main(arguments) == 2
    assert "tests.harness.record prompts" in capsys.readouterr().err


@pytest.mark.real_time
def test_the_first_request_is_kept_and_answered(tmp_path: Path) -> None:
    """What is somebody's own is left out, and the editor sees a server as ever."""
    params: dict[str, object] = {
        "processId": None,
        "rootUri": "file:///home/anna",
        "capabilities": {"general": {}},
        "clientInfo": None,
    }
    file = tmp_path / "x-initialize.json"
    said = raw.request(0, "initialize", params) + raw.INITIALIZED + raw.SHUTDOWN + raw.EXIT
    command = [sys.executable, "-m", "tests.harness.record", "initialize", str(file)]
    done = subprocess.run(command, input=said, capture_output=True, cwd=ROOT, timeout=60, check=False)
    assert json.loads(file.read_text("utf-8")) == {"capabilities": {"general": {}}, "clientInfo": None}
    assert "capabilities" in first_params(io.BytesIO(done.stdout.replace(b'"result"', b'"params"', 1)))[1]
    assert done.returncode == 0


def test_an_editor_that_says_nothing_is_named() -> None:
    """Instead of a wait."""
    with pytest.raises(ValueError, match="said nothing"):
        first_params(io.BytesIO(b""))
