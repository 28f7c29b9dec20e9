"""The engine as an editor uses it: keys, pauses, cancellations; every time is exact, on the virtual clock."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest

from lsp_codex.completion.engine import CompletionEngine, Suggestion, Trigger
from lsp_codex.config import Completion
from lsp_codex.errors import LspCodexError, Overloaded
from lsp_codex.text import Snapshot, Span
from tests.completion.fakes import FakeClient, Reply

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

A, B = "file:///a.py", "file:///b.py"
Answer = tuple[Suggestion, ...]


class Desk:
    """An engine with a fake model behind it, and an editor's few gestures."""

    def __init__(self, *replies: Reply, settings: Completion | None = None) -> None:
        self.loop = asyncio.get_running_loop()
        self.client = FakeClient(*replies)
        self.engine = CompletionEngine(self.client, clock=self.loop.time)
        self.settings = settings or Completion()
        self.version = 0

    def ask(
        self, document: str, trigger: Trigger = Trigger.AUTOMATIC, uri: str = A, client_wait: float = 0.0
    ) -> asyncio.Task[Answer]:
        """Ask at ``┃``, as the handler of a request would, in a task of its own."""
        self.version += 1
        snapshot = Snapshot(uri, "python", self.version, document.replace("┃", ""))
        offset = document.index("┃")

        async def handler() -> Answer:
            # Without a limit, a call that is never answered would hang the whole run of tests.
            async with asyncio.timeout(60):
                return await self.engine.complete(snapshot, offset, trigger, self.settings, client_wait=client_wait)

        return asyncio.create_task(handler())

    async def shown(self, document: str, trigger: Trigger = Trigger.AUTOMATIC) -> str | None:
        """The text of the suggestion at ``┃``."""
        return text_of(await self.ask(document, trigger))

    @property
    def requests(self) -> int:
        """How many the model has seen."""
        return len(self.client.streams)


def text_of(answer: Answer) -> str | None:
    """The text of the first suggestion."""
    return answer[0].text if answer else None


@pytest.fixture(autouse=True)
async def nothing_left_behind() -> AsyncIterator[None]:
    """Every task that a test started has ended a while later."""
    yield
    await asyncio.sleep(10)
    assert [task.get_name() for task in asyncio.all_tasks() if task.get_name() == "ghost text"] == []


async def test_a_place_gets_a_suggestion() -> None:
    """An empty span at the cursor, and only the missing text."""
    desk = Desk(Reply(("return ", "a + b")))
    assert await desk.ask("def add(a, b):\n    ┃") == (Suggestion("return a + b", Span.at(19)),)


async def test_the_span_covers_what_the_text_brings_along() -> None:
    """The bracket that the editor typed is replaced by the answer's own."""
    desk = Desk(Reply(("a, b)",)))
    assert await desk.ask("foo(┃)\n") == (Suggestion("a, b)", Span(4, 5)),)


async def test_what_changes_nothing_is_no_suggestion() -> None:
    """A bracket that stands there already is not news."""
    assert await Desk(Reply((")",))).shown("foo(a┃)\n") is None


async def test_thirty_keys_make_one_request() -> None:
    """While somebody types, every call but the last is answered with nothing, and the model is not asked."""
    desk = Desk(Reply(("!",)))
    keys = "the quick brown fox jumps over"
    calls = []
    for count in range(1, len(keys) + 1):
        calls.append(desk.ask(f"{keys[:count]}┃"))
        await asyncio.sleep(0.06)
    answers = await asyncio.gather(*calls)
    assert [text_of(answer) for answer in answers] == [None] * 29 + ["!"]
    assert desk.requests == 1


async def test_asking_by_hand_does_not_wait() -> None:
    """The request goes out in the same moment."""
    desk = Desk(Reply(("1",)))
    began = desk.loop.time()
    await desk.ask("x = ┃", Trigger.INVOKED)
    assert desk.client.streams[0].opened == began


