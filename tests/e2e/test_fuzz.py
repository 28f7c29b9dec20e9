"""Fuzzing: whatever a client sends, every request is answered, nothing hangs, nothing leaks.

Here with fixed seeds and a fixed number of cases; by hand for as long as you like against a process:
``LSP_CODEX_FUZZ=600 .venv/bin/pytest tests/e2e/test_fuzz.py -s -k by_hand``.
"""

from __future__ import annotations

import asyncio
import os
import sys
import time
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from random import Random
from typing import TYPE_CHECKING

import pytest

from lsp_codex.auth.store import MemoryStore
from lsp_codex.sandbox.codex import SandboxCodex
from lsp_codex.sandbox.transport import SandboxTransport
from lsp_codex.server.app import build
from lsp_codex.server.serve import serve
from lsp_codex.server.world import World
from tests.harness.editor import demo_login
from tests.harness.fuzz import INITIALIZE, Fuzz, Judge
from tests.harness.raw_client import EXIT, INITIALIZED, SHUTDOWN, RawClient
from tests.harness.wire import MemoryTransport, pair

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator

ROOT = Path(__file__).parent.parent.parent
SECONDS = float(os.environ.get("LSP_CODEX_FUZZ", "0"))
PIECES = (1, 7, 100, 100_000)


class Session:
    """A server with everything of ours, in memory, on the virtual clock; ``send`` cuts into pieces."""

    def __init__(self, random: Random, end: MemoryTransport, running: asyncio.Task[int]) -> None:
        self.fuzz, self.judge, self.running = Fuzz(random), Judge(), running
        self._end = end
        end.start(self.judge.feed, lambda _: None)

    def send(self, data: bytes) -> None:
        """Send in pieces of one size."""
        size = self.fuzz.random.choice(PIECES)
        for start in range(0, len(data), size):
            self._end.write(data[start : start + size])

    async def settled(self) -> None:
        """Everything that was asked is answered, within a virtual minute."""
        for _ in range(600):
            if not self.judge.missing(self.fuzz):
                return
            await asyncio.sleep(0.1)
        raise AssertionError(f"never answered: {self.judge.missing(self.fuzz)}")


@asynccontextmanager
async def session(seed: object) -> AsyncIterator[Session]:
    """It is not initialised yet."""
    codex = SandboxCodex()
    world = World(transport=SandboxTransport(codex), store=MemoryStore(demo_login(codex)), ports=())
    async with build(world) as server:
        ours, theirs = pair()
        running = asyncio.create_task(serve(server, ours), name="session")
        yield Session(
            Random(str(seed)),  # noqa: S311 — nothing secret
            theirs,
            running,
        )
        await theirs.aclose()
        await asyncio.wait_for(running, 60)


@pytest.mark.timeout(120)
@pytest.mark.parametrize("seed", range(8))
async def test_structured_messages(seed: int) -> None:
    """Mutated params of every method, cancels, batches, odd responses: one answer each, none an internal error."""
    async with session(seed) as one:
        one.send(one.fuzz.request("initialize", INITIALIZE))
        for _ in range(50):
            one.send(one.fuzz.bodies(20))
            one.send(one.fuzz.ping())
            await one.settled()
        assert [one.fuzz.asked[number] for number in one.judge.internal] == []


@pytest.mark.timeout(120)
@pytest.mark.parametrize("seed", range(4))
async def test_framing(seed: int) -> None:
    """After any noise a request is answered, as soon as the bytes that the noise announced have come."""
    async with session(f"framing {seed}") as one:
        one.send(one.fuzz.request("initialize", INITIALIZE))
        await one.settled()
        for _ in range(150):
            noise = one.fuzz.noise()
            one.send(noise)
            before = one.judge.answers.total()
            for _ in range(60):
                one.send(one.fuzz.ping())
            await asyncio.sleep(0.1)
            number = next(reversed(one.fuzz.wanted))
            assert one.judge.answers[number] == 1, f"{noise!r} deafens; {one.judge.answers.total() - before} answers"


