"""What the server is given."""

from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path

from lsp_codex.server.world import World

ROOT = Path(__file__).parent.parent.parent


def test_nothing_is_asked_for() -> None:
    """A world that nobody described is the real one, without an environment and without a sandbox."""
    world = World()
    assert (dict(world.environ), world.sandbox, world.open_sandbox, world.store) == ({}, False, None, None)
    assert world.now is time.time
    assert world.ports == (1455, 1457)


def test_it_imports_none_of_what_is_made_of_it() -> None:
    """The command line describes the world before the server has answered ``initialize``."""
    made = "'lsp_codex.auth.manager', 'lsp_codex.backend', 'lsp_codex.completion', 'keyring'"
    code = f"import sys, lsp_codex.server.world; print({{{made}}} & {{*sys.modules}})"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=ROOT)
    assert done.stdout.strip() == "set()"
