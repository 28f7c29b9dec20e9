"""The menu, for clients without ghost text."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from typing import Any

import pytest
from lsprotocol import types as lsp

from lsp_codex.auth.store import MemoryStore
from lsp_codex.completion.engine import Suggestion
from lsp_codex.sandbox import replies
from lsp_codex.sandbox.codex import SandboxCodex
from lsp_codex.sandbox.transport import SandboxTransport
from lsp_codex.server.app import build
from lsp_codex.server.features.completion import item
from lsp_codex.server.place import Place
from lsp_codex.server.units import Utf16
from lsp_codex.server.world import World
from lsp_codex.text import Snapshot, Span
from tests.harness.editor import FakeEditor, editing
from tests.harness.wire import connected

CAPABILITIES: dict[str, Any] = {"textDocument": {"completion": {}}}
RECORDED = Path(__file__).parent.parent.parent / "harness" / "capabilities"


async def menu(editor: FakeEditor, kind: int = 1) -> dict[str, Any]:
    """The menu at the cursor."""
    where = {"textDocument": {"uri": editor.uri}, "position": editor.position(editor.cursor)}
    answer = await editor.client.request("textDocument/completion", {**where, "context": {"triggerKind": kind}})
    assert isinstance(answer, dict)
    return answer


def responses(codex: SandboxCodex) -> int:
    """How many times the model was asked."""
    return sum(request.path.endswith("/responses") for request in codex.requests)


@pytest.mark.parametrize(
    ("recording", "options", "offered"),
    [
        ("helix", {}, True),
        ("helix-25.01", {}, True),
        ("emacs-eglot", {}, True),
        ("emacs-lsp-mode", {}, False),
        ("neovim", {}, False),
        ("neovim-0.10", {}, False),
        ("vscode", {}, False),
        ("vscode-languageclient-9-proposed", {}, False),
        ("neovim", {"menuCompletion": True}, True),
        ("helix", {"menuCompletion": False}, False),
    ],
)
async def test_it_is_announced_where_there_is_no_ghost_text(
    recording: str, options: dict[str, Any], offered: bool
) -> None:
    """Where both were offered both would appear; whoever wants that says so."""
    params = json.loads((RECORDED / f"{recording}-initialize.json").read_text())
    world = World(transport=SandboxTransport(SandboxCodex()), store=MemoryStore(None))
    async with build(world) as server, connected(server) as client:
        given = {**params, "processId": None, "initializationOptions": {"codex": options}}
        answer = await client.request("initialize", given)
        assert ("completionProvider" in answer["capabilities"]) == offered
        assert "inlineCompletionProvider" in answer["capabilities"]


async def test_the_suggestion_is_the_only_item_and_accepting_it_gives_the_text() -> None:
    """Preselected where no word is begun; more keys may bring more."""
    async with editing(capabilities=CAPABILITIES, client_info="helix") as editor:
        editor.open("def add(a, b):\n    ┃\n")
        found = await menu(editor)
        assert found["isIncomplete"] is True
        (entry,) = found["items"]
        assert (entry["label"], entry["preselect"]) == ("return a + b", True)
        editor.accept({"range": entry["textEdit"]["range"], "insertText": entry["textEdit"]["newText"]})
        assert editor.text == "def add(a, b):\n    return a + b\n"


async def test_a_begun_word_is_part_of_the_item() -> None:
    """Clients filter by what is typed, and replace it; their own entry for the word stays the first choice."""
    async with editing(capabilities=CAPABILITIES, client_info="helix") as editor:
        editor.open("def add(a, b):\n    retu┃\n")
        (entry,) = (await menu(editor))["items"]
        assert entry["textEdit"]["newText"] == entry["filterText"] == "return a + b"
        assert entry["textEdit"]["range"]["start"] == {"line": 1, "character": 4}
        assert "preselect" not in entry


@pytest.mark.parametrize(
    "completion",
    [{"trigger": "off"}, {"trigger": "manual"}, {"languages": {"python": False}}],
)
async def test_where_nothing_will_come_the_menu_is_complete(completion: dict[str, Any]) -> None:
    """No client asks again at every key; and "invoked" is said for words that are typed, so manual means none."""
    codex = SandboxCodex()
    async with editing(codex, capabilities=CAPABILITIES, options={"completion": completion}) as editor:
        editor.open("def add(a, b):\n    ┃\n")
        assert await menu(editor) == {"isIncomplete": False, "items": []}
    assert responses(codex) == 0


async def test_an_excluded_document_has_a_complete_empty_menu() -> None:
    """As it has no ghost text."""
    codex = SandboxCodex()
    options = {"context": {"exclude": ["demo.py"]}}
    async with editing(codex, capabilities=CAPABILITIES, options=options) as editor:
        editor.open("def add(a, b):\n    ┃\n")
        assert await menu(editor) == {"isIncomplete": False, "items": []}
    assert responses(codex) == 0


async def test_a_client_with_ghost_text_gets_none_unless_it_asked_for_both() -> None:
    """Even if it asks, though it was not announced."""
    codex = SandboxCodex()
    both: dict[str, Any] = {"textDocument": {"completion": {}, "inlineCompletion": {}}}
    async with editing(codex, capabilities=both) as editor:
        editor.open("def add(a, b):\n    ┃\n")
        assert (await menu(editor))["items"] == []
    assert responses(codex) == 0


async def test_a_slow_answer_does_not_hold_up_the_clients_own_menu() -> None:
    """After a second the menu is empty and incomplete; what comes later answers the next key."""
    codex, loop = SandboxCodex(), asyncio.get_running_loop()
    codex.script(replies.slow("return a + b", first_after=3, per_delta=0.01))
    async with editing(codex, capabilities=CAPABILITIES, client_info="Eglot") as editor:
        editor.open("def add(a, b):\n    ┃\n")
        began = loop.time()
        assert await menu(editor) == {"isIncomplete": True, "items": []}
        assert loop.time() - began <= 1.1
        await asyncio.sleep(5)
        editor.type("re")
        (entry,) = (await menu(editor, kind=3))["items"]
        assert entry["textEdit"]["newText"] == "return a + b"
    assert responses(codex) == 1


async def test_helix_waits_itself() -> None:
    """It shows the menus of others meanwhile, so the late answer is the one it wants."""
    codex = SandboxCodex()
    codex.script(replies.slow("return a + b", first_after=3, per_delta=0.01))
    async with editing(codex, capabilities=CAPABILITIES, client_info="helix") as editor:
        editor.open("def add(a, b):\n    ┃\n")
        assert len((await menu(editor))["items"]) == 1


async def test_cancelling_closes_the_stream() -> None:
    """The service sees that nobody listens."""
    codex = SandboxCodex()
    codex.script(replies.slow("return 1", first_after=30))
    async with editing(codex, capabilities=CAPABILITIES, client_info="helix") as editor:
        editor.open("x = ┃\n")
        where = {"textDocument": {"uri": editor.uri}, "position": editor.position(editor.cursor)}
        number, answer = editor.client.start("textDocument/completion", where)
        await editor.eventually(lambda: responses(codex) == 1, what="the request")
        editor.client.cancel(number)
        with pytest.raises(Exception, match="-32800"):
            await answer
        asked = next(request for request in codex.requests if request.path.endswith("/responses"))
        await editor.eventually(lambda: asked.client_left, what="closing the stream")


@pytest.mark.parametrize(
    ("before", "text", "label", "filtered"),
    [
        ("x = ", "1", "1", "1"),
        ("x = fo", "o(1)", "foo(1)", "foo(1)"),
        ("def f():", "\n    return 1", "return 1", "return 1"),
        ("else", "\r\n    pass\r\n    pass", "else ↵ pass…", "else ↵ pass"),
        ("    ", "a\n    b", "a…", "a"),
        ("x = ", "y" * 100, "y" * 60 + "…", "y" * 100),
    ],
)
def test_an_item_is_one_line_that_says_what_it_is(before: str, text: str, label: str, filtered: str) -> None:
    """Menus have one line for each; the rest is in its documentation."""
    snapshot = Snapshot("file:///a.py", "python", 1, before)
    made = item(Place(snapshot, len(before), 0, 0, Utf16()), Suggestion(text, Span.at(len(before))))
    assert (made.label, made.filter_text) == (label, filtered)
    assert (made.documentation is not None) == label.endswith("…")


@pytest.mark.parametrize(("text", "fence"), [("a\n    b", "```"), ("a\n```x```\n", "````")])
def test_for_who_draws_markdown_code_is_a_block(text: str, fence: str) -> None:
    """Helix shows plain text as Markdown, which has no indentation; elsewhere the text is as it is."""
    place = Place(Snapshot("file:///a.py", "python", 1, ""), 0, 0, 0, Utf16())
    suggestion = Suggestion(text, Span.at(0))
    fenced = item(place, suggestion, fenced=True).documentation
    assert fenced == lsp.MarkupContent(lsp.MarkupKind.Markdown, f"{fence}python\n{text}\n{fence}")
    assert item(place, suggestion).documentation == lsp.MarkupContent(lsp.MarkupKind.PlainText, text)
