"""``codex.ask`` as an editor sees it: streamed, remembered, cancelled, refused; over the in-memory wire."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from lsp_codex.sandbox import replies
from lsp_codex.sandbox.codex import SandboxCodex
from tests.harness.editor import URI, FakeEditor, editing
from tests.harness.wire import RefusedError

FIRST_LINE = {"start": {"line": 0, "character": 0}, "end": {"line": 0, "character": 14}}
CODE = "def add(a, b):\n    return a + b┃\n"


def bodies(codex: SandboxCodex) -> list[Any]:
    """What the model was asked."""
    return [request.json() for request in codex.requests if request.path.endswith("/responses")]


def said(body: Any) -> str:
    """The last message of a request."""
    return str(body["input"][-1]["content"][0]["text"])


def start(editor: FakeEditor, argument: dict[str, Any], **tokens: Any) -> tuple[int, asyncio.Future[Any]]:
    """Run the command; its id and its answer."""
    return editor.client.start(
        "workspace/executeCommand", {"command": "codex.ask", "arguments": [argument], **tokens}
    )


def streamed(editor: FakeEditor) -> str:
    """The text that came on the token."""
    values = [given["value"] for method, given in editor.client.notifications if method == "$/progress"]
    return "".join(value["text"] for value in values if "text" in value)


async def test_a_question_is_streamed_on_the_token_and_answered_whole() -> None:
    """``partialResultToken`` gets the pieces as they come; the answer of the command is all of them."""
    codex = SandboxCodex()
    codex.script(replies.text("It **adds** two numbers."))
    async with editing(codex) as editor:
        editor.open(CODE)
        argument = {"prompt": "What is this?", "uri": URI, "range": FIRST_LINE}
        answer = await start(editor, argument, partialResultToken="p")[1]
        assert answer["text"] == "It **adds** two numbers." == streamed(editor)
    assert said(bodies(codex)[0]).endswith('lines="1-1">\ndef add(a, b):\n</selection>\n\nWhat is this?')


async def test_a_thread_goes_on_and_its_reasoning_goes_back() -> None:
    """The sandbox refuses reasoning that it has not given; what was shown is not shown again."""
    codex = SandboxCodex()
    async with editing(codex) as editor:
        editor.open(CODE)
        first = await editor.run("codex.ask", {"prompt": "What?", "uri": URI})
        second = await editor.run("codex.ask", {"prompt": "Why?", "uri": URI, "threadId": first["threadId"]})
        assert second["threadId"] == first["threadId"]
        assert "`add(a, b)`" in first["text"]
    one, two = bodies(codex)
    kinds = [item["type"] if item["type"] == "reasoning" else item["role"] for item in two["input"]]
    assert kinds == ["user", "reasoning", "assistant", "user"]
    assert two["input"][0] == one["input"][0]
    assert (said(two), two["prompt_cache_key"]) == ("Why?", first["threadId"])


async def test_a_range_is_read_from_the_text_at_the_time_of_asking() -> None:
    """What is typed while the model thinks does not matter."""
    codex = SandboxCodex()
    codex.script(replies.slow("So.", 1.0))
    async with editing(codex) as editor:
        editor.open(CODE)
        _, answer = start(editor, {"prompt": "Why?", "uri": URI, "range": FIRST_LINE})
        editor.cursor = 0
        editor.type("x = 1\n")
        editor.close()
        assert (await answer)["text"] == "So."
    assert "\ndef add(a, b):\n</selection>" in said(bodies(codex)[0])


async def test_without_words_it_explains() -> None:
    """A selection, or what diagnostics say about it."""
    codex = SandboxCodex()
    async with editing(codex) as editor:
        editor.open(CODE)
        await editor.run("codex.ask", {"uri": URI, "range": FIRST_LINE})
        given = [{"range": FIRST_LINE, "message": "undefined name 'x'", "severity": 1}]
        await editor.run("codex.ask", {"uri": URI, "range": FIRST_LINE, "diagnostics": given})
    plain, diagnosed = bodies(codex)
    assert "Explain the selected code" in said(plain)
    assert said(diagnosed).endswith("\n- undefined name 'x'")


STAGES: dict[str, tuple[Any, float]] = {
    "before it goes out": (replies.silent(), 0.0),
    "while nothing has come": (replies.silent(), 1.0),
    "before the first word": (replies.slow("a b c", 5.0), 1.0),
    "between words": (replies.slow("a b c d e f", 0.0, 1.0), 2.5),
}


@pytest.mark.parametrize("how", ["request", "progress"])
@pytest.mark.parametrize("stage", STAGES)
async def test_cancelling_closes_the_stream_and_has_one_outcome(stage: str, how: str) -> None:
    """By ``$/cancelRequest`` or the progress' own cancel: -32800, no message, the connection closed."""
    reply, seconds = STAGES[stage]
    codex = SandboxCodex()
    codex.script(reply)
    async with editing(codex) as editor:
        number, answer = start(editor, {"prompt": "Why?"}, workDoneToken="w")
        await asyncio.sleep(seconds)
        if how == "request":
            editor.client.cancel(number)
        else:
            await editor.eventually(lambda: bool(editor.client.notifications), what="the progress has begun")
            editor.client.notify("window/workDoneProgress/cancel", {"token": "w"})
        with pytest.raises(RefusedError) as caught:
            await answer
        assert caught.value.code == -32800
        asked = [request for request in codex.requests if request.path.endswith("/responses")]
        assert len(asked) <= (how == "progress" or seconds > 0)
        await editor.eventually(lambda: all(request.client_left for request in asked), what="the client has left")
        assert "window/showMessage" not in [method for method, _ in editor.client.notifications]
        ends = [given["value"] for method, given in editor.client.notifications if method == "$/progress"]
        assert not ends or ends[-1]["kind"] == "end"
        codex._script.clear()  # what was not asked for
        codex.script(replies.text("Fine."))
        assert (await editor.run("codex.ask", {"prompt": "Again?"}))["text"] == "Fine."


