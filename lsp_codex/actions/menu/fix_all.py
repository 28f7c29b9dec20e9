"""Fix all problems of the same kind in the file: the editor has shown one of them, the model finds the others."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lsp_codex.actions import keeping, rewriting
from lsp_codex.actions.action import Action, Kind, Offer, Task
from lsp_codex.actions.outcome import Answered, Change, Nothing
from lsp_codex.text import Span

if TYPE_CHECKING:
    from lsp_codex.actions.outcome import Outcome
    from lsp_codex.actions.place import Place

LONGEST = 60_000
"""Characters of a document that a model is asked to write out as a whole: about 15,000 tokens."""


def offers(place: Place) -> tuple[Offer, ...]:
    """One entry, for the first problem whose tool names its kind."""
    kind = next((each for each in place.findings if each.code), None)
    if kind is None:
        return ()
    long = "The file is too long to be written out as a whole." if len(place.text) > LONGEST else None
    return (Offer(f"Codex: Fix all “{kind.code}” in this file", (kind,), long),)


def task(place: Place) -> Task | Nothing:
    """Work on the whole document."""
    if not place.findings:
        return Nothing("There is no problem here to fix.")
    if len(place.text) > LONGEST:
        return Nothing("The file is too long to be written out as a whole: fix its problems one by one.")
    wanted = (
        "Fix the problem below and every other of the same kind in the document, and change as little as possible."
    )
    return Task(place, Span(0, len(place.text)), wanted)


def outcome(task: Task, said: str) -> Outcome:
    """Every definition must still be there, and every other name."""
    made = rewriting.rewritten(task, said, keeping.program)
    if isinstance(made, Change) and 2 * _rows(rewriting.applied(task.place.text, made.edits)) < _rows(
        task.place.text
    ):
        return Answered(said, rewriting.LEAVES_OUT)
    return made


def _rows(text: str) -> int:
    return sum(bool(row.strip()) for row in text.splitlines())


ACTION = Action("fixAll", Kind.QUICKFIX, offers, task, outcome)
