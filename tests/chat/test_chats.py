"""Questions in threads: streamed, remembered, cancelled, refused; with a scripted client on the virtual clock."""

from __future__ import annotations

import asyncio
import hashlib
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from lsp_codex.backend.tokens import Vocabulary
from lsp_codex.chat import chats as module
from lsp_codex.chat.chats import Chats
from lsp_codex.chat.events import Begun, Text
from lsp_codex.chat.question import Question
from lsp_codex.config import Config
from lsp_codex.errors import CutOff, LspCodexError, RequestRefused, SignInRequired, Unanswered, UsageLimitReached
from tests.chat.fakes import THOUGHT, FakeClient, Reply

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from lsp_codex.chat.events import Answer

CONFIG = Config()


@asynccontextmanager
async def chatting(*replies: Reply) -> AsyncIterator[tuple[Chats, FakeClient]]:
    """Chats whose model answers with ``replies``."""
    client = FakeClient(list(replies))
    chats = Chats(client, {"TIKTOKEN_CACHE_DIR": "/nowhere"})
    try:
        yield chats, client
    finally:
        await chats.aclose()


async def ask(chats: Chats, prompt: str, thread_id: str | None = None, config: Config = CONFIG) -> Answer:
    """The answer, nobody listening."""
    return await chats.ask(Question(prompt), config, lambda _: None, thread_id)


async def test_pieces_are_told_as_they_come_and_the_answer_is_all_of_them() -> None:
    """First the thread, then each piece in its time."""
    async with chatting(Reply(("It ", "is ", "so."))) as (chats, client):
        clock, heard = asyncio.get_running_loop().time, list[tuple[float, object]]()
        start = clock()
        answer = await chats.ask(Question("Why?"), CONFIG, lambda event: heard.append((clock() - start, event)))
        assert (answer.text, answer.model) == ("It is so.", "gpt-big")
        assert [event for _, event in heard] == [
            Begun(answer.thread_id), *(Text(answer.thread_id, piece) for piece in ("It ", "is ", "so.")),
        ]  # fmt: skip
        assert [round(at, 1) for at, _ in heard] == [0.0, 0.1, 0.2, 0.3]
        assert chats.markdown(answer.thread_id) == "> Why?\n\nIt is so.\n"
        assert client.closed == 1


async def test_a_thread_remembers_its_turns_and_its_reasoning() -> None:
    """Both go back unchanged, under the same cache key and for the same account."""
    async with chatting(Reply(("One.",), thoughts=(THOUGHT,)), Reply(("Two.",))) as (chats, client):
        first = await ask(chats, "1?")
        second = await ask(chats, "2?", first.thread_id)
        assert second.thread_id == first.thread_id
        one, two = client.asked
        assert [(each.role, each.text, each.reasoning) for each in two.input] == [
            ("user", "1?", ()), ("assistant", "One.", (THOUGHT,)), ("user", "2?", ()),
        ]  # fmt: skip
        assert (two.cache_key, two.account) == (one.cache_key, "anna")
        other = await _begin(chats, client)
        assert client.asked[-1].cache_key != one.cache_key
        assert other != first.thread_id


async def _begin(chats: Chats, client: FakeClient) -> str:
    client.replies.append(Reply(("x",)))
    return (await ask(chats, "new?")).thread_id


@pytest.mark.parametrize("seconds", [0.0, 0.05, 0.15, 0.25])
async def test_cancel_at_every_stage_closes_the_stream_and_leaves_the_thread_as_it_was(seconds: float) -> None:
    """Before the request, before the first word, between words; then the thread can be asked again."""
    async with chatting(Reply(("Before.",)), Reply(("a", "b", "c")), Reply(("After.",))) as (chats, client):
        thread_id = (await ask(chats, "before?")).thread_id
        task = asyncio.create_task(ask(chats, "cancelled?", thread_id))
        await asyncio.sleep(seconds)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        assert client.closed == len(client.asked)
        assert chats.markdown(thread_id) == "> before?\n\nBefore.\n"
        client.replies = [Reply(("After.",))]
        await ask(chats, "after?", thread_id)
        assert [each.text for each in client.asked[-1].input] == ["before?", "Before.", "after?"]


@pytest.mark.parametrize(
    ("reply", "error"),
    [
        (Reply(error=UsageLimitReached("plus")), UsageLimitReached),
        (Reply(("half ",), error=CutOff()), CutOff),
        (Reply(), Unanswered),
        (Reply((" \n",)), Unanswered),
    ],
)
async def test_a_question_that_fails_is_not_remembered(reply: Reply, error: type[LspCodexError]) -> None:
    """Whether before the first word or after it; an answer without a word is none. Its thread can be asked in."""
    async with chatting(reply, Reply(("So.",))) as (chats, client):
        told: list[str] = []
        with pytest.raises(error):
            await chats.ask(Question("Why?"), CONFIG, lambda event: told.append(event.thread_id))
        assert client.closed == 1
        await ask(chats, "Again?", told[0])
        assert [each.text for each in client.asked[-1].input] == ["Again?"]