END = {"end": {"line": 0, "character": 1}}
RANGE = {"start": {"line": 0}, "end": {"line": 0, "character": 1}}


@pytest.mark.parametrize(
    ("argument", "words"),
    [
        ({}, "takes a prompt"),
        ({"prompt": " \n"}, "takes a prompt"),
        ({"prompt": 1}, "as strings"),
        ({"prompt": "x", "uri": 1}, "as strings"),
        ({"prompt": "x", "threadId": 1}, "threadId as a string"),
        ({"prompt": "x", "range": FIRST_LINE}, "takes a prompt, or a uri"),
        ({"prompt": "x", "uri": "file:///elsewhere.py"}, "that the editor has opened"),
        ({"prompt": "x", "uri": URI, "range": RANGE}, "start and end"),
        ({"prompt": "x", "uri": URI, "range": []}, "start and end"),
        ({"prompt": "x", "uri": URI, "range": {"start": {"line": 10**12, "character": 0}, **END}}, "start and end"),
        ({"uri": URI, "diagnostics": "x"}, "a list of objects"),
        ({"uri": URI, "diagnostics": [1]}, "a list of objects"),
    ],
)
async def test_an_argument_that_makes_no_sense_is_refused(argument: dict[str, Any], words: str) -> None:
    """-32602 with what it takes; nothing is sent."""
    codex = SandboxCodex()
    async with editing(codex) as editor:
        editor.open(CODE)
        with pytest.raises(RefusedError, match=words) as caught:
            await editor.run("codex.ask", argument)
        assert caught.value.code == -32602
    assert bodies(codex) == []


