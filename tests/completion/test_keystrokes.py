"""Requests per keystroke: typing sessions replayed on the virtual clock; what they cost is printed as a table."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass

import pytest

from lsp_codex.completion.engine import CompletionEngine, Trigger
from lsp_codex.config import Completion
from lsp_codex.text import Snapshot
from tests.completion.fakes import FakeClient, Reply

TEXT = """\
def total(items):
    result = 0
    for item in items:
        result += item.price * item.count
    return result
"""
ANSWER = "compute(first, second)"


@dataclass(frozen=True, slots=True)
class Key:
    """``pause`` seconds after the one before: so many characters left of the cursor go, and ``text`` comes."""

    pause: float
    text: str
    deleted: int = 0


def typing(text: str, pause: float) -> list[Key]:
    """One key for each character."""
    return [Key(pause, character) for character in text]


def bursts() -> list[Key]:
    """Words at 30 keys a second, with a pause to think after each line."""
    keys = []
    for line in TEXT.splitlines(keepends=True):
        keys += [*typing(line, 1 / 30), Key(1.2, "")]
    return keys


def corrections() -> list[Key]:
    """Every tenth key is wrong, seen two keys later, and mended."""
    keys: list[Key] = []
    for number, key in enumerate(typing(TEXT, 0.11)):
        keys.append(key)
        if number % 10 == 9:
            keys += [*typing("xy", 0.11), Key(0.4, "", 1), Key(0.1, "", 1)]
    return keys


def words() -> list[Key]:
    """The suggestion, accepted word by word."""
    return [Key(0.8, word) for word in ("compute", "(", "first", ", ", "second", ")")]


def back_and_forth() -> list[Key]:
    """Typed into the suggestion, deleted, typed again."""
    return [*typing("comp", 0.3), *(Key(0.3, "", 1) for _ in range(4)), *typing("compute(", 0.3)]


@dataclass(frozen=True, slots=True)
class Session:
    """What is typed, how many requests it may cost, and whether a suggestion is on the screen before."""

    name: str
    keys: list[Key]
    most: int
    suggested: bool = False


def sessions() -> list[Session]:
    """Every way to type that this is about."""
    return [
        Session("30 keys in a second", typing("the quick brown fox jumps over", 1 / 30), 1),
        Session("bursts at 30 keys a second", bursts(), len(TEXT.splitlines())),
        Session("a steady 6 keys a second", typing(TEXT, 1 / 6), 1),
        Session("corrections", corrections(), 12),
        Session("typing through a suggestion", typing(ANSWER, 0.3), 0, suggested=True),
        Session("accepting word by word", words(), 0, suggested=True),
        Session("accepting it whole", [Key(0.8, ANSWER), Key(0.8, ""), Key(0.8, "")], 0, suggested=True),
        Session("typing into it and deleting", back_and_forth(), 0, suggested=True),
        Session("undo after accepting", [Key(0.8, ANSWER), Key(0.8, "", len(ANSWER)), *words()], 0, suggested=True),
    ]


@pytest.mark.parametrize("latency", [0.2, 1.5])
@pytest.mark.parametrize("cancels", [True, False], ids=["as VS Code", "as a client that never cancels"])
async def test_requests_per_keystroke(latency: float, cancels: bool) -> None:
    """Never more than one at a time; one at most for 30 keys in a second; none for what is on the screen."""
    rows = []
    for session in sessions():
        client, elapsed = await replay(session, latency, cancels=cancels)
        requests = len(client.streams) - session.suggested
        row = f"{session.name:28} {len(session.keys):4} keys {elapsed:5.1f} s {requests:3} requests"
        rows.append(f"{row}, at once {client.most_open}")
        assert client.most_open <= 1, row
        assert requests <= session.most, row
    print("\n" + "\n".join(rows))  # noqa: T201 — a measurement's way to tell


async def replay(session: Session, latency: float, *, cancels: bool) -> tuple[FakeClient, float]:
    """Type as an editor does; the client with its streams, and how long it took."""
    suggested, linger = session.suggested, 0.05 if cancels else 0.0
    loop = asyncio.get_running_loop()
    client = FakeClient(Reply((ANSWER,), first=latency) if suggested else Reply(("# ", "guess"), first=latency))
    engine = CompletionEngine(client, clock=loop.time)
    document = "x = " if suggested else ""
    asked: list[asyncio.Task[object]] = []

    def ask() -> None:
        snapshot = Snapshot("file:///a.py", "python", len(asked), f"{document}\n")
        call = engine.complete(snapshot, len(document), Trigger.AUTOMATIC, Completion(), linger=linger)
        asked.append(asyncio.create_task(call))

    began = loop.time()
    if suggested:
        ask()
        await asyncio.wait(asked)
    for key in session.keys:
        await asyncio.sleep(key.pause)
        if cancels and asked and not asked[-1].done():
            asked[-1].cancel()
        document = document[: len(document) - key.deleted] + key.text
        ask()
    elapsed = loop.time() - began
    await asyncio.sleep(5.0)
    await engine.aclose()
    assert all(task.done() for task in asked)
    return client, elapsed
