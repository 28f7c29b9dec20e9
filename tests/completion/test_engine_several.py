"""The engine when asked by hand, beside a menu, by clients that cancel first, and when the model is slow."""

from __future__ import annotations

import asyncio

import pytest

from lsp_codex.completion.engine import Suggestion, Trigger
from lsp_codex.completion.run import PATIENCE
from lsp_codex.text import Edit, Snapshot, Span
from tests.completion.fakes import FakeClient, Reply
from tests.completion.test_engine import A, Desk

ASKED = Trigger.INVOKED


def texts(answer: tuple[Suggestion, ...]) -> list[str]:
    """The texts of all suggestions."""
    return [suggestion.text for suggestion in answer]


async def test_by_hand_there_are_several_and_parts_of_the_first() -> None:
    """Up to three, then the first line and the first word: partial acceptance for every client (contract 5)."""
    desk = Desk(Reply(("foo(a)\n<|or|>\n", "bar(b)\n<|or|>\nbaz", "(c)\n<|or|>\nnever")))
    answer = await desk.ask("x = ┃\n", ASKED)
    assert texts(answer) == ["foo(a)", "bar(b)", "baz(c)", "foo"]
    assert "".join(desk.client.streams[0].given).endswith("baz(c)\n<|or|>\nnever")
    assert desk.requests == 1


async def test_the_first_line_of_a_block_is_an_item() -> None:
    """And its first word, with the blanks before it."""
    desk = Desk(Reply(("\n    a = b\n    return a\n",)))
    assert texts(await desk.ask("def f():┃\n", ASKED)) == ["\n    a = b\n    return a", "\n    a = b", "\n    a"]


async def test_while_typing_there_is_one() -> None:
    """Nobody chooses while typing, and a list costs more of the plan."""
    assert len(await Desk(Reply(("foo(a)",))).ask("x = ┃\n")) == 1


async def test_equal_ones_are_said_once() -> None:
    """Two answers may come to the same after the filters."""
    desk = Desk(Reply(("foo\n<|or|>\n```\nfoo\n```\n<|or|>\nbar",)))
    assert texts(await desk.ask("x = ┃\n", ASKED)) == ["foo", "bar"]


@pytest.mark.parametrize(
    ("document", "answer", "items"),
    [
        ("print(┃)\n", "foo)", ["foo)"]),
        ("print(┃)\n", "foo)\n<|or|>\nfoo\n<|or|>\nbar", ["foo)", "bar"]),
        ("x = ┃ + 1\n", "foo ", ["foo "]),
        ("print(┃)\n", "foo, bar)", ["foo, bar)", "foo"]),
        ("x = ┃\n", "foo", ["foo"]),
    ],
)
async def test_what_leads_to_the_same_line_is_said_once(document: str, answer: str, items: list[str]) -> None:
    """A word of one word is no part of it, though it leaves the bracket that is there where the whole replaces it."""
    assert texts(await Desk(Reply((answer,))).ask(document, ASKED)) == items


async def test_by_hand_after_an_automatic_one_asks_for_others() -> None:
    """What is on the screen stays the first, also when it is asked for again, or shown while typing."""
    desk = Desk(Reply(("foo",)), Reply(("bar\n<|or|>\nbaz",)))
    assert await desk.shown("x = ┃\n") == "foo"
    assert texts(await desk.ask("x = ┃\n", ASKED)) == ["foo", "bar", "baz"]
    assert texts(await desk.ask("x = ┃\n", ASKED)) == ["foo", "bar", "baz"]
    assert await desk.shown("x = ┃\n") == "foo"
    assert desk.requests == 2


async def test_a_model_that_forgets_the_separator_is_stopped() -> None:
    """It may go on for ever; what is wanted is long complete."""
    client = Reply(("foo\n", *(f"line_{number}()\n" for number in range(1_000))))
    desk = Desk(client)
    assert texts(await desk.ask("x = ┃\n", ASKED))[0] == "foo"
    assert len(desk.client.streams[0].given) < 60


