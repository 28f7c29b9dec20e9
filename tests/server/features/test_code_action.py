"""The menu and what becomes of its entries, between an editor and the sandbox."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from lsp_codex.sandbox.codex import SandboxCodex
from lsp_codex.sandbox.replies import Silent, Stream, pieces, slow, usage_limit
from lsp_codex.server.showing import UNUSED
from tests.harness.acting import RESOLVES, applied, entry, menu, resolved
from tests.harness.editor import URI, FakeEditor, editing
from tests.harness.suspensions import Interrupter
from tests.harness.wire import RefusedError

SOURCE = "def area(w, h):\n    result = w * h┃\n    return result\n\n\nprint(area(2, 3))\n"
DOCUMENTED = SOURCE.replace("┃", "").replace("(w, h):\n", '(w, h):\n    """Return the area."""\n')
SAID = f"Of course!\n\n```python\n{DOCUMENTED.partition('print')[0]}```\n"
CHANGED = "has changed meanwhile"


def asked(codex: SandboxCodex) -> list[Any]:
    """The requests to the model."""
    return [request for request in codex.requests if request.path.endswith("/responses")]


async def test_a_chosen_action_becomes_a_versioned_edit() -> None:
    """The menu asks nobody; resolving asks once, and the answer, fenced and chatty, is the least edit."""
    codex = SandboxCodex()
    codex.script(Stream(pieces(SAID)))
    async with editing(codex, capabilities=RESOLVES) as editor:
        editor.open(SOURCE)
        chosen = entry(await menu(editor), "Codex: Document area")
        assert asked(codex) == []
        assert "edit" not in chosen
        made = await resolved(editor, chosen)
        assert len(asked(codex)) == 1
        (change,) = made["edit"]["documentChanges"]
        assert change["textDocument"] == {"uri": URI, "version": 1}
        assert change["edits"] == [
            {
                "range": {"start": {"line": 1, "character": 0}, "end": {"line": 1, "character": 0}},
                "newText": '    """Return the area."""\n',
            }
        ]
        assert applied(editor.text, made["edit"]) == DOCUMENTED
        assert editor.messages == []


async def test_what_happens_is_shown() -> None:
    """A title, the model that is waited for, the number of tokens, the end."""
    codex = SandboxCodex(pace=0.05)
    codex.script(Stream(pieces(SAID), per_delta=0.05))
    async with editing(codex, capabilities=RESOLVES) as editor:
        editor.open(SOURCE)
        await resolved(editor, entry(await menu(editor), "Codex: Document area"))
        values = [p["value"] for m, p in editor.client.notifications if m == "$/progress"]
        assert [value["kind"] for value in values if value["kind"] != "report"] == ["begin", "end"]
        assert values[0]["title"] == "Codex: Document area"
        assert values[0]["cancellable"]
        told = [value.get("message", "") for value in values]
        assert any(message.startswith("Waiting for gpt-") for message in told)
        assert any("tokens" in message for message in told)
        assert told[-1] == "Done"


async def test_the_users_model_is_asked() -> None:
    """codex.model, reasoningEffort and serviceTier say which and how."""
    codex = SandboxCodex()
    codex.script(Stream(pieces(SAID)))
    options = {"model": "gpt-6-luna", "reasoningEffort": "high", "serviceTier": "fast"}
    async with editing(codex, capabilities=RESOLVES, options=options) as editor:
        editor.open(SOURCE)
        await resolved(editor, entry(await menu(editor), "Codex: Document area"))
        body = asked(codex)[0].json()
        assert (body["model"], body["reasoning"]["effort"], body["service_tier"]) == (
            "gpt-6-luna",
            "high",
            "priority",
        )


async def begun(editor: FakeEditor, codex: SandboxCodex) -> tuple[int, asyncio.Future[Any]]:
    """A run that waits for the model: the id of its request, and its answer."""
    chosen = entry(await menu(editor), "Codex: Document area")
    number, answer = editor.client.start("codeAction/resolve", chosen)
    await editor.eventually(lambda: len(asked(codex)) == 1, what="the model is asked")
    return number, answer


async def test_a_document_that_changes_meanwhile_is_not_edited() -> None:
    """The user types while the model thinks: no edit, one message, and asking again works."""
    codex = SandboxCodex()
    codex.script(slow(SAID, 1.0), Stream(pieces(SAID)))
    async with editing(codex, capabilities=RESOLVES) as editor:
        editor.open(SOURCE)
        _, answer = await begun(editor, codex)
        editor.type(" ")
        made = await answer
        assert "edit" not in made
        assert [message for message in editor.messages if CHANGED in message] == editor.messages
        assert len(editor.messages) == 1
        again = await resolved(editor, entry(await menu(editor), "Codex: Document area"))
        assert "edit" in again


async def test_typing_and_undoing_leaves_the_edit_good() -> None:
    """The same text at a newer version: the edit is for that version."""
    codex = SandboxCodex()
    codex.script(slow(SAID, 1.0))
    async with editing(codex, capabilities=RESOLVES) as editor:
        editor.open(SOURCE)
        _, answer = await begun(editor, codex)
        editor.type("x")
        editor.delete(1)
        made = await answer
        assert made["edit"]["documentChanges"][0]["textDocument"]["version"] == 3


async def test_a_menu_of_an_older_version_asks_nobody() -> None:
    """What was offered before the last key is not done to what stands there now."""
    codex = SandboxCodex()
    async with editing(codex, capabilities=RESOLVES) as editor:
        editor.open(SOURCE)
        chosen = entry(await menu(editor), "Codex: Document area")
        editor.type("x")
        made = await resolved(editor, chosen)
        assert "edit" not in made
        assert asked(codex) == []
        assert [CHANGED in message for message in editor.messages] == [True]


async def test_a_closed_document_is_not_edited() -> None:
    """Closed while the model thinks: no edit, one message."""
    codex = SandboxCodex()
    codex.script(slow(SAID, 1.0))
    async with editing(codex, capabilities=RESOLVES) as editor:
        editor.open(SOURCE)
        _, answer = await begun(editor, codex)
        editor.close()
        assert "edit" not in await answer
        assert len(editor.messages) == 1


@pytest.mark.parametrize("how", ["request", "progress"])
@pytest.mark.parametrize("stage", ["before the answer", "within the answer"])
async def test_cancel_closes_the_connection(how: str, stage: str) -> None:
    """Cancelled by its request or in the progress: -32800, no edit, no message, and the backend sees us leave."""
    codex = SandboxCodex()
    codex.script(Silent() if stage == "before the answer" else Stream(pieces(SAID), per_delta=0.1))
    async with editing(codex, capabilities=RESOLVES) as editor:
        editor.open(SOURCE)
        number, answer = await begun(editor, codex)
        if stage == "within the answer":
            await editor.eventually(
                lambda: any("tokens" in str(p) for m, p in editor.client.notifications if m == "$/progress"),
                what="tokens come",
            )
        if how == "request":
            editor.client.cancel(number)
        else:
            token = next(p["token"] for m, p in editor.client.notifications if m == "$/progress")
            editor.client.notify("window/workDoneProgress/cancel", {"token": token})
        with pytest.raises(RefusedError) as refused:
            await answer
        assert refused.value.code == -32800
        await editor.eventually(lambda: asked(codex)[0].client_left, what="the connection is closed")
        assert editor.messages == []
        last = [p["value"] for m, p in editor.client.notifications if m == "$/progress"][-1]
        assert last["kind"] == "end"


async def cancelled_at(moment: int) -> str:
    """Cancel a run at suspension ``moment`` of everything that it does; where that was, or empty if it was over."""
    codex = SandboxCodex(pace=0.01)
    codex.script(Stream(pieces(SAID), per_delta=0.01))
    async with editing(codex, capabilities=RESOLVES) as editor:
        editor.open(SOURCE)
        chosen = entry(await menu(editor), "Codex: Document area")
        numbers: list[int] = []

        async def cancel() -> None:
            editor.client.cancel(numbers[0])

        with Interrupter(moment, cancel) as interrupter:
            number, answer = editor.client.start("codeAction/resolve", chosen)
            numbers.append(number)
            try:
                made = await answer
            except RefusedError as refused:
                assert refused.code == -32800, interrupter.where
                made = {}
        if interrupter.task is None:
            return ""
        await asyncio.sleep(1)
        done = "edit" in made  # it was on its way already
        assert done or all(request.client_left or request.answered for request in asked(codex)), interrupter.where
        kinds = [p["value"]["kind"] for m, p in editor.client.notifications if m == "$/progress"]
        assert kinds.count("begin") == kinds.count("end") <= 1, interrupter.where
        assert editor.messages == [], interrupter.where
        return interrupter.where


async def test_cancel_at_every_await() -> None:
    """No edit, no message, the progress ended, the connection closed."""
    places: list[str] = []
    while where := await cancelled_at(len(places) + 1):
        places.append(where)
        assert len(places) < 400
    assert len(places) > 20


async def test_a_failure_is_one_message_and_no_edit() -> None:
    """A usage limit: the entry comes back as it was, and the user is told when it ends."""
    codex = SandboxCodex()
    codex.script(usage_limit(2_000_000_000.0))
    async with editing(codex, capabilities=RESOLVES) as editor:
        editor.open(SOURCE)
        made = await resolved(editor, entry(await menu(editor), "Codex: Document area"))
        assert "edit" not in made
        assert len(editor.messages) == 1
        assert "usage limit" in editor.messages[0]


async def test_signed_out_says_how_to_sign_in() -> None:
    """The menu is there, and choosing says what is missing."""
    async with editing(capabilities=RESOLVES, signed_in=False) as editor:
        editor.open(SOURCE)
        await resolved(editor, entry(await menu(editor), "Codex: Document area"))
        assert any("codex.signIn" in message for message in editor.messages)


async def test_an_answer_that_breaks_the_document_is_shown_as_text() -> None:
    """The user sees what the model said instead of a broken file."""
    codex = SandboxCodex()
    codex.script(Stream(pieces("def area(w, h:\n    return w *")))
    async with editing(codex, capabilities=RESOLVES) as editor:
        editor.open(SOURCE)
        made = await resolved(editor, entry(await menu(editor), "Codex: Simplify area"))
        assert "edit" not in made
        (message,) = editor.messages
        assert "nothing was changed" in message
        assert "return w *" in message


BROKEN = "def area(w, h:\n    return w *"
OPENS = {
    **RESOLVES,
    "workspace": {**RESOLVES["workspace"], "textDocumentContent": {}},
    "window": {"workDoneProgress": True, "showDocument": {"support": True}},
}


async def test_an_unusable_answer_is_shown_as_questions_are() -> None:
    """In a document that the client opens, with one line that says why; again for the next one, in another."""
    codex = SandboxCodex()
    codex.script(Stream(pieces(BROKEN)), Stream(pieces("I'm sorry, I can't.")))
    async with editing(codex, capabilities=OPENS) as editor:
        editor.client.handlers["window/showDocument"] = lambda _: {"success": True}
        editor.open(SOURCE)
        for _ in range(2):
            assert "edit" not in await resolved(editor, entry(await menu(editor), "Codex: Simplify area"))
        await editor.eventually(lambda: len(editor.messages) == 2, what="the user is told")
        assert editor.messages == [UNUSED] * 2
        shown = [each["params"] for each in editor.client.requests if each["method"] == "window/showDocument"]
        assert not shown[0]["takeFocus"]
        assert shown[0]["uri"].endswith("/Simplify-area.md")
        texts = [
            (await editor.client.request("workspace/textDocumentContent", {"uri": each["uri"]}))["text"]
            for each in shown
        ]
        assert texts[0] == (
            "# Simplify area\n\nNothing was changed, as the result would not be valid Python. This is the answer:\n\n"
            f"```python\n{BROKEN}\n```\n"
        )
        assert texts[1].endswith("as the model answered in words. This is the answer:\n\nI'm sorry, I can't.\n")


@pytest.mark.parametrize("reply", [{"result": {"success": False}}, {"error": {"code": -32603, "message": "no"}}])
async def test_an_unusable_answer_that_cannot_be_opened_is_one_message(reply: dict[str, Any]) -> None:
    """The last resort: with the answer in it."""
    codex = SandboxCodex()
    codex.script(Stream(pieces(BROKEN)))
    async with editing(codex, capabilities=OPENS) as editor:
        editor.client.replies["window/showDocument"] = reply
        editor.open(SOURCE)
        assert "edit" not in await resolved(editor, entry(await menu(editor), "Codex: Simplify area"))
        await editor.eventually(lambda: len(editor.messages) == 1, what="the user is told")
        assert editor.messages[0].endswith(f"This is the answer:\n\n{BROKEN}")


async def test_an_excluded_document_does_not_leave() -> None:
    """codex.context.exclude holds for actions as for everything else."""
    codex = SandboxCodex()
    async with editing(codex, capabilities=RESOLVES, options={"context": {"exclude": ["demo.py"]}}) as editor:
        editor.open(SOURCE)
        made = await resolved(editor, entry(await menu(editor), "Codex: Document area"))
        assert "edit" not in made
        assert asked(codex) == []
        assert "codex.context.exclude" in editor.messages[0]


async def test_only_is_respected() -> None:
    """A kind covers what is below it, and nothing else."""
    async with editing(capabilities=RESOLVES) as editor:
        editor.open(SOURCE)
        for only, expected in (
            (["refactor"], {"refactor", "refactor.rewrite"}),
            (["refactor.rewrite"], {"refactor.rewrite"}),
            (["refactor.extract"], set()),
            (["source.fixAll"], set()),
        ):
            assert {each["kind"] for each in await menu(editor, only=only)} == expected
        assert len(await menu(editor, only=[""])) == len(await menu(editor, only=[])) == len(await menu(editor)) > 0


async def test_an_automatic_menu_is_short() -> None:
    """A light bulb at every place would be none: unasked there are fixes, stubs, and what a selection is for."""
    async with editing(capabilities=RESOLVES) as editor:
        editor.open(SOURCE)
        assert await menu(editor, triggerKind=2) == []
        problem = {
            "range": {"start": {"line": 1, "character": 4}, "end": {"line": 1, "character": 10}},
            "message": "?",
        }
        titles = [each["title"] for each in await menu(editor, (problem,), triggerKind=2)]
        assert titles == ["Codex: Fix: ?"]
        assert len(await menu(editor, selected="result = w * h", triggerKind=2)) > 3


async def test_other_peoples_actions_come_back_as_they_are() -> None:
    """Some clients resolve every entry with every server."""
    async with editing(capabilities=RESOLVES) as editor:
        editor.open(SOURCE)
        assert await resolved(editor, {"title": "Theirs"}) == {"title": "Theirs"}
        with pytest.raises(RefusedError) as refused:
            await resolved(editor, {"title": "Theirs", "data": {"id": 7}})
        assert refused.value.code == -32602


async def test_a_document_that_is_not_open_has_no_menu() -> None:
    """What the editor has not opened is not read from the disk."""
    async with editing(capabilities=RESOLVES) as editor:
        editor.text = ""
        assert await menu(editor) == []


async def test_what_we_show_has_no_menu() -> None:
    """Answers stand in documents that nobody edits."""
    async with editing(capabilities=RESOLVES) as editor:
        editor.open(SOURCE)
        uri = "codex:/answers/1.md"
        document = {"uri": uri, "languageId": "markdown", "version": 1, "text": "Some words.\n"}
        editor.client.notify("textDocument/didOpen", {"textDocument": document})
        where = {"start": {"line": 0, "character": 4}, "end": {"line": 0, "character": 4}}
        params = {"textDocument": {"uri": uri}, "range": where, "context": {"diagnostics": []}}
        assert await editor.client.request("textDocument/codeAction", params) == []
