"""Every recorded editor: its real initialize is understood, and ghost text stands in its own units."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from lsp_codex.auth.store import MemoryStore
from lsp_codex.sandbox.codex import SandboxCodex
from lsp_codex.sandbox.transport import SandboxTransport
from lsp_codex.server.app import build
from lsp_codex.server.world import World
from tests.harness.editor import demo_login
from tests.harness.wire import connected

RECORDED = sorted((Path(__file__).parent.parent / "harness" / "capabilities").glob("*.json"))
LINE = 'x = "😀é"; y = ('
UNITS = {"utf-8": len(LINE.encode()), "utf-16": len(LINE.encode("utf-16-le")) // 2, "utf-32": len(LINE)}


def recorded(path: Path) -> dict[str, Any]:
    """The InitializeParams; the recorded editor no longer runs, so its process is not named."""
    params: dict[str, Any] = {**json.loads(path.read_text()), "processId": None}
    return params


@pytest.mark.parametrize("path", RECORDED, ids=lambda path: path.stem)
async def test_a_recorded_editor_gets_ghost_text_in_its_own_units(path: Path) -> None:
    """Its whole InitializeParams, as it sent them; then an item whose range is where the cursor is."""
    params = recorded(path)
    codex = SandboxCodex(suggest=lambda _text: "1)")
    world = World(transport=SandboxTransport(codex), store=MemoryStore(demo_login(codex)))
    async with build(world) as server, connected(server) as client:
        answer = await client.request("initialize", params)
        client.notify("initialized", {})
        encoding = answer["capabilities"].get("positionEncoding", "utf-16")
        offered = params["capabilities"].get("general", {}).get("positionEncodings", ["utf-16"])
        assert encoding == offered[0]
        document = {"uri": "file:///a.py", "languageId": "python", "version": 1, "text": LINE}
        client.notify("textDocument/didOpen", {"textDocument": document})
        here = {"line": 0, "character": UNITS[encoding]}
        given = {"textDocument": {"uri": "file:///a.py"}, "position": here, "context": {"triggerKind": 1}}
        items = (await client.request("textDocument/inlineCompletion", given))["items"]
        assert (items[0]["insertText"], items[0]["range"]) == ("1)", {"start": here, "end": here})


def test_the_recordings_are_there() -> None:
    """Neovim, Helix, both Emacs clients and VS Code."""
    assert {path.stem.split("-initialize")[0] for path in RECORDED} >= {
        "neovim", "helix", "emacs-eglot", "emacs-lsp-mode", "vscode",
    }  # fmt: skip
