"""Rewrite as I say: the selection or the function at the cursor, by an instruction that the user is asked for."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lsp_codex.actions import blocks, keeping, lines, rewriting
from lsp_codex.actions.action import NOTHING_HERE, Action, Kind, Offer, Task
from lsp_codex.actions.outcome import Nothing
from lsp_codex.text import Span

if TYPE_CHECKING:
    from lsp_codex.actions.outcome import Outcome
    from lsp_codex.actions.place import Place

NO_INSTRUCTION = Nothing(
    "It must be said what is to be done: run codex.applyAction with an instruction in its argument; the README of "
    "your editor's part shows how to be asked for it."
)


def offers(place: Place) -> tuple[Offer, ...]:
    """Wherever there is text."""
    if place.selected:
        return (Offer("Codex: Rewrite the selection as I say…"),)
    block = blocks.near(place)
    if block is not None:
        return (Offer(f"Codex: Rewrite {block.name} as I say…"),)
    return (Offer("Codex: Rewrite this line as I say…"),) if place.line.strip() else ()


def task(place: Place) -> Task | Nothing:
    """Work on the selection, else on the function or class, else on the line."""
    if not (place.instruction or "").strip():
        return NO_INSTRUCTION
    found = blocks.target(place)
    wanted = "Rewrite the target as the instruction below says."
    if found is not None:
        # What defines a name may be given another one: the user may have said so.
        return Task(place, found[0], wanted)
    if not place.line.strip():
        return NOTHING_HERE
    return Task(place, lines.whole(place.text, Span.at(place.selection.start)), wanted)


def outcome(task: Task, said: str) -> Outcome:
    """Anything that leaves the document sound."""
    return rewriting.rewritten(task, said, keeping.anything)


ACTION = Action("rewrite", Kind.REWRITE, offers, task, outcome, asks=True)
