"""A long session with faults: a person types, the service misbehaves at random, and everything is counted.

``python -m tests.harness.soak 300`` does it for five minutes; ``tests/backend/test_soak.py`` for 1,000 completions.
"""

from __future__ import annotations

import asyncio
import gc
import itertools
import random
import sys
import time
from collections import Counter
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from lsp_codex.sandbox import replies
from lsp_codex.sandbox.codex import SandboxCodex
from lsp_codex.sandbox.loopback import serve
from tests.harness.editor import editing
from tests.harness.wire import RefusedError

if TYPE_CHECKING:
    from collections.abc import Callable

    from lsp_codex.sandbox.replies import Reply
    from tests.harness.editor import FakeEditor

LIMIT = 20.0
"""Seconds after which an answer counts as one that never comes."""

STEP = 61.0
"""Seconds that pass for the server between two completions, so that no pause lasts long."""

DESCRIPTORS = Path("/proc/self/fd")
BODY = 'def add(a, b):\n    """Return the sum of a and b."""\n    ┃\n'
GARBAGE = ("", "data: {\n\n", "\x00" * 5_000, "event: x\n" * 1_000, 'data: {"type": "response.completed"}')
STREAM = {"content-type": "text/event-stream"}


@dataclass(frozen=True, slots=True)
class Report:
    """What happened: completions, answers, and what was held more at the end than after the first hundred."""

    asked: int
    with_text: int
    unanswered: int
    answered_twice: int
    blocks_grown: int
    descriptors_grown: int


class Chaos:
    """Puts the next fault, or none, on the sandbox's script."""

    def __init__(self, seed: int) -> None:
        self.chance = random.Random(seed)  # noqa: S311  (the same faults for the same seed)

    def reply(self) -> Reply | None:
        """One of everything that a service or a network does; None: the sandbox answers by itself."""
        chance = self.chance
        kinds: tuple[Callable[[], Reply | None], ...] = (
            lambda: None,
            lambda: None,
            lambda: replies.text("return a + b"),
            lambda: replies.slow("return a + b", chance.random() * 0.01, chance.random() * 0.005),
            lambda: replies.cut_off("return a + b", chance.randrange(4)),
            lambda: replies.cut_off("return a + b", chance.randrange(4), clean=True),
            lambda: replies.failed(chance.choice(("server_error", "slow_down", "invalid_prompt")), "m", "a"),
            lambda: replies.incomplete("max_output_tokens", "return"),
            lambda: replies.overloaded(chance.choice((429, 500, 502, 503)), chance.choice((None, "0", "1"))),
            lambda: replies.usage_limit(None),
            replies.html_403,
            replies.unauthorised,
            replies.silent,
            lambda: replies.raw(chance.choice((200, 200, 400, 404, 418, 302)), STREAM, chance.choice(GARBAGE)),
            lambda: replies.raw(400, {}, {"detail": "The 'x' model is not supported when using Codex with a"}),
        )
        return chance.choice(kinds)()


async def run(*, count: int | None = None, seconds: float = float("inf"), seed: int = 1) -> Report:
    """``count`` completions, or as many as ``seconds`` allow, over real sockets."""
    codex, chaos = SandboxCodex(), Chaos(seed)
    passed = [0.0]
    started = time.monotonic()
    outcome: Counter[str] = Counter()
    base = (0, 0)
    async with serve(codex) as address:
        environ = {"LSP_CODEX_CHATGPT_BASE_URL": f"{address}/backend-api", "LSP_CODEX_ISSUER": address}
        world = {"transport": None, "environ": environ, "now": lambda: time.time() + passed[0]}
        options = {"completion": {"debounceMs": 0}}
        async with editing(codex, options=options, world=world) as editor:
            for number in range(count) if count is not None else itertools.count():
                if time.monotonic() - started > seconds:
                    break
                if number == 100:
                    base = await _footprint(editor, codex)
                passed[0] += STEP
                await _one(editor, codex, chaos, outcome)
                if number % 50 == 49:
                    _forget(editor, codex, outcome)
            _forget(editor, codex, outcome)
            end = await _footprint(editor, codex)
    return Report(
        outcome["asked"],
        outcome["text"],
        outcome["unanswered"],
        outcome["twice"],
        end[0] - base[0],
        end[1] - base[1],
    )


async def _one(editor: FakeEditor, codex: SandboxCodex, chaos: Chaos, outcome: Counter[str]) -> None:
    """A completion as editors ask for it: alone, or overtaken by the next key, or cancelled."""
    chance = chaos.chance
    editor.close()
    editor.open(BODY.replace("add", f"add{chance.randrange(10_000)}"))
    if (reply := chaos.reply()) is not None:
        codex.script(reply)
    silent = isinstance(reply, replies.Silent)
    asked = [editor.ask(chance.choice((1, 2)))]
    way = "overtaken" if silent else chance.choice(("alone", "alone", "overtaken", "cancelled"))
    await asyncio.sleep(chance.random() * 0.01)
    if way == "overtaken":
        editor.type(chance.choice("rxy("))
        asked.append(editor.ask(2))
        await asyncio.sleep(chance.random() * 0.01)
    if way == "cancelled" or silent:
        for request, _ in asked if silent else asked[-1:]:
            editor.client.cancel(request)
    outcome["asked"] += len(asked)
    for _, answer in asked:
        try:
            with suppress(RefusedError):  # -32800: cancelled
                found: Any = await asyncio.wait_for(answer, LIMIT)
                outcome["text"] += bool(found["items"])
        except TimeoutError:
            outcome["unanswered"] += 1
    codex._script.clear()


def _forget(editor: FakeEditor, codex: SandboxCodex, outcome: Counter[str]) -> None:
    """What the harness itself has piled up; answers are counted before."""
    ids = Counter(answer["id"] for answer in editor.client.answers)
    outcome["twice"] += sum(number > 1 for number in ids.values())
    editor.client.answers.clear()
    editor.client.notifications.clear()
    editor.client.requests.clear()
    codex.requests.clear()
    codex.upgrades.clear()


async def _footprint(editor: FakeEditor, codex: SandboxCodex) -> tuple[int, int]:
    """Blocks of memory that Python holds, and open descriptors."""
    _forget(editor, codex, Counter())
    for _ in range(3):  # a generator that is collected ends in the loop's next turn
        gc.collect()
        await asyncio.sleep(0.05)
    return sys.getallocatedblocks(), _descriptors()


def _descriptors() -> int:
    return sum(1 for _ in DESCRIPTORS.iterdir()) if DESCRIPTORS.exists() else 0


if __name__ == "__main__":
    length = float(sys.argv[1]) if len(sys.argv) > 1 else 300.0
    sys.stdout.write(f"{asyncio.run(run(seconds=length, seed=time.time_ns()))}\n")
