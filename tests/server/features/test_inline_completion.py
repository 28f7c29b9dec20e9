"""Ghost text as an editor sees it."""

from __future__ import annotations

import asyncio
import time
from typing import Any

import pytest

from lsp_codex.sandbox import replies
from lsp_codex.sandbox.codex import SandboxCodex
from tests.harness.editor import editing
from tests.harness.wire import RefusedError

BODY = 'def add(a, b):\n    """Return the sum of a and b."""\n    ┃\n'


def asked(codex: SandboxCodex) -> int:
    """How many times the model was asked."""
    return sum(request.path.endswith("/codex/responses") for request in codex.requests)


async def test_a_function_body_is_offered_and_accepting_it_gives_the_text() -> None:
    """The item has an empty range at the cursor, a filter text, and the code that the sandbox gave."""
    async with editing() as editor:
        editor.open(BODY)
        items = await editor.complete()
        assert [item["insertText"] for item in items] == ["return a + b"]
        here = {"line": 2, "character": 4}
        assert items[0]["range"] == {"start": here, "end": here}
        assert items[0]["filterText"] == "return a + b"
        editor.accept(items[0])
        assert editor.text == BODY.replace("┃", "return a + b")


async def test_by_hand_there_are_several_items_with_ranges_of_one_line() -> None:
    """Different ones first, then the first line and the first word of the first (contract 5)."""
    codex = SandboxCodex()
    codex.script(replies.text("a + b\n<|or|>\nb + a\n<|or|>\nsum((a, b))"))
    async with editing(codex) as editor:
        editor.open("def add(a, b):\n    return ┃\n")
        items = await editor.complete(kind=1)
        assert [item["insertText"] for item in items] == ["a + b", "b + a", "sum((a, b))", "a"]
        here = {"line": 1, "character": 11}
        assert all(item["range"] == {"start": here, "end": here} for item in items)
        assert [item["insertText"] for item in await editor.complete()] == ["a + b"]
    assert asked(codex) == 1


async def test_beside_a_menu_the_item_continues_what_is_selected_there() -> None:
    """It begins at the cursor all the same, where the selected item continues what is typed."""
    codex = SandboxCodex()
    codex.script(replies.text("(a, b)"))
    async with editing(codex) as editor:
        editor.open("x = co┃\n")
        word = {"start": {"line": 0, "character": 4}, "end": {"line": 0, "character": 6}}
        items = await editor.complete(selected={"range": word, "text": "compute"})
        assert [item["insertText"] for item in items] == ["mpute(a, b)"]
        here = {"line": 0, "character": 6}
        assert items[0]["range"] == {"start": here, "end": here}
        editor.accept(items[0])
        assert editor.text == "x = compute(a, b)\n"


async def test_a_document_that_is_not_open_has_no_ghost_text() -> None:
    """Nothing is read from the disk, nothing is asked."""
    codex = SandboxCodex()
    async with editing(codex) as editor:
        assert await editor.complete() == []
    assert asked(codex) == 0


async def test_signed_out_means_no_items_no_message_and_no_request() -> None:
    """Whoever never signed in is left alone at every key."""
    codex = SandboxCodex()
    async with editing(codex, signed_in=False) as editor:
        editor.open(BODY)
        assert await editor.complete() == []
        assert editor.messages == []
    assert asked(codex) == 0


async def test_a_failure_is_an_empty_list_and_one_message_until_it_works_again() -> None:
    """Clients pop up errors on every key, so failures are told once per kind."""
    codex, loop = SandboxCodex(), asyncio.get_running_loop()
    since = time.time() - loop.time()
    async with editing(codex, world={"now": lambda: since + loop.time()}) as editor:
        editor.open(BODY)
        codex.script(replies.overloaded(500), replies.overloaded(500))
        assert await editor.complete() == []
        assert await editor.complete() == []
        await asyncio.sleep(6)
        assert await editor.complete() == []
        assert asked(codex) == 2, "a service in trouble is left alone for five seconds"
        await asyncio.sleep(6)
        assert len(editor.messages) == 1
        assert await editor.complete() != []
        codex.script(replies.overloaded(500))
        editor.type("x = ")
        assert await editor.complete() == []
        assert len(editor.messages) == 2


async def test_the_status_says_why_there_was_none_until_there_is_one() -> None:
    """The message may be gone long before somebody asks; nothing is paused, for the next key asks again."""
    codex = SandboxCodex()
    async with editing(codex) as editor:
        editor.open(BODY)
        codex.script(replies.cut_off("a b c", 1))
        await editor.complete()
        completion = (await editor.run("codex.status"))["completion"]
        assert (completion["paused"], completion["reason"] in editor.messages[0]) == (False, True)
        await editor.complete()
        assert (await editor.run("codex.status"))["completion"]["reason"] is None


async def test_the_usage_limit_is_named_with_the_plan() -> None:
    """The message says what is used up, so that the user knows what to wait for."""
    codex = SandboxCodex()
    async with editing(codex) as editor:
        editor.open(BODY)
        codex.script(replies.usage_limit(1_795_300_000.0, plan="plus"))
        assert await editor.complete() == []
        assert "usage limit" in editor.messages[0]
        assert "plus" in editor.messages[0]