async def test_failures_are_sentences_to_act_on() -> None:
    """-32803: an unknown thread, an excluded document, signed out, a limit, a refusal, an answer cut off."""
    codex = SandboxCodex()
    options = {"context": {"exclude": ["*.py", ".env*"]}}
    async with editing(codex, options=options) as editor:
        editor.open(CODE)
        for argument, reply, words in (
            ({"prompt": "?", "threadId": "nobody's"}, None, "not known any more.*Begin a new conversation"),
            ({"prompt": "?", "uri": URI}, None, "context.exclude"),
            ({"prompt": "?"}, replies.usage_limit(1_795_300_000.0), "usage limit"),
            ({"prompt": "?"}, replies.failed("invalid_prompt", "No."), "No"),
            ({"prompt": "?"}, replies.cut_off("a b c", 1), "cut off"),
            ({"prompt": "?"}, replies.text(""), "gave no answer"),
        ):
            codex.script(*([reply] if reply else []))
            with pytest.raises(RefusedError, match=words) as caught:
                await editor.run("codex.ask", argument)
            assert caught.value.code == -32803
    async with editing(codex, signed_in=False) as editor:
        with pytest.raises(RefusedError, match="Sign in with the command"):
            await editor.run("codex.ask", {"prompt": "?"})


async def test_a_second_question_in_a_thread_is_refused_while_the_first_runs() -> None:
    """The first is answered all the same."""
    codex = SandboxCodex()
    codex.script(replies.text("One."), replies.slow("Two.", 1.0))
    async with editing(codex) as editor:
        thread = {"threadId": (await editor.run("codex.ask", {"prompt": "1?"}))["threadId"]}
        _, second = start(editor, {"prompt": "2?", **thread})
        await asyncio.sleep(0.1)
        with pytest.raises(RefusedError, match="still waits for an answer"):
            await editor.run("codex.ask", {"prompt": "3?", **thread})
        assert (await second)["text"] == "Two."


async def test_open_documents_are_shown_but_for_the_excluded_ones() -> None:
    """The planted secret leaves in no request; with the setting off no other document does."""
    codex = SandboxCodex()
    async with editing(codex) as editor:
        editor.open(CODE)
        for name, text in (("b.py", "B = 1\n"), (".env", "PASSWORD=planted-secret\n")):
            document = {"uri": f"file:///w/{name}", "languageId": "x", "version": 1, "text": text}
            editor.client.notify("textDocument/didOpen", {"textDocument": document})
        await editor.run("codex.ask", {"prompt": "?"})
        shown = said(bodies(codex)[0])
        assert "B = 1" in shown
        assert "def add" in shown
        settings = {"settings": {"codex": {"context": {"openDocuments": False}}}}
        editor.client.notify("workspace/didChangeConfiguration", settings)
        await editor.run("codex.ask", {"prompt": "What now?"})
        assert said(bodies(codex)[1]) == "What now?"
        with pytest.raises(RefusedError, match=r"\.env is not shown"):
            await editor.run("codex.ask", {"prompt": "?", "uri": "file:///w/.env"})
    assert all(b"planted-secret" not in request.body for request in codex.requests)


@pytest.mark.parametrize("how", ["signed out", "another proxy"])
async def test_an_answer_ends_with_the_login_and_the_connection_it_came_by(how: str) -> None:
    """At the next piece, with a sentence that says why; the connection is closed."""
    codex = SandboxCodex()
    codex.script(replies.slow("a b c d e f g h", 0.0, 1.0))
    async with editing(codex) as editor:
        _, answer = start(editor, {"prompt": "?"}, partialResultToken="p")
        await asyncio.sleep(2.5)
        if how == "signed out":
            await editor.run("codex.signOut")
        else:
            settings = {"settings": {"codex": {"network": {"proxy": "http://127.0.0.1:9"}}}}
            editor.client.notify("workspace/didChangeConfiguration", settings)
        with pytest.raises(RefusedError, match="while the answer came") as caught:
            await answer
        assert caught.value.code == -32803
        assert next(request for request in codex.requests if request.path.endswith("/responses")).client_left
        assert 0 < len(streamed(editor)) < 10


async def test_signing_out_ends_the_conversations() -> None:
    """What was asked in one name is not gone on with in another."""
    codex = SandboxCodex()
    async with editing(codex) as editor:
        thread_id = (await editor.run("codex.ask", {"prompt": "1?"}))["threadId"]
        await editor.run("codex.signOut")
        with pytest.raises(RefusedError, match="not signed in"):
            await editor.run("codex.ask", {"prompt": "2?", "threadId": thread_id})
