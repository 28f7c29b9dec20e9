"""Add types: annotations for parameters, results and whatever needs them, where the language has optional types."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from lsp_codex.actions import blocks, keeping, rewriting
from lsp_codex.actions.action import NOTHING_HERE, Action, Kind, Offer, Task

if TYPE_CHECKING:
    from lsp_codex.actions.outcome import Nothing, Outcome
    from lsp_codex.actions.place import Block, Place

LANGUAGES = ("Python", "TypeScript", "PHP", "JavaScript")
"""Where code may do without types; JavaScript gets them as JSDoc."""


def offers(place: Place) -> tuple[Offer, ...]:
    """Within a function or class that has none yet, as far as its first line shows."""
    block = None if place.selected or place.language.name not in LANGUAGES else blocks.near(place)
    if block is None or (place.is_python and _is_typed(place, block)):
        return ()
    return (Offer(f"Codex: Add types to {block.name}"),)


def task(place: Place) -> Task | Nothing:
    """Work on the function or class."""
    block = blocks.enclosing(place)
    if block is None:
        return NOTHING_HERE
    how = " as JSDoc comments" if place.language.name == "JavaScript" else ""
    wanted = (
        f"Add types to {block.name}{how}: to parameters, results and, where it helps, attributes and variables, as "
        "precise as the code shows and in the style of the document. If they need imports, begin the answer with the "
        "import lines. Change nothing else."
    )
    return Task(place, block.span, wanted, block=block)


def outcome(task: Task, said: str) -> Outcome:
    """The code must be the same but for annotations."""
    return rewriting.rewritten(
        task, said, keeping.all_but_annotations, code_kept=task.place.language.name == "JavaScript"
    )


def _is_typed(place: Place, block: Block) -> bool:
    text = place.text[block.span.start : block.span.end]
    found = re.search(r"\bdef[ \t]+\w+[^\n(]*\((?P<parameters>[^()]*)\)[ \t]*(?P<arrow>->)?", text)
    if found is None or not found["arrow"]:
        return False
    each = [part.strip() for part in found["parameters"].split(",") if part.strip().strip("*/")]
    return all(":" in part or part in {"self", "cls"} for part in each)


ACTION = Action("types", Kind.REWRITE, offers, task, outcome)