@pytest.mark.parametrize(("client_wait", "wait"), [(0.0, 0.3), (0.2, 0.1), (2.0, 0.0)])
async def test_the_clients_wait_is_part_of_ours(client_wait: float, wait: float) -> None:
    """The pause between the last key and the request is as set, whoever waits."""
    desk = Desk(Reply(("1",)), settings=Completion(debounce_ms=300))
    began = desk.loop.time()
    await desk.ask("x = ┃", client_wait=client_wait)
    assert desk.client.streams[0].opened - began == pytest.approx(wait)


async def test_a_newer_call_supersedes_at_once() -> None:
    """The older call gets nothing immediately, before the newer gets its answer; its stream is closed."""
    desk = Desk(Reply(("1",), first=5.0), Reply(("2",)))
    older = desk.ask("x = ┃", Trigger.INVOKED)
    await asyncio.sleep(1.0)
    began = desk.loop.time()
    newer = desk.ask("y = ┃", Trigger.INVOKED)
    assert await older == ()
    assert desk.loop.time() == began
    assert not newer.done()
    assert text_of(await newer) == "2"
    assert desk.client.streams[0].closed == began
    assert desk.client.most_open == 1


async def test_the_older_answer_comes_first() -> None:
    """Also when the newer is answered from memory: a client may show whichever answer comes last."""
    desk = Desk(Reply(("1",)), Reply(("2",), first=5.0))
    await desk.ask("x = ┃", Trigger.INVOKED)
    done: list[str] = []
    older = desk.ask("y = ┃", Trigger.INVOKED)
    await asyncio.sleep(0.1)
    newer = desk.ask("x = ┃")
    older.add_done_callback(lambda _: done.append("older"))
    newer.add_done_callback(lambda _: done.append("newer"))
    assert (text_of(await newer), text_of(await older)) == ("1", None)
    assert done == ["older", "newer"]
    assert desk.client.streams[1].closed is not None


async def test_one_request_runs_per_document() -> None:
    """A new one waits until the old one's stream is closed, within bounds."""
    desk = Desk(Reply(("1",), first=5.0, closing=0.4), Reply(("2",)))
    older = desk.ask("x = ┃", Trigger.INVOKED)
    await asyncio.sleep(1.0)
    newer = desk.ask("y = ┃", Trigger.INVOKED)
    await asyncio.gather(older, newer)
    assert desk.client.most_open == 1
    assert desk.client.streams[1].opened == desk.client.streams[0].closed


async def test_two_documents_do_not_disturb_each_other() -> None:
    """Each has its own request, at the same time."""
    desk = Desk(Reply(("1",)), Reply(("2",)))
    first, second = desk.ask("x = ┃", uri=A), desk.ask("x = ┃", uri=B)
    assert [text_of(answer) for answer in await asyncio.gather(first, second)] == ["1", "2"]
    assert desk.client.most_open == 2


async def test_cancelling_closes_the_stream() -> None:
    """The editor has no use for it: neither has anybody else."""
    desk = Desk(Reply(("1",), first=5.0))
    call = desk.ask("x = ┃", Trigger.INVOKED)
    await asyncio.sleep(1.0)
    call.cancel()
    with pytest.raises(asyncio.CancelledError):
        await call
    began = desk.loop.time()
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    assert desk.client.streams[0].closed == began


async def test_cancelling_during_the_wait_asks_nothing() -> None:
    """No request is sent for an answer that nobody wants."""
    desk = Desk(Reply(("1",)))
    call = desk.ask("x = ┃")
    await asyncio.sleep(0.01)
    call.cancel()
    await asyncio.wait([call])
    await asyncio.sleep(1.0)
    assert desk.requests == 0


async def test_typing_on_joins_the_running_request() -> None:
    """The newer call gets the rest of the same answer, the older one nothing, and the model is asked once."""
    desk = Desk(Reply(("foo", "(a)")))
    older = desk.ask("x = ┃", Trigger.INVOKED)
    await asyncio.sleep(0.1)
    newer = desk.ask("x = f┃")
    assert await older == ()
    assert await newer == (Suggestion("oo(a)", Span.at(5)),)
    assert desk.requests == 1
    assert desk.engine.statistics().joined == 1


