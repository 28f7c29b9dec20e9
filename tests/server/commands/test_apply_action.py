"""``codex.applyAction``: the edit through the client, the question, the new file."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from lsp_codex.sandbox.codex import SandboxCodex
from tests.harness.acting import RESOLVES, applied, entry, menu
from tests.harness.editor import URI, FakeEditor, editing
from tests.harness.wire import RefusedError

if TYPE_CHECKING:
    from pathlib import Path

APPLY = "workspace/applyEdit"
PLAIN = {"workspace": {"applyEdit": True}}
SOURCE = "def area(w, h):\n    r = w * h┃\n    return r\n"


def edits(editor: FakeEditor) -> list[dict[str, Any]]:
    """What the client was asked to apply."""
    return [each["params"]["edit"] for each in editor.client.requests if each["method"] == APPLY]


async def chosen(editor: FakeEditor, title: str, **more: Any) -> Any:
    """Run the command of a menu's entry, with more in its argument."""
    found = entry(await menu(editor), title)
    command = found["command"] if isinstance(found["command"], dict) else found
    return await editor.run("codex.applyAction", {**command["arguments"][0], **more})


async def test_a_client_that_cannot_resolve_is_sent_the_edit() -> None:
    """And told, in the answer, that it was applied."""
    async with editing(capabilities=PLAIN) as editor:
        editor.client.handlers[APPLY] = lambda _: {"applied": True}
        editor.open(SOURCE)
        assert await chosen(editor, "Codex: Clearer names") == {"applied": True, "message": None}
        (edit,) = edits(editor)
        assert applied(editor.text, edit) == "def area(w, h):\n    product = w * h\n    return product\n"


@pytest.mark.parametrize(
    ("reply", "expected"),
    [
        ({"result": {"applied": False, "failureReason": "read only"}}, "read only"),
        ({"error": {"code": -32603, "message": "no such thing"}}, "no such thing"),
        ({"result": {"applied": False}}, "did not apply"),
        ({"result": None}, "did not apply"),
    ],
)
async def test_a_refused_edit_is_said(reply: dict[str, Any], expected: str) -> None:
    """In the answer and to the user, once."""
    async with editing(capabilities=PLAIN) as editor:
        editor.client.replies[APPLY] = reply
        editor.open(SOURCE)
        answer = await chosen(editor, "Codex: Clearer names")
        assert answer["applied"] is False
        assert expected in answer["message"]
        assert editor.messages == [answer["message"]]


async def test_rewrite_needs_an_instruction() -> None:
    """Without one the user is told how; with one it is done."""
    async with editing(capabilities=RESOLVES) as editor:
        editor.client.handlers[APPLY] = lambda _: {"applied": True}
        editor.open(SOURCE)
        answer = await chosen(editor, "Codex: Rewrite area")
        assert answer["applied"] is False
        assert "instruction" in editor.messages[0]
        assert (await chosen(editor, "Codex: Rewrite area", instruction="rename r to result"))["applied"]
        assert "result = w * h" in applied(editor.text, edits(editor)[0])


async def test_tests_are_created_and_shown(tmp_path: Path) -> None:
    """Beside the convention that the disk shows, and opened for the user."""
    (tmp_path / "tests").mkdir()
    (tmp_path / "tests" / "test_demo.py").touch()
    uri = (tmp_path / "demo.py").as_uri()
    capabilities = {**RESOLVES, "window": {"showDocument": {"support": True}}}
    async with editing(SandboxCodex(), capabilities=capabilities) as editor:
        editor.client.handlers[APPLY] = lambda _: {"applied": True}
        document = {"uri": uri, "languageId": "python", "version": 1, "text": SOURCE.replace("┃", "")}
        editor.client.notify("textDocument/didOpen", {"textDocument": document})
        where = {"start": {"line": 1, "character": 4}, "end": {"line": 1, "character": 4}}
        argument = {"action": "tests", "uri": uri, "range": where}
        assert (await editor.run("codex.applyAction", argument))["applied"]
        (edit,) = edits(editor)
        new = (tmp_path / "tests" / "test_demo_area.py").as_uri()
        assert edit["documentChanges"][0]["uri"] == new
        assert "from demo import area" in edit["documentChanges"][1]["edits"][0]["newText"]
        (shown,) = [each["params"] for each in editor.client.requests if each["method"] == "window/showDocument"]
        assert shown["uri"] == new


@pytest.mark.parametrize("uri", ["untitled:Untitled-1", "file:///C%3A/work/demo.py", "git:/work/demo.py", "demo"])
async def test_tests_of_what_is_no_file_here_have_no_place(uri: str) -> None:
    """Whatever an editor calls what it shows: a sentence, and no failure."""
    async with editing(capabilities=RESOLVES) as editor:
        document = {"uri": uri, "languageId": "python", "version": 1, "text": SOURCE.replace("┃", "")}
        editor.client.notify("textDocument/didOpen", {"textDocument": document})
        where = {"start": {"line": 1, "character": 4}, "end": {"line": 1, "character": 4}}
        answer = await editor.run("codex.applyAction", {"action": "tests", "uri": uri, "range": where})
        assert not answer["applied"]
        assert "save it as a file first" in answer["message"]


async def test_a_folder_full_of_tests_is_said(tmp_path: Path) -> None:
    """A hundred files of the names that new ones get."""
    for name in ("", "_area", *(f"_area_{number}" for number in range(2, 100))):
        (tmp_path / f"test_demo{name}.py").touch()
    uri = (tmp_path / "demo.py").as_uri()
    async with editing(capabilities=RESOLVES) as editor:
        document = {"uri": uri, "languageId": "python", "version": 1, "text": SOURCE.replace("┃", "")}
        editor.client.notify("textDocument/didOpen", {"textDocument": document})
        where = {"start": {"line": 1, "character": 4}, "end": {"line": 1, "character": 4}}
        answer = await editor.run("codex.applyAction", {"action": "tests", "uri": uri, "range": where})
        assert not answer["applied"]


START = {"line": 0, "character": 0}


@pytest.mark.parametrize("argument", [{}, {"action": "sing", "uri": URI, "range": {"start": START, "end": START}}])
async def test_a_wrong_argument_is_refused(argument: dict[str, Any]) -> None:
    """With what is wrong."""
    async with editing(capabilities=RESOLVES) as editor:
        editor.open(SOURCE)
        with pytest.raises(RefusedError) as refused:
            await editor.run("codex.applyAction", argument)
        assert refused.value.code == -32602


async def test_signed_out_is_an_error_to_act_on() -> None:
    """As for every command."""
    async with editing(capabilities=PLAIN, signed_in=False) as editor:
        editor.open(SOURCE)
        with pytest.raises(RefusedError, match=r"codex\.signIn"):
            await chosen(editor, "Codex: Document area")
