"""What the engine hands on: the surroundings of a request, and notes of what happened."""

from __future__ import annotations

import asyncio

from lsp_codex.completion.engine import CompletionEngine, Trigger
from lsp_codex.completion.journal import Entry, Received, Remembered, Sent, Unasked
from lsp_codex.completion.surroundings import Surroundings
from lsp_codex.config import Completion
from lsp_codex.text import Snapshot
from tests.completion.fakes import FakeClient, Reply


async def ask(engine: CompletionEngine, text: str, asked: list[str], offset: int | None = None) -> None:
    """Ask at the end of ``text`` by hand; ``asked`` grows with every gathering."""

    def surroundings() -> Surroundings:
        asked.append(text)
        return Surroundings()

    snapshot = Snapshot("file:///a.py", "python", 1, text)
    at = len(text) if offset is None else offset
    await engine.complete(snapshot, at, Trigger.AUTOMATIC, Completion(), surroundings=surroundings)


async def test_surroundings_are_gathered_for_a_request_only() -> None:
    """Not for a superseded call, not for the cache, not inside a word; and each time leaves a note."""
    notes: list[Entry] = []
    asked: list[str] = []
    engine = CompletionEngine(FakeClient(Reply(("123",))), clock=asyncio.get_running_loop().time, note=notes.append)
    first = asyncio.create_task(ask(engine, "x =", asked))
    await asyncio.sleep(0.01)
    await ask(engine, "x = ", asked)
    await first
    await ask(engine, "x = 1", asked)
    await ask(engine, "word", asked, offset=2)
    assert asked == ["x = "]
    assert [type(note) for note in notes] == [Sent, Received, Remembered, Unasked]
    received = notes[1]
    assert isinstance(received, Received)
    assert (received.answer, received.complete) == ("123", True)


async def test_what_became_of_an_answer_is_noted_filter_by_filter() -> None:
    """And whether it was the whole: at the deadline its lines are taken as they are."""
    notes: list[Entry] = []
    client = FakeClient(Reply(("```\nfoo)\n```",)), Reply(("\n    a = b\n    retu", "rn a\n"), between=60.0))
    engine = CompletionEngine(client, clock=asyncio.get_running_loop().time, note=notes.append)
    await ask(engine, "x = ", [])
    await ask(engine, "def f():", [])
    whole, part = (note for note in notes if isinstance(note, Received))
    assert [step.name for step in whole.outcomes[0].steps] == ["fences", "brackets"]
    assert [(each.outcomes[0].text, each.complete) for each in (whole, part)] == [
        ("foo", True),
        ("\n    a = b", False),
    ]