async def test_a_joined_stream_survives_the_older_callers_cancellation() -> None:
    """VS Code cancels the older request; who has joined still gets the answer."""
    desk = Desk(Reply(("foo",)))
    older = desk.ask("x = ┃", Trigger.INVOKED)
    await asyncio.sleep(0.1)
    newer = desk.ask("x = f┃")
    await asyncio.sleep(0)
    older.cancel()
    assert text_of(await newer) == "oo"
    assert desk.requests == 1


async def test_who_joined_closes_the_stream_by_cancelling() -> None:
    """The last one turns off the light."""
    desk = Desk(Reply(("foo",), first=5.0))
    older = desk.ask("x = ┃", Trigger.INVOKED)
    await asyncio.sleep(0.1)
    newer = desk.ask("x = f┃")
    await older
    newer.cancel()
    await asyncio.wait([newer])
    await asyncio.sleep(0.1)
    assert desk.client.open == 0


async def test_typing_something_else_asks_again() -> None:
    """As soon as the answer leads elsewhere its stream is closed and the newer call gets its own request."""
    desk = Desk(Reply(("foo", "(a)")), Reply(("bar",)))
    older = desk.ask("x = ┃", Trigger.INVOKED)
    await asyncio.sleep(0.1)
    newer = desk.ask("x = z┃", Trigger.INVOKED)
    assert [text_of(answer) for answer in await asyncio.gather(older, newer)] == [None, "bar"]
    assert desk.client.streams[0].given == ["foo"]
    assert desk.client.streams[0].closed == desk.client.streams[1].opened


async def test_typing_the_whole_answer_asks_again() -> None:
    """Nothing is left to suggest, but there may be more to say at the new place."""
    desk = Desk(Reply(("ab",)), Reply(("cd",)))
    older = desk.ask("x = ┃", Trigger.INVOKED)
    await asyncio.sleep(0.1)
    newer = desk.ask("x = ab┃", Trigger.INVOKED)
    assert [text_of(answer) for answer in await asyncio.gather(older, newer)] == [None, "cd"]


async def test_typing_that_disagrees_supersedes() -> None:
    """What has arrived already says otherwise: there is nothing to wait for."""
    desk = Desk(Reply(("foo", "(a)"), between=5.0), Reply(("bar",)))
    older = desk.ask("x = ┃", Trigger.INVOKED)
    await asyncio.sleep(1.0)
    began = desk.loop.time()
    newer = desk.ask("x = z┃", Trigger.INVOKED)
    assert text_of(await newer) == "bar"
    assert await older == ()
    assert desk.client.streams[0].closed == began
    assert desk.engine.statistics().joined == 0


async def test_typing_through_a_suggestion_asks_nothing() -> None:
    """Every key of it is answered in the moment it is typed, and so is deleting back into it."""
    desk = Desk(Reply(("foo(a)",)))
    assert await desk.shown("x = ┃") == "foo(a)"
    began = desk.loop.time()
    assert [await desk.shown(f"x = {typed}┃") for typed in ("f", "fo", "foo(", "fo", "")] == [
        "oo(a)",
        "o(a)",
        "a)",
        "o(a)",
        "foo(a)",
    ]
    assert desk.loop.time() == began
    assert desk.requests == 1
    assert desk.engine.statistics().from_cache == 5


async def test_an_empty_answer_is_remembered_and_asking_by_hand_asks_again() -> None:
    """The model had nothing to say; who insists is heard."""
    desk = Desk(Reply(()), Reply(("1",)))
    assert [await desk.shown("x = ┃"), await desk.shown("x = ┃")] == [None, None]
    assert desk.requests == 1
    assert await desk.shown("x = ┃", Trigger.INVOKED) == "1"


async def test_a_failure_is_raised_and_never_remembered() -> None:
    """The next key asks again."""
    desk = Desk(Reply(error=Overloaded("busy")), Reply(("1",)))
    with pytest.raises(LspCodexError):
        await desk.ask("x = ┃")
    assert await desk.shown("x = ┃") == "1"


async def test_a_failure_reaches_who_joined() -> None:
    """And only them: the older call was answered already."""
    desk = Desk(Reply(error=Overloaded("busy")))
    older = desk.ask("x = ┃", Trigger.INVOKED)
    await asyncio.sleep(0.1)
    newer = desk.ask("x = f┃")
    assert await older == ()
    with pytest.raises(Overloaded):
        await newer


