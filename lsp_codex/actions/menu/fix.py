"""Fix a diagnostic: one entry for each that the editor has found at the cursor."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lsp_codex.actions import blocks, keeping, lines, rewriting
from lsp_codex.actions.action import Action, Kind, Offer, Task
from lsp_codex.actions.outcome import Answered, Change, Nothing
from lsp_codex.text import Span

if TYPE_CHECKING:
    from lsp_codex.actions.outcome import Outcome
    from lsp_codex.actions.place import Place

MOST = 3
"""Entries at most: the rest can be had nearer to them."""
AROUND = 6
"""Lines before and after a problem that stands in no function."""


def offers(place: Place) -> tuple[Offer, ...]:
    """One entry for each problem, named by what it says."""
    return tuple(Offer(f"Codex: Fix: {shortened(each.message)}", (each,)) for each in place.findings[:MOST])


def shortened(message: str, most: int = 60) -> str:
    """The first line of ``message``, as a menu can show it."""
    first = " ".join(message.strip().split("\n")[0].split())
    return first if len(first) <= most else f"{first[: most - 1].rstrip()}…"


def task(place: Place) -> Task | Nothing:
    """Work on the function that the problem is in, else on the lines around it."""
    if not place.findings:
        return Nothing("There is no problem here to fix.")
    wanted = (
        "Fix the problem below, and change as little as possible. If that needs an import, begin the answer with the "
        "import line."
    )
    span = place.findings[0].span
    at = type(place)(place.snapshot, span)
    block = blocks.enclosing(at)
    if block is not None:
        return Task(place, block.span, wanted, block=block)
    return Task(place, around(place.text, span), wanted)


def around(text: str, span: Span) -> Span:
    """Whole lines: those of ``span`` and some before and after."""
    rows = lines.starts(text)
    first = sum(start <= span.start for start in rows) - 1
    last = sum(start <= span.end for start in rows) - 1
    low, high = max(0, first - AROUND), min(len(rows) - 1, last + AROUND)
    return Span(rows[low], lines.line_end(text, rows[high]))


def outcome(task: Task, said: str) -> Outcome:
    """Anything that leaves the document sound and says what its functions do."""
    made = rewriting.rewritten(task, said, keeping.bodies)
    if task.block is not None or not isinstance(made, Change):
        return made
    # Lines around a problem: an answer of the right line alone would take the others away.
    text = task.place.text
    wrong = lines.whole(text, task.place.findings[0].span)
    changing = frozenset(row.strip() for row in text[wrong.start : wrong.end].splitlines())
    parts = rewriting.leaves_out(task.region, rewriting.applied(text, made.edits), changing)
    return Answered(said, rewriting.LEAVES_OUT) if parts else made


ACTION = Action("fix", Kind.QUICKFIX, offers, task, outcome, unasked=True)
