"""Rename for clarity: names that are local to a function say what they hold; what is known outside stays."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lsp_codex.actions import blocks, keeping, rewriting
from lsp_codex.actions.action import Action, Kind, Offer, Task
from lsp_codex.actions.outcome import Nothing
from lsp_codex.actions.place import BlockKind

if TYPE_CHECKING:
    from lsp_codex.actions.outcome import Outcome
    from lsp_codex.actions.place import Place

NOWHERE = Nothing("There is no function here whose names could be made clearer.")


def offers(place: Place) -> tuple[Offer, ...]:
    """Within a function."""
    block = None if place.selected or place.language.prose else blocks.near(place)
    if block is None or block.kind is not BlockKind.FUNCTION:
        return ()
    return (Offer(f"Codex: Clearer names in {block.name}"),)


def task(place: Place) -> Task | Nothing:
    """Work on the function."""
    block = blocks.enclosing(place)
    if block is None or block.kind is not BlockKind.FUNCTION:
        return NOWHERE
    wanted = (
        f"Give the local variables of {block.name} names that say what they hold, where theirs do not. Change each "
        "everywhere in the function. Leave its own name, its parameters, attributes and everything that is defined "
        "elsewhere as they are, and change nothing but names."
    )
    return Task(place, block.span, wanted, block=block)


def outcome(task: Task, said: str) -> Outcome:
    """The code must be the same but for local names."""
    return rewriting.rewritten(task, said, keeping.all_but_local_names)


ACTION = Action("rename", Kind.REWRITE, offers, task, outcome)
