"""``codex.explainCompletion``, by what a user may wonder about."""

from __future__ import annotations

from typing import Any

import pytest

from lsp_codex.sandbox import replies
from lsp_codex.sandbox.codex import SandboxCodex
from tests.harness.editor import FakeEditor, editing
from tests.harness.wire import RefusedError

BODY = "def add(a, b):\n    ┃\n"


async def explained(editor: FakeEditor) -> dict[str, Any]:
    """The explanation at the cursor."""
    argument = {"uri": editor.uri, "position": editor.position(editor.cursor)}
    answer = await editor.run("codex.explainCompletion", argument)
    assert isinstance(answer, dict)
    return answer


async def test_it_shows_every_part_that_was_sent_with_its_size_and_what_came_back() -> None:
    """Instructions, references, document; the answer; each filter."""
    async with editing() as editor:
        other = {"uri": "file:///work/b.py", "languageId": "python", "version": 1, "text": "class Sum:\n    pass\n"}
        editor.client.notify("textDocument/didOpen", {"textDocument": other})
        editor.open("from b import Sum\n\ndef add(a, b):\n    ┃\n")
        await editor.complete()
        said = await explained(editor)
    assert said["outcome"] == "Asked, and this is what is left of the answer."
    assert [part["name"] for part in said["sent"]["parts"]] == ["instructions", "references", "document"]
    for part in said["sent"]["parts"]:
        assert part["characters"] == len(part["text"]) > 0
        assert 0 < part["tokens"] <= part["characters"]
    assert "class Sum:" in said["sent"]["parts"][1]["text"]
    assert said["received"] == said["shown"] == "return a + b"
    assert said["filters"] == []
    assert said["now"] is None


async def test_it_shows_which_filter_left_nothing() -> None:
    """By name, with the text before and after."""
    codex = SandboxCodex()
    codex.script(replies.text("```python\n\n```"))
    async with editing(codex) as editor:
        editor.open(BODY)
        assert await editor.complete() == []
        said = await explained(editor)
    assert "nothing is shown" in said["outcome"]
    assert said["received"] == "```python\n\n```"
    assert said["shown"] is None
    first, last = said["filters"][0], said["filters"][-1]
    assert (first["name"], first["before"], first["suggestion"]) == ("fences", "```python\n\n```", 0)
    assert last["after"] == ""
    assert last["name"] in said["outcome"]


@pytest.mark.parametrize(
    ("document", "options", "kind", "words"),
    [
        (BODY, {"completion": {"trigger": "off"}}, 1, "codex.completion.trigger"),
        (BODY, {"completion": {"languages": {"python": False}}}, 2, "codex.completion.languages"),
        (BODY, {"context": {"exclude": ["demo.py"]}}, 2, "codex.context.exclude"),
        ("na┃me = 1\n", {}, 2, "inside a word"),
    ],
)
async def test_it_says_why_nothing_was_asked(document: str, options: dict[str, Any], kind: int, words: str) -> None:
    """Naming the setting."""
    codex = SandboxCodex()
    async with editing(codex, options=options) as editor:
        editor.open(document)
        assert await editor.complete(kind) == []
        said = await explained(editor)
    assert said["outcome"].startswith("Nothing was asked: ")
    assert words in said["outcome"]
    assert (said["sent"], said["received"], said["shown"]) == (None, None, None)
    assert "inside" in words or words in said["now"]


async def test_what_failed_is_told_as_asked() -> None:
    """What was sent is there, and no answer."""
    codex = SandboxCodex()
    codex.script(replies.cut_off("a b c", 1))
    async with editing(codex) as editor:
        editor.open(BODY)
        await editor.complete()
        said = await explained(editor)
    assert "no whole answer came" in said["outcome"]
    assert said["sent"] is not None


async def test_typing_through_is_told_as_such_and_another_line_knows_nothing() -> None:
    """With the answer that it is left of."""
    async with editing() as editor:
        editor.open(BODY)
        await editor.complete()
        editor.type("return")
        await editor.complete()
        said = await explained(editor)
        assert "left of an earlier suggestion" in said["outcome"]
        assert (said["received"], said["shown"]) == ("return a + b", " a + b")
        editor.cursor = 0
        assert (await explained(editor))["outcome"] == "Nothing has been asked on this line yet."


@pytest.mark.parametrize(
    "argument",
    [
        None,
        {"uri": "file:///work/demo.py"},
        {"uri": "file:///nowhere.py", "position": {"line": 0, "character": 0}},
        {"uri": "file:///work/demo.py", "position": {"line": -1, "character": 0}},
        {"uri": "file:///work/demo.py", "position": {"line": True}},
        {"uri": 7, "position": {"line": 0}},
    ],
    ids=repr,
)
async def test_a_wrong_argument_is_named(argument: object) -> None:
    """A document that is not open is one."""
    async with editing() as editor:
        editor.open(BODY)
        with pytest.raises(RefusedError, match="of an open document") as caught:
            await editor.run("codex.explainCompletion", argument)
    assert caught.value.code == -32602
