"""What every recorded editor is offered, and in which form its edits come."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from lsprotocol import types as lsp

from lsp_codex.actions.menu import ACTIONS
from lsp_codex.auth.store import MemoryStore
from lsp_codex.sandbox.codex import SandboxCodex
from lsp_codex.sandbox.replies import Stream, pieces
from lsp_codex.sandbox.transport import SandboxTransport
from lsp_codex.server.action_forms import Forms, forms
from lsp_codex.server.app import build
from lsp_codex.server.decoding import converter
from lsp_codex.server.world import World
from tests.harness.acting import applied
from tests.harness.editor import demo_login
from tests.harness.wire import connected

if TYPE_CHECKING:
    from tests.harness.wire import Client

RECORDED = Path(__file__).parent.parent / "harness" / "capabilities"
URI = "file:///nowhere/demo.py"
TEXT = "def area(w, h):\n    # Fläche\n    return w * h\n"
DOCUMENTED = TEXT.replace("h):\n", 'h):\n    """The area."""\n')
CURSOR = {"start": {"line": 2, "character": 4}, "end": {"line": 2, "character": 4}}
PROBLEM: dict[str, Any] = {
    "range": {"start": {"line": 2, "character": 4}, "end": {"line": 2, "character": 10}},
    "message": "wrong",
    "code": "E1",
}

FULL = Forms(literals=True, resolves=True, disabled=True, versioned=True, creates=True, confirms=True, applies=True)
UNASKED = Forms(literals=True, resolves=True, disabled=True, versioned=True, creates=True, applies=True)
PLAIN = Forms(literals=True, resolves=True, versioned=True, creates=True, applies=True)
TABLE = {
    "neovim": FULL,
    "neovim-0.10": PLAIN,
    "helix": UNASKED,
    "helix-25.01": UNASKED,
    "emacs-eglot": Forms(literals=True, resolves=True, versioned=True, applies=True),
    "emacs-lsp-mode": PLAIN,
    "vscode": FULL,
    "vscode-languageclient-9-proposed": FULL,
}
EDITS = (
    "Codex: Fix: wrong", "Codex: Fix all “E1” in this file", "Codex: Document area", "Codex: Simplify area",
    "Codex: Add types to area", "Codex: Clearer names in area",
)  # fmt: skip
ASKS = "Codex: Rewrite area as I say…"
EXPLAINS = "Codex: Explain this problem"
TESTS = "Codex: Write tests for area"


def recorded(name: str) -> dict[str, Any]:
    """The InitializeParams of an editor."""
    params: dict[str, Any] = json.loads((RECORDED / f"{name}-initialize.json").read_text("utf-8"))
    return {**params, "processId": None}


def test_every_recording_is_in_the_table() -> None:
    """A new recording needs a decision."""
    assert {path.stem.removesuffix("-initialize") for path in RECORDED.glob("*.json")} == set(TABLE)


@pytest.mark.parametrize("name", TABLE)
def test_the_forms_of_a_recorded_editor(name: str) -> None:
    """What it announced, read for what matters."""
    capabilities = converter().structure(recorded(name)["capabilities"], lsp.ClientCapabilities)
    assert forms(capabilities) == TABLE[name]


async def opened(client: Client, params: dict[str, Any]) -> list[dict[str, Any]]:
    """The menu at the return statement, where a problem is."""
    await client.request("initialize", params)
    client.notify("initialized", {})
    document = {"uri": URI, "languageId": "python", "version": 7, "text": TEXT}
    client.notify("textDocument/didOpen", {"textDocument": document})
    context = {"diagnostics": [PROBLEM], "triggerKind": 1}
    asked = {"textDocument": {"uri": URI}, "range": CURSOR, "context": context}
    found: list[dict[str, Any]] = await client.request("textDocument/codeAction", asked)
    return found


@pytest.mark.parametrize("name", TABLE)
async def test_what_a_recorded_editor_is_offered(name: str) -> None:
    """Edits to resolve; commands for what asks the user, for questions and new files; nothing that it cannot do."""
    codex = SandboxCodex()
    codex.script(Stream(pieces('"""The area."""')))
    world = World(transport=SandboxTransport(codex), store=MemoryStore(demo_login(codex)))
    async with build(world) as server, connected(server) as client:
        menu = await opened(client, recorded(name))
        kinds = {each["title"]: _form(each) for each in menu}
        creates = {TESTS: "codex.applyAction"} if TABLE[name].creates else {}
        expected = dict.fromkeys(EDITS, "resolve") | {ASKS: "codex.applyAction", EXPLAINS: "codex.ask"} | creates
        assert kinds == expected
        fix = next(each for each in menu if each["title"] == EDITS[0])
        assert fix["kind"] == "quickfix"
        assert fix["diagnostics"] == [PROBLEM]
        (document,) = [each for each in menu if each["title"] == EDITS[2]]
        edit = (await client.request("codeAction/resolve", document))["edit"]
        (change,) = edit["documentChanges"]
        assert change["textDocument"]["version"] == 7
        assert applied(TEXT, edit, URI) == DOCUMENTED
        assert [each.get("annotationId") for each in change["edits"]] == ["codex" if TABLE[name].confirms else None]
        annotations = edit.get("changeAnnotations", {})
        assert [each["needsConfirmation"] for each in annotations.values()] == [True] * TABLE[name].confirms


def _form(entry: dict[str, Any]) -> str:
    assert "edit" not in entry
    assert "disabled" not in entry
    return str(entry["command"]["command"]) if "command" in entry else "resolve"


BARE = {"workspace": {"applyEdit": True}}
LITERAL: dict[str, Any] = {
    "textDocument": {"codeAction": {"codeActionLiteralSupport": {"codeActionKind": {"valueSet": []}}}}
}


@pytest.mark.parametrize(
    ("capabilities", "literal", "edits"),
    [(BARE, False, True), ({**BARE, **LITERAL}, True, True), (LITERAL, True, False), ({}, False, False)],
)
async def test_what_a_client_that_cannot_resolve_is_offered(
    capabilities: dict[str, Any], literal: bool, edits: bool
) -> None:
    """A command for each edit, as a literal if it takes them; no edits for a client that cannot be sent any."""
    async with build(World(store=MemoryStore())) as server, connected(server) as client:
        menu = await opened(client, {"processId": None, "rootUri": None, "capabilities": capabilities})
        titles = {each["title"] for each in menu}
        assert titles == ({*EDITS, ASKS} if edits else set()) | {EXPLAINS}
        for each in menu:
            assert isinstance(each["command"], dict if literal else str)
            assert "data" not in each


@pytest.mark.parametrize("edit", [{}, {"workspaceEdit": {}}])
async def test_a_client_without_versioned_edits_gets_plain_ones(edit: dict[str, Any]) -> None:
    """The edit is sent as ``changes``: its version cannot be, so it was compared before."""
    codex = SandboxCodex()
    codex.script(Stream(pieces('"""The area."""')))
    world = World(transport=SandboxTransport(codex), store=MemoryStore(demo_login(codex)))
    async with build(world) as server, connected(server) as client:
        client.handlers["workspace/applyEdit"] = lambda _: {"applied": True}
        capabilities = {"workspace": {"applyEdit": True, **edit}, "general": {"positionEncodings": ["utf-32"]}}
        menu = await opened(client, {"processId": None, "rootUri": None, "capabilities": capabilities})
        (chosen,) = [each for each in menu if each["title"] == EDITS[2]]
        params = {"command": chosen["command"], "arguments": chosen["arguments"]}
        assert await client.request("workspace/executeCommand", params) == {"applied": True, "message": None}
        (asked,) = [each["params"] for each in client.requests if each["method"] == "workspace/applyEdit"]
        assert set(asked["edit"]) == {"changes"}
        assert applied(TEXT, asked["edit"], URI) == DOCUMENTED


def test_the_kinds_are_those_that_are_announced() -> None:
    """A client that asks by kind must find every entry."""
    announced = {"quickfix", "refactor", "refactor.rewrite", ""}
    assert {action.kind.value for action in ACTIONS} <= announced
