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
    assert received.answer == "123"