async def test_a_newer_request_ends_the_older_at_once_with_an_empty_list() -> None:
    """Outrun requests are answered, and the backend connection of the older one is closed."""
    codex = SandboxCodex()
    async with editing(codex) as editor:
        codex.script(replies.slow("return 1", first_after=30, per_delta=30))
        editor.open(BODY)
        _, older = editor.ask()
        await editor.eventually(lambda: asked(codex) == 1, what="the first request")
        editor.type("z = ")
        newer = await editor.complete(kind=1)
        assert (await older)["items"] == []
        assert isinstance(newer, list)
        first = next(request for request in codex.requests if request.path.endswith("/codex/responses"))
        await editor.eventually(lambda: first.client_left, what="closing the first stream")


async def test_cancelling_a_request_closes_the_backend_connection() -> None:
    """The editor gets -32800; the service sees that nobody listens any more."""
    codex = SandboxCodex()
    async with editing(codex) as editor:
        codex.script(replies.slow("return 1", first_after=30))
        editor.open(BODY)
        number, answer = editor.ask()
        await editor.eventually(lambda: asked(codex) == 1, what="the request")
        editor.client.cancel(number)
        with pytest.raises(RefusedError) as caught:
            await answer
        assert caught.value.code == -32800
        await editor.eventually(lambda: codex.requests[-1].client_left, what="closing the stream")


@pytest.mark.parametrize(
    ("trigger", "kind", "offered"),
    [("automatic", 2, True), ("automatic", 1, True), ("manual", 2, False), ("manual", 1, True), ("off", 1, False)],
)
async def test_the_trigger_setting_decides_who_is_answered(trigger: str, kind: int, offered: bool) -> None:
    """``manual`` makes no request of its own accord; ``off`` makes none at all."""
    codex = SandboxCodex()
    options: dict[str, Any] = {"completion": {"trigger": trigger}}
    async with editing(codex, options=options) as editor:
        editor.open(BODY)
        assert bool(await editor.complete(kind)) is offered
    assert asked(codex) == int(offered)


async def test_typing_through_a_suggestion_asks_nothing() -> None:
    """What was typed is taken off the suggestion; the rest comes without a request."""
    codex = SandboxCodex()
    async with editing(codex) as editor:
        editor.open(BODY)
        await editor.complete()
        editor.type("return")
        assert [item["insertText"] for item in await editor.complete()] == [" a + b"]
    assert asked(codex) == 1


async def test_the_status_shows_how_fast_it_was() -> None:
    """After the first suggestion, status has the latency and the model; usage comes from the answer's headers."""
    async with editing() as editor:
        editor.open(BODY)
        await editor.complete()
        status = await editor.run("codex.status")
        assert status["state"] == "signedIn"
        assert status["latency"]["totalMs"] is not None
        assert status["model"]
        assert status["usage"]["primary"]["usedPercent"] >= 0


async def test_a_usage_limit_is_said_once_and_nothing_goes_out_until_the_reset() -> None:
    """With plan, window and local time; the status says why it is quiet; suggestions that are known still come."""
    codex, loop = SandboxCodex(), asyncio.get_running_loop()
    since = time.time() - loop.time()
    async with editing(codex, world={"now": lambda: since + loop.time()}) as editor:
        editor.open(BODY)
        assert await editor.complete() != []
        before = asked(codex)
        editor.type("x = ")
        codex.script(*[replies.usage_limit(since + loop.time() + 5_400)] * 3)
        for _ in range(20):
            await editor.complete()
            editor.type("y")
        assert asked(codex) == before + 1
        (message,) = [text for text in editor.messages if "usage limit" in text]
        assert message.startswith(
            "Codex: The 5-hour usage limit of your ChatGPT plan (plus) is reached; it resets on "
        )
        status = await editor.run("codex.status")
        assert status["completion"]["paused"] is True
        assert "5-hour usage limit" in status["completion"]["reason"]
        await editor.complete(kind=1)
        assert asked(codex) == before + 2, "by hand one goes out"


async def test_a_model_that_is_gone_is_named_with_the_one_that_answers_instead() -> None:
    """Ghost text comes all the same, with one request more and one message."""
    codex = SandboxCodex()
    options = {"completion": {"model": "gpt-5.3-codex"}}
    async with editing(codex, options=options) as editor:
        editor.open(BODY)
        assert await editor.complete() != []
        editor.type("x = ")
        await editor.complete()
        assert asked(codex) >= 2
        (message,) = [text for text in editor.messages if "gpt-5.3-codex" in text]
        assert "gpt-6-luna answers instead" in message


@pytest.mark.parametrize(("trigger", "opened"), [("automatic", 2), ("manual", 0), ("off", 0)])
async def test_connections_are_opened_ahead_for_automatic_requests_only(trigger: str, opened: int) -> None:
    """When a document is opened and at every key; with ``manual`` nothing goes out before it is asked for."""
    codex = SandboxCodex()
    async with editing(codex, options={"completion": {"trigger": trigger}}) as editor:
        assert codex.upgrades == []
        editor.open(BODY)
        await asyncio.sleep(1)
        assert len(codex.upgrades) == opened
        await editor.complete(1)
        await asyncio.sleep(1)
        assert len(codex.upgrades) == opened
        answered = [request for request in codex.requests if request.path.endswith("/codex/responses")]
        assert [request.framed for request in answered] == ([] if trigger == "off" else [trigger == "automatic"])
