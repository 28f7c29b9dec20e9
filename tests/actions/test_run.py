"""One run: what is asked, what is told, how it ends."""

from __future__ import annotations

import asyncio

import pytest

from lsp_codex.actions import run as runner
from lsp_codex.actions.action import Question
from lsp_codex.actions.outcome import Change, Nothing
from lsp_codex.actions.run import Wish, run
from lsp_codex.backend.request import Purpose
from lsp_codex.errors import Unanswered
from tests.actions.scripted import ScriptedClient, action, place

AREA = place("def area(w, h):\n    return┃ w * h\n")


class Heard:
    """A listener that remembers."""

    def __init__(self) -> None:
        self.told: list[str] = []
        self.counted: list[str] = []

    def tell(self, message: str) -> None:
        self.told.append(message)

    def count(self, message: str) -> None:
        self.counted.append(message)


async def test_a_run_asks_once_and_closes() -> None:
    """The user's model, a question's purpose; the tokens are counted while they come."""
    client, heard = ScriptedClient('"""The ', 'area."""'), Heard()
    made = await run(action("document"), AREA, client, Wish("gpt-6-luna", "high", "fast"), heard)
    assert isinstance(made, Change)
    (request,) = client.asked
    assert (request.model, request.effort, request.service_tier) == ("gpt-6-luna", "high", "priority")
    assert request.purpose is Purpose.QUESTION
    assert client.closed == 1
    assert heard.told == ["Choosing a model", "Waiting for gpt-6-luna", "Checking the answer"]
    assert heard.counted == ["gpt-6-luna: about 2 tokens", "gpt-6-luna: about 4 tokens"]


async def test_what_cannot_be_done_asks_nobody() -> None:
    """No function, no instruction, a question: the model hears nothing."""
    client = ScriptedClient()
    assert isinstance(await run(action("document"), place("x┃ = 1\n"), client, Wish(), Heard()), Nothing)
    assert isinstance(await run(action("rewrite"), AREA, client, Wish(), Heard()), Nothing)
    assert isinstance(await run(action("explain"), AREA, client, Wish(), Heard()), Question)
    assert client.asked == []


async def test_what_is_too_long_asks_nobody() -> None:
    """A target that does not fit into the window twice is refused with what to do."""
    client = ScriptedClient()
    long = place("├" + "x = 'a long line of code that goes on for a while'\n" * 40_000 + "┤")
    made = await run(action("simplify"), long, client, Wish(), Heard())
    assert isinstance(made, Nothing)
    assert "select less" in made.why
    assert client.asked == []


async def test_a_model_that_does_not_stop_is_stopped() -> None:
    """Far beyond what an answer can be, the stream is closed and nothing changes."""
    client = ScriptedClient(*["x" * 10_000] * 100)
    assert await run(action("document"), AREA, client, Wish(), Heard()) == runner.ENDLESS
    assert client.closed == 1


async def test_a_long_document_is_the_same() -> None:
    """It is worked on in a thread, so that the server answers others meanwhile."""
    long = place("x = 1\n" * runner.LARGE + "def area(w, h):\n    return┃ w * h\n")
    made = await run(action("document"), long, ScriptedClient('"""The area."""'), Wish(), Heard())
    assert isinstance(made, Change)
    assert made.edits[0].text == '    """The area."""\n'


async def test_nobody_gets_the_answer_of_another() -> None:
    """Signed out, or in as somebody else, while the answer comes: the stream is closed, and nothing comes of it."""
    client = ScriptedClient('"""The ', 'area."""')

    class Leaving(Heard):
        def count(self, message: str) -> None:
            client.account = None

    with pytest.raises(Unanswered, match="signed out"):
        await run(action("document"), AREA, client, Wish(), Leaving())
    assert client.asked[0].account == "somebody"
    assert client.closed == 1


async def test_cancel_closes_the_stream() -> None:
    """Wherever the run waits for the model."""
    client = ScriptedClient(None)
    task = asyncio.create_task(run(action("document"), AREA, client, Wish(), Heard()))
    await asyncio.sleep(1)
    assert (len(client.asked), client.closed) == (1, 0)
    task.cancel()
    await asyncio.wait({task})
    assert task.cancelled()
    assert client.closed == 1
