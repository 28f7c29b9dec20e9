"""Simplify: the same behaviour in plainer code, for the selection or the function at the cursor."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lsp_codex.actions import blocks, keeping, rewriting
from lsp_codex.actions.action import NOTHING_HERE, Action, Kind, Offer, Task

if TYPE_CHECKING:
    from lsp_codex.actions.outcome import Nothing, Outcome
    from lsp_codex.actions.place import Place


def offers(place: Place) -> tuple[Offer, ...]:
    """For a selection of code, and within a function or class."""
    if place.language.prose:
        return ()
    if place.selected:
        return (Offer("Codex: Simplify the selection"),)
    block = blocks.near(place)
    return (Offer(f"Codex: Simplify {block.name}"),) if block else ()


def task(place: Place) -> Task | Nothing:
    """Work on the selection, else on the function or class."""
    found = blocks.target(place)
    if found is None:
        return NOTHING_HERE
    span, block = found
    wanted = (
        "Simplify the target: the same behaviour, errors included, in code that is shorter and easier to read. "
        "Keep its names, parameters and comments, as far as they still apply."
    )
    return Task(place, span, wanted, block=block)


def outcome(task: Task, said: str) -> Outcome:
    """Callers must not notice: definitions and parameters stay."""
    return rewriting.rewritten(task, said, keeping.interface)


ACTION = Action("simplify", Kind.REWRITE, offers, task, outcome)
