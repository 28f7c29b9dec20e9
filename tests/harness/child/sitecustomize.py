"""Read by every Python process that a test starts: it reports a credential in what it logs, before redaction.

The process notices nothing of it but the import of ``logging``.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Any


def _harness(name: str) -> Any:
    """A module of ``tests/harness``, which is on no path of this process."""
    from importlib.util import module_from_spec, spec_from_file_location

    spec = spec_from_file_location(f"_tests_{name}", Path(__file__).parent.parent / f"{name}.py")
    assert spec is not None
    assert spec.loader is not None
    module = module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


class _Report:
    """What the tests' ``Leaks`` is in the process that runs them."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._sentinels: Any = None

    def said(self, where: str, text: str) -> None:
        if self._sentinels is None:
            self._sentinels = _harness("sentinels")
        for number, each in enumerate(self._sentinels.found(text, where)):
            name = f"{os.getpid()}-{len(list(self._folder.glob('*')))}-{number}"
            (self._folder / name).write_text(f"{where}: {each} in {sys.argv}", "utf-8")


def _random(count: int, before: Any = os.urandom) -> bytes:
    """Random bytes; a PKCE verifier can be told from other random text."""
    return bytes(_harness("sentinels").marked(before)(count)) if count == 64 else bytes(before(count))


if folder := os.environ.get("LSP_CODEX_TESTS_LEAKS", ""):
    os.urandom = _random
    _harness("tapping").tap(_Report(Path(folder)).said)
