"""``codex.ask`` as an editor sees it: streamed, remembered, cancelled, refused; over the in-memory wire."""

from __future__ import annotations

from typing import Any

from lsp_codex.sandbox import replies
from lsp_codex.sandbox.codex import SandboxCodex
from tests.harness.editor import URI, editing


def bodies(codex: SandboxCodex) -> list[Any]:
    """What the model was asked."""
    return [request.json() for request in codex.requests if request.path.endswith("/responses")]


async def test_a_question_is_streamed_on_the_token_and_answered_whole() -> None:
    """``partialResultToken`` gets the pieces as they come; the answer of the command is all of them."""
    codex = SandboxCodex()
    codex.script(replies.text("It **adds** two numbers."))
    async with editing(codex) as editor:
        editor.open("def add(a, b):\n    return a + b┃\n")
        argument = {
            "prompt": "What is this?",
            "uri": URI,
            "range": {"start": {"line": 0, "character": 0}, "end": {"line": 1, "character": 16}},
        }
        params = {"command": "codex.ask", "arguments": [argument], "partialResultToken": "p"}
        answer = await editor.client.request("workspace/executeCommand", params)
        assert answer["text"] == "It **adds** two numbers."
        told = [given["value"] for method, given in editor.client.notifications if method == "$/progress"]
        assert "".join(value["text"] for value in told) == answer["text"]
        assert len(told) > 3
        assert {value["threadId"] for value in told} == {answer["threadId"]}
    sent = bodies(codex)[0]["input"][-1]["content"][0]["text"]
    assert 'lines="1-2">\ndef add(a, b):\n    return a + b\n</selection>\n\nWhat is this?' in sent
