"""One answer through the real engine, and whether accepting what it offers restores the file."""

from __future__ import annotations

import asyncio
from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from lsp_codex.completion.engine import CompletionEngine, Trigger
from lsp_codex.config import Completion
from lsp_codex.text import Edit, Snapshot
from tests.completion.fakes import FakeClient, Reply
from tests.harness.clock import VirtualLoop

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from tests.eval.damages import Damage
    from tests.eval.places import Cut

PIECE = 12
"""Characters that arrive together: about three tokens."""


@dataclass(slots=True)
class Score:
    """How many were restored of how many, by damage and language; and what the others became."""

    exact: Counter[tuple[str, str]] = field(default_factory=Counter)
    tried: Counter[tuple[str, str]] = field(default_factory=Counter)
    failures: list[tuple[str, Cut, str, str]] = field(default_factory=list)

    def rate(self, damage: str | None = None, language: str | None = None) -> float | None:
        """The share that was restored, between 0 and 1; None where there was nothing to restore."""
        keys = [key for key in self.tried if key[0] == (damage or key[0]) and key[1] == (language or key[1])]
        tried = sum(self.tried[key] for key in keys)
        return sum(self.exact[key] for key in keys) / tried if tried else None


def measure(cuts: Sequence[Cut], damages: Mapping[str, Damage]) -> Score:
    """Every damage at every cut."""
    score = Score()
    with asyncio.Runner(loop_factory=VirtualLoop) as runner:
        for cut in cuts:
            for name, damage in damages.items():
                answer = damage(cut)
                if answer is None or (name != "none" and answer == cut.middle):
                    continue
                key = (name, cut.language)
                score.tried[key] += 1
                shown = runner.run(accepted(cut, answer))
                if shown == cut.before + cut.middle + cut.after:
                    score.exact[key] += 1
                else:
                    score.failures.append((name, cut, answer, shown))
    return score


async def accepted(cut: Cut, answer: str) -> str:
    """The document after the suggestion for ``answer`` was accepted at the place of ``cut``."""
    document = cut.before + cut.after
    pieces = tuple(answer[at : at + PIECE] for at in range(0, len(answer), PIECE))
    engine = CompletionEngine(FakeClient(Reply(pieces, between=0.0)), clock=asyncio.get_running_loop().time)
    snapshot = Snapshot("file:///work/file", cut.language, 1, document)
    suggestions = await engine.complete(snapshot, len(cut.before), Trigger.AUTOMATIC, Completion())
    await engine.aclose()
    return Edit(suggestions[0].replace, suggestions[0].text).apply(document) if suggestions else document
