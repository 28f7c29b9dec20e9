"""How an answer is shown: a table over every recorded editor, and the life of a virtual document."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from typing import Any

import pytest

from lsp_codex.sandbox import replies
from lsp_codex.sandbox.codex import SandboxCodex
from lsp_codex.server.showing import LONGEST_MESSAGE, UNUSED, address, thread_of
from tests.harness.acting import entry, menu, resolved
from tests.harness.editor import FakeEditor, editing

CAPABILITIES = Path(__file__).parent.parent / "harness" / "capabilities"
CONTENT = "workspace/textDocumentContent"
REFRESH = f"{CONTENT}/refresh"
OPENS = {"workspace": {"textDocumentContent": {}}, "window": {"showDocument": {"support": True}}}

# What each recorded editor gets without glue of ours; with a token of its own each gets the stream.
WAYS = {
    "emacs-eglot-initialize": "message",
    "emacs-lsp-mode-initialize": "message",
    "helix-25.01-initialize": "message",
    "helix-initialize": "message",
    "neovim-0.10-initialize": "message",
    "neovim-initialize": "message",
    "vscode-initialize": "document",
    "vscode-languageclient-9-proposed-initialize": "message",
}


def messages(editor: FakeEditor) -> list[str]:
    """What stood in message boxes."""
    return [given["message"] for method, given in editor.client.notifications if method == "window/showMessage"]


def progress(editor: FakeEditor) -> list[dict[str, Any]]:
    """The values of ``$/progress``."""
    return [given["value"] for method, given in editor.client.notifications if method == "$/progress"]


def opened(editor: FakeEditor) -> list[str]:
    """The documents that the editor was asked to open."""
    return [each["params"]["uri"] for each in editor.client.requests if each["method"] == "window/showDocument"]


def test_every_recording_is_in_the_table() -> None:
    """A new editor is looked at."""
    assert {path.stem for path in CAPABILITIES.glob("*.json")} == set(WAYS)


@pytest.mark.parametrize("token", [{}, {"partialResultToken": "p"}, {"workDoneToken": 7}], ids=["none", "p", "w"])
@pytest.mark.parametrize("name", WAYS)
async def test_each_recorded_editor_sees_the_answer_once(name: str, token: dict[str, Any]) -> None:
    """In a message, in a document, or on the token that it gave; never in two ways."""
    capabilities = json.loads((CAPABILITIES / f"{name}.json").read_text())["capabilities"]
    codex = SandboxCodex()
    codex.script(replies.text("It **is** so."))
    async with editing(codex, capabilities=capabilities) as editor:
        editor.client.handlers["window/showDocument"] = lambda _: {"success": True}
        params = {"command": "codex.ask", "arguments": [{"prompt": "Why?"}], **token}
        answer = await editor.client.request("workspace/executeCommand", params)
        await asyncio.sleep(1)
        streamed = "".join(value.get("text", "") for value in progress(editor))
        found = ("message" if messages(editor) else "") + ("document" if opened(editor) else "") + streamed
        assert found == ("It **is** so." if token else WAYS[name])
        if opened(editor):
            (uri,) = opened(editor)
            assert thread_of(uri) == answer["threadId"]
            shown = await editor.client.request(CONTENT, {"uri": uri})
            assert shown == {"text": "> Why?\n\nIt **is** so.\n"}


@pytest.mark.parametrize("name", WAYS)
async def test_each_recorded_editor_sees_an_unusable_answer_once(name: str) -> None:
    """What an action could not make an edit of is shown as the answer to a question is, and told once."""
    capabilities = json.loads((CAPABILITIES / f"{name}.json").read_text())["capabilities"]
    codex = SandboxCodex()
    codex.script(replies.text("def area(w, h:\n    return w"))
    async with editing(codex, capabilities={**capabilities, "general": {"positionEncodings": ["utf-32"]}}) as editor:
        editor.client.handlers["window/showDocument"] = lambda _: {"success": True}
        editor.open("def area(w, h):\n    return w * h┃\n")
        made = await resolved(editor, entry(await menu(editor), "Codex: Simplify area"))
        assert "edit" not in made
        await editor.eventually(lambda: bool(editor.messages), what="the user is told")
        (message,) = editor.messages
        if WAYS[name] == "message":
            assert message.endswith("This is the answer:\n\ndef area(w, h:\n    return w")
            assert not opened(editor)
        else:
            assert message == UNUSED
            assert len(opened(editor)) == 1


async def test_a_work_done_token_gets_begin_reports_and_end() -> None:
    """As LSP has them (3.18, "Work Done Progress"); the pieces of the text stand beside the message."""
    codex = SandboxCodex()
    codex.script(replies.text("It is so."))
    async with editing(codex) as editor:
        params = {"command": "codex.ask", "arguments": [{"prompt": "Why?"}], "workDoneToken": "w"}
        await editor.client.request("workspace/executeCommand", params)
        kinds = [value["kind"] for value in progress(editor)]
        assert kinds[0] == "begin"
        assert kinds[-1] == "end"
        assert set(kinds[1:-1]) == {"report"}
        assert all(isinstance(value.get("message", ""), str) for value in progress(editor))


async def test_a_document_is_refreshed_while_more_comes_and_at_the_end() -> None:
    """Not for every piece: the client asks for the whole text each time."""
    codex = SandboxCodex()
    codex.script(replies.slow("word " * 100, 0.0, 0.02))
    async with editing(codex, capabilities=OPENS) as editor:
        seen: list[Any] = []
        editor.client.handlers["window/showDocument"] = lambda _: {"success": True}
        _, answer = editor.client.start(
            "workspace/executeCommand", {"command": "codex.ask", "arguments": [{"prompt": "?"}]}
        )
        await asyncio.sleep(1.0)
        (uri,) = opened(editor)
        seen.append(await editor.client.request(CONTENT, {"uri": uri}))
        await answer
        await asyncio.sleep(0.1)
        refreshed = [each for each in editor.client.requests if each["method"] == REFRESH]
        assert 5 <= len(refreshed) <= 12
        assert 10 < seen[0]["text"].count("word") < 100, "what has come so far"
        assert (await editor.client.request(CONTENT, {"uri": uri}))["text"].count("word") == 100


@pytest.mark.parametrize(
    "reply", [{"result": {"success": False}}, {"error": {"code": -32603, "message": "no"}}, None]
)
async def test_a_document_that_does_not_open_becomes_a_message(reply: dict[str, Any] | None) -> None:
    """A refusal and an error are met with a message; a client that never answers holds up nothing."""
    codex = SandboxCodex()
    codex.script(replies.text("So."))
    async with editing(codex, capabilities=OPENS) as editor:
        editor.client.replies["window/showDocument"] = reply
        answer = await editor.run("codex.ask", {"prompt": "?"})
        assert answer["text"] == "So."
        assert messages(editor) == ([] if reply is None else ["So."])


async def test_a_message_is_not_longer_than_a_box_can_hold() -> None:
    """The command's answer is whole."""
    codex = SandboxCodex()
    codex.script(replies.text("word " * 5_000))
    async with editing(codex) as editor:
        answer = await editor.run("codex.ask", {"prompt": "?"})
        (message,) = messages(editor)
        assert len(message) < LONGEST_MESSAGE + 50
        assert message.endswith("… (24999 characters)")
        assert len(answer["text"]) == 25_000


def test_addresses_lead_back_to_their_threads() -> None:
    """In the form that clients write them; other addresses to none."""
    assert thread_of(address("abc")) == "abc"
    assert thread_of("codex:///answers/abc.md") == "abc"
    assert thread_of("file:///answers/abc.md") is None