@pytest.mark.parametrize(
    ("document", "start", "text", "said", "shown", "span"),
    [
        ("fo┃\n", 0, "foo", "(a)", "o(a)", Span(2, 2)),
        ("fo┃\n", 0, "Foo", "(a)", "Foo(a)", Span(0, 2)),
        ("x.fo┃)\n", 2, "foo", "(a))", "o(a))", Span(4, 5)),
    ],
)
async def test_beside_a_menu_the_suggestion_continues_what_is_selected(
    document: str, start: int, text: str, said: str, shown: str, span: Span
) -> None:
    """From the cursor where the selected item continues what is typed, else from where the item begins."""
    desk = Desk(Reply((said,)))
    offset = document.index("┃")
    snapshot = Snapshot(A, "python", 1, document.replace("┃", ""))
    chosen = Edit(Span(start, offset), text)
    answer = await desk.engine.complete(snapshot, offset, Trigger.AUTOMATIC, desk.settings, selected=chosen)
    assert answer == (Suggestion(shown, span),)
    assert chosen.apply(snapshot.text)[: start + len(text)] in _document(desk.client)


async def test_a_selection_elsewhere_does_not_count() -> None:
    """A client's mistake is no reason to write somewhere else."""
    desk = Desk(Reply(("1",)))
    snapshot = Snapshot(A, "python", 1, "abc\nx = ")
    chosen = Edit(Span(0, 3), "abd")
    answer = await desk.engine.complete(snapshot, 8, Trigger.AUTOMATIC, desk.settings, selected=chosen)
    assert answer == (Suggestion("1", Span.at(8)),)


async def test_a_cancelled_request_can_be_joined_for_a_moment() -> None:
    """VS Code cancels the older one, and then asks anew: the same stream serves the newer."""
    desk = Desk(Reply(("foo",), first=1.0))
    older = _lingering(desk, "x = ┃")
    await asyncio.sleep(0.5)
    older.cancel()
    await asyncio.sleep(0.02)
    assert await desk.shown("x = f┃") == "oo"
    assert desk.requests == 1


async def test_a_cancelled_request_that_nobody_joins_is_closed() -> None:
    """After the moment, and not before."""
    desk = Desk(Reply(("foo",), first=5.0))
    older = _lingering(desk, "x = ┃")
    await asyncio.sleep(0.5)
    older.cancel()
    await asyncio.sleep(0.04)
    assert desk.client.open == 1
    await asyncio.sleep(0.02)
    assert desk.client.open == 0


async def test_at_the_deadline_the_whole_lines_are_shown() -> None:
    """And typing through them asks nothing; the stream is closed."""
    desk = Desk(Reply(("\n    a = b\n    retu", "rn a\n"), first=0.5, between=60.0))
    began = desk.loop.time()
    assert await desk.shown("def f():┃\n", Trigger.AUTOMATIC) == "\n    a = b"
    assert desk.loop.time() - began < PATIENCE + 1.5
    assert desk.client.open == 0
    assert await desk.shown("def f():\n    a┃\n") == " = b"
    assert desk.requests == 1


async def test_half_a_line_at_the_deadline_is_nothing() -> None:
    """And not remembered: the next key asks again."""
    desk = Desk(Reply(("foo", "(a)"), between=60.0), Reply(("bar",)))
    assert await desk.shown("x = ┃") is None
    assert await desk.shown("x = ┃") == "bar"


async def test_an_accepted_suggestion_asks_nothing_at_once() -> None:
    """Editors ask right after an acceptance; the next key is early enough (spec/editors.md 3, rule 5)."""
    desk = Desk(Reply(("foo(a)",)), Reply(("y",)))
    await desk.shown("x = ┃")
    assert await desk.shown("x = foo(a)┃") is None
    assert desk.requests == 1
    assert await desk.shown("x = foo(a)\n┃") == "y"


def _lingering(desk: Desk, document: str) -> asyncio.Task[tuple[Suggestion, ...]]:
    snapshot = Snapshot(A, "python", 0, document.replace("┃", ""))
    return asyncio.create_task(
        desk.engine.complete(snapshot, document.index("┃"), Trigger.AUTOMATIC, desk.settings, linger=0.05)
    )


def _document(client: FakeClient) -> str:
    return client.streams[0].request.input[0].text