async def test_a_second_question_at_once_is_refused() -> None:
    """In the same thread; another thread does not wait. The first goes on."""
    async with chatting(Reply(("a", "b")), Reply(("c", "d")), Reply(("e",))) as (chats, _client):
        thread_id = (await ask(chats, "1?")).thread_id
        first = asyncio.create_task(ask(chats, "2?", thread_id))
        await asyncio.sleep(0.05)
        with pytest.raises(Unanswered, match="still waits for an answer") as caught:
            await ask(chats, "3?", thread_id)
        assert "cancel it" in caught.value.for_person()
        assert (await ask(chats, "4?")).text == "e"
        assert (await first).text == "cd"


async def test_an_unknown_thread_and_one_of_another_account_are_refused() -> None:
    """Before anything is sent: the words of one account are none of another's business."""
    async with chatting(Reply(("a",))) as (chats, client):
        thread_id = (await ask(chats, "1?")).thread_id
        client.account = "bob"
        for unknown in (thread_id, "nobody's"):
            with pytest.raises(Unanswered, match="not known any more"):
                await ask(chats, "2?", unknown)
        assert len(client.asked) == 1


async def test_signed_out_nothing_is_begun() -> None:
    """The error of the models is the error of the question."""
    async with chatting() as (chats, client):
        client.models_error = SignInRequired()
        heard: list[object] = []
        with pytest.raises(SignInRequired):
            await chats.ask(Question("Why?"), CONFIG, heard.append)
        assert (heard, client.asked) == ([], [])


async def test_reasoning_that_is_not_accepted_is_left_out() -> None:
    """Once; any other refusal is the user's to know."""
    refused = RequestRefused(400, "The encrypted content could not be verified.", "invalid_encrypted_content")
    replies = (Reply(("1.",), thoughts=(THOUGHT,)), Reply(error=refused), Reply(("2.",)), Reply(("3.",)))
    async with chatting(*replies, Reply(error=refused)) as (chats, client):
        thread_id = (await ask(chats, "1?")).thread_id
        assert (await ask(chats, "2?", thread_id)).text == "2."
        assert [any(each.reasoning for each in request.input) for request in client.asked] == [False, True, False]
        await ask(chats, "3?", thread_id)
        with pytest.raises(RequestRefused):
            await ask(chats, "4?", thread_id)
        assert len(client.asked) == 5


@pytest.mark.parametrize(
    ("settings", "expected"),
    [
        ({}, ("gpt-big", "low", None, False)),
        ({"reasoning_effort": "high", "service_tier": "fast"}, ("gpt-big", "high", None, False)),
        ({"model": "gpt-mini", "service_tier": "fast"}, ("gpt-mini", "low", "priority", True)),
    ],
)
async def test_model_effort_and_tier_are_the_settings(
    settings: dict[str, str], expected: tuple[str, str, str | None, bool]
) -> None:
    """As far as the catalogue lists them (spec/backend.md 1.7)."""
    async with chatting(Reply(("x",))) as (chats, client):
        await ask(chats, "Why?", config=replace(CONFIG, **settings))  # type: ignore[arg-type]  # names of strings
        asked = client.asked[0]
        assert (asked.model, asked.effort, asked.service_tier, asked.lite) == expected


async def test_an_answer_without_an_end_has_one() -> None:
    """It is far longer than any window."""
    piece = "x" * (module.LONGEST // 4)
    async with chatting(Reply((piece,) * 6)) as (chats, client):
        with pytest.raises(Unanswered, match="did not come to an end"):
            await ask(chats, "Why?")
        assert client.closed == 1


async def test_tokens_are_counted_exactly_once_the_vocabulary_is_there(tmp_path: Path) -> None:
    """In a thread, from the second question on: what an estimate refuses may fit after all."""
    (tmp_path / "tiny").write_bytes(b"x")

    class Frugal:
        """Every ten characters are a token."""

        def encode_ordinary(self, text: str) -> list[int]:
            return [0] * (len(text) // 10)

    vocabulary = Vocabulary("tiny", hashlib.sha256(b"x").hexdigest(), Frugal)
    client = FakeClient([Reply(("a",)), Reply(("b",))])
    chats = Chats(client, {"TIKTOKEN_CACHE_DIR": str(tmp_path)}, vocabulary)
    long = "word " * 60_000  # 111,000 tokens by the estimate, 30,000 by this vocabulary; the window has 100,000
    try:
        with pytest.raises(Unanswered, match="longer than"):
            await ask(chats, long)
        await asyncio.sleep(1)
        assert (await ask(chats, long)).text == "a"
    finally:
        await chats.aclose()