@pytest.mark.parametrize(
    ("trigger", "automatic", "invoked"), [("automatic", "1", "1"), ("manual", None, "1"), ("off", None, None)]
)
async def test_the_trigger_setting_is_obeyed(trigger: str, automatic: str | None, invoked: str | None) -> None:
    """Manual: no request unasked. Off: none at all."""
    desk = Desk(Reply(("1",)), settings=Completion(trigger=trigger))
    assert await desk.shown("x = ┃") == automatic
    assert await desk.shown("x = ┃", Trigger.INVOKED) == invoked


async def test_what_is_asked_by_hand_is_not_disturbed_by_calls_that_ask_nothing() -> None:
    """Neovim calls at every key; with the trigger ``manual`` these calls are as if they were not."""
    desk = Desk(Reply(("1",)), settings=Completion(trigger="manual"))
    by_hand = desk.ask("x = ┃", Trigger.INVOKED)
    await asyncio.sleep(0.1)
    assert await desk.shown("x = ┃") is None
    assert text_of(await by_hand) == "1"


async def test_nothing_is_asked_unasked_inside_of_a_word() -> None:
    """The call supersedes all the same: the older place is gone."""
    desk = Desk(Reply(("1",), first=5.0))
    older = desk.ask("x = ┃", Trigger.INVOKED)
    await asyncio.sleep(0.1)
    assert await desk.shown("x = f┃o") is None
    assert await older == ()
    assert desk.requests == 1


async def test_a_closed_document_is_forgotten() -> None:
    """What ran for it is closed, who waited gets nothing, and its suggestions are gone."""
    desk = Desk(Reply(("1",)), Reply(("2",), first=5.0), Reply(("3",)))
    await desk.shown("x = ┃")
    waiting = desk.ask("y = ┃", Trigger.INVOKED)
    await asyncio.sleep(0.1)
    desk.engine.forget(A)
    desk.engine.forget(B)
    assert await waiting == ()
    assert await desk.shown("x = ┃") == "3"


async def test_closing_the_engine_closes_every_stream() -> None:
    """When ``aclose`` returns, nothing runs."""
    desk = Desk(Reply(("1",), first=5.0, closing=0.5))
    calls = [desk.ask("x = ┃", Trigger.INVOKED, uri) for uri in (A, B)]
    await asyncio.sleep(0.1)
    await desk.engine.aclose()
    assert desk.client.open == 0
    assert await asyncio.gather(*calls) == [(), ()]


async def test_an_offset_outside_is_a_mistake_of_the_caller() -> None:
    """It is said, and not answered."""
    desk = Desk(Reply(("1",)))
    with pytest.raises(ValueError, match="outside"):
        await desk.engine.complete(Snapshot(A, "python", 1, ""), 1, Trigger.INVOKED, desk.settings)


async def test_the_statistics_say_what_happened() -> None:
    """Numbers of requests and suggestions, and how long the model took."""
    desk = Desk(Reply(("a", "b"), first=0.3, between=0.1))
    before = desk.engine.statistics()
    await desk.shown("x = ┃")
    after = desk.engine.statistics()
    assert (before.requests, before.shown, before.first_token_ms, before.total_ms) == (0, 0, None, None)
    assert (before.model, after.model) == (None, "gpt-mini")
    assert (after.requests, after.shown, after.first_token_ms, after.total_ms) == (1, 1, 300.0, 500.0)


async def test_other_lines_than_before_are_asked_for_anew() -> None:
    """``completion.maxLines`` holds from the next key on: what was cut for another length is no answer."""
    desk = Desk(Reply(("\n    a = b\n    return a\n",)), settings=Completion(max_lines=1))
    assert await desk.shown("def f():┃\n") == "\n    a = b"
    assert "Insert the rest of the line." in desk.client.streams[0].request.input[0].text
    desk.settings = Completion(max_lines=2)
    assert await desk.shown("def f():┃\n") == "\n    a = b\n    return a"
    assert ", 2 lines at most." in desk.client.streams[1].request.input[0].text
    assert desk.requests == 2
