"""Explain: a question about the selection or the function around the cursor, which ``codex.ask`` answers."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lsp_codex.actions import blocks, lines
from lsp_codex.actions.action import NOTHING_HERE, Action, Kind, Offer, Question
from lsp_codex.actions.outcome import Answered
from lsp_codex.text import Span

if TYPE_CHECKING:
    from lsp_codex.actions.action import Task
    from lsp_codex.actions.outcome import Nothing, Outcome
    from lsp_codex.actions.place import Place

PROMPT = "Explain what this code does, how it does it, and what one should watch out for. Be brief."
PROBLEM = "Explain what this problem means, why it comes up in this code, and how it is solved: {message}"


def offers(place: Place) -> tuple[Offer, ...]:
    """Wherever there is code, or a problem."""
    if place.findings:
        return (Offer("Codex: Explain this problem", place.findings[:1]),)
    if place.selected:
        return (Offer("Codex: Explain the selection"),)
    block = blocks.near(place)
    if block is not None:
        return (Offer(f"Codex: Explain {block.name}"),)
    return (Offer("Codex: Explain this line"),) if place.line.strip() else ()


def task(place: Place) -> Question | Nothing:
    """The prompt, and what it is about; at an offer the block is only as exact as indentation tells."""
    if place.findings:
        finding = place.findings[0]
        block = blocks.near(type(place)(place.snapshot, finding.span))
        span = block.span if block else lines.whole(place.text, finding.span)
        return Question(PROBLEM.format(message=finding.message.strip()), span)
    if (chosen := place.chosen()) is not None:
        return Question(PROMPT, chosen)
    if (block := blocks.near(place)) is not None:
        return Question(PROMPT, block.span)
    if not place.line.strip():
        return NOTHING_HERE
    return Question(PROMPT, lines.whole(place.text, Span.at(place.selection.start)))


def outcome(_task: Task, said: str) -> Outcome:
    """The answer is read, not applied."""
    return Answered(said, "it was asked to explain")


ACTION = Action("explain", Kind.OTHER, offers, task, outcome)
