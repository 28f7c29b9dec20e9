"""Translate a comment or a docstring: into English, or into the language that the user names."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lsp_codex.actions import answer, comments, keeping, lines, rewriting
from lsp_codex.actions.action import Action, Kind, Offer, Task
from lsp_codex.actions.outcome import Answered, Nothing

if TYPE_CHECKING:
    from lsp_codex.actions.outcome import Outcome
    from lsp_codex.actions.place import Place

NO_COMMENT = Nothing("There is no comment here to translate.")


def offers(place: Place) -> tuple[Offer, ...]:
    """On a comment, or in a docstring."""
    comment = None if place.selected else comments.at(place)
    return (Offer("Codex: Translate this comment into English"),) if comment else ()


def task(place: Place) -> Task | Nothing:
    """Work on the comment alone."""
    comment = comments.at(place)
    if comment is None:
        return NO_COMMENT
    into = place.instruction or "English"
    wanted = (
        f"Translate the comment into {into}. Keep its marks, its line breaks as far as the sentences allow, names, "
        f"code and addresses. If it already is in {into}, answer with it as it is."
    )
    return Task(place, comment.span, wanted)


def outcome(task: Task, said: str) -> Outcome:
    """A comment again, and nothing but a comment."""
    place, region = task.place, lines.normalised(task.region)
    if not answer.clean(said).strip():
        return rewriting.EMPTY
    if answer.is_refusal(said):
        return Answered(said, "the model answered in words")
    why = "the model answered with something else than a comment"
    for piece in answer.pieces(said, place.language) or (answer.Piece(answer.clean(said)),):
        if (strange := rewriting.foreign(place, piece)) is not None:
            why = strange
            continue
        comment = comments.marked(piece.code, region, place.language)
        if comment is None:
            continue
        outcome = rewriting.rewritten(task, comment, keeping.all_but_docs, code_kept=True)
        if not isinstance(outcome, Answered):
            return outcome
        why = outcome.why
    return Answered(said, why)


ACTION = Action("translate", Kind.REWRITE, offers, task, outcome)