@pytest.mark.timeout(120)
@pytest.mark.parametrize("seed", range(40))
async def test_the_life_of_a_session_in_any_order(seed: int) -> None:
    """initialize, initialized, shutdown and everything else in any order: answered until exit, which ends it."""
    async with session(f"life {seed}") as one:
        random = one.fuzz.random
        for _ in range(random.randrange(1, 12)):
            match random.randrange(7):
                case 0 | 1:
                    one.send(one.fuzz.request("initialize", INITIALIZE))
                case 2:
                    one.send(INITIALIZED)
                case 3:
                    one.send(one.fuzz.request("shutdown", None))
                case _:
                    one.send(one.fuzz.bodies(random.randrange(5)))
            if random.randrange(2):
                await asyncio.sleep(random.choice((0, 0.001, 5)))
        await one.settled()
        one.send(EXIT)
        assert await asyncio.wait_for(one.running, 10) in {0, 1}


def memory_of(client: RawClient) -> float:
    """Resident megabytes."""
    status = Path(f"/proc/{client.process.pid}/status").read_text()
    return int(status.partition("VmRSS:")[2].split()[0]) / 1024


class Process:
    """``lsp-codex serve --sandbox`` under fuzz; signing in for real needs ports and a browser, so it is left out."""

    def __init__(self, client: RawClient, seed: object) -> None:
        self.client, self.fuzz, self.judge = client, Fuzz(Random(str(seed))), Judge()  # noqa: S311 — nothing secret
        self.client.send(self.fuzz.request("initialize", INITIALIZE))

    def round(self, count: int) -> None:
        """Some messages, and every answer."""
        self.client.send(self.fuzz.bodies(count).replace(b"codex.signIn", b"codex.status") + self.fuzz.ping())
        while self.judge.missing(self.fuzz):
            self.judge.message(self.client.receive())
        self.judge.forget(self.fuzz)
        self.client.seen.clear()

    def noise(self) -> None:
        """Broken framing, and then an answer."""
        self.client.send(self.fuzz.noise() + b"".join(self.fuzz.ping() for _ in range(60)))
        last = next(reversed(self.fuzz.wanted))
        while not self.judge.answers[last]:
            self.judge.message(self.client.receive())
        self.judge.forget(self.fuzz)


# Else glibc keeps what large messages took: 40 MB that malloc_trim gives back, with the same number of live blocks.
GIVES_BACK = {"MALLOC_ARENA_MAX": "1", "MALLOC_MMAP_THRESHOLD_": "131072", "MALLOC_TRIM_THRESHOLD_": "131072"}


@contextmanager
def process(log: Path, seed: object) -> Iterator[Process]:
    """A process whose log goes to a file; it ends as it should."""
    with log.open("wb") as errors:
        command = (sys.executable, "-m", "lsp_codex", "serve", "--sandbox")
        with RawClient(
            command, env={**os.environ, **GIVES_BACK, "PYTHONPATH": str(ROOT)}, errors=errors.fileno()
        ) as client:
            yield Process(client, seed)
            client.send(SHUTDOWN + EXIT)
            assert client.wait()[0] == 0


@pytest.mark.real_time
@pytest.mark.timeout(120)
def test_a_process_under_fuzz_neither_hangs_nor_grows(tmp_path: Path) -> None:
    """One process, thousands of messages: all answered, and its memory stays where it was after the first ones."""
    with process(tmp_path / "log", "process") as one:
        for _ in range(10):
            one.round(200)
            one.noise()
        before = memory_of(one.client)
        for _ in range(20):
            one.round(200)
            one.noise()
        assert memory_of(one.client) - before < 8


@pytest.mark.skipif(not SECONDS, reason="by hand: LSP_CODEX_FUZZ is the number of seconds")
@pytest.mark.real_time
@pytest.mark.timeout(SECONDS + 120)
def test_by_hand(tmp_path: Path) -> None:
    """As long as you like, with seeds of the moment; every tenth of the time it tells how far it is."""
    seed = int(time.time())
    end = time.monotonic() + SECONDS
    rounds, told, memory = 0, 0.0, [0.0]
    with process(tmp_path / "log", seed) as one:
        while (now := time.monotonic()) < end:
            one.round(200)
            one.noise()
            rounds += 1
            if now - told > SECONDS / 10:
                told, memory = now, [*memory, memory_of(one.client)]
                log = (tmp_path / "log").stat().st_size
                print(f"seed {seed}: {rounds * 260:8} messages, {memory[-1]:.1f} MB, log {log} bytes")  # noqa: T201
    assert memory[-1] - memory[2] < 16, memory
