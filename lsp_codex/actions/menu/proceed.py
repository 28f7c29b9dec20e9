"""Continue here: what comes next at the cursor, as much as belongs together."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lsp_codex.actions import answer, echoes, lines, rewriting, scanning
from lsp_codex.actions.action import Action, Form, Kind, Offer, Task
from lsp_codex.actions.outcome import Answered, Change, Nothing
from lsp_codex.text import Edit, Span

if TYPE_CHECKING:
    from lsp_codex.actions.outcome import Outcome
    from lsp_codex.actions.place import Place

EMPTY_DOCUMENT = Nothing("The document is empty: there is nothing to continue from.")


def offers(place: Place) -> tuple[Offer, ...]:
    """At the end of a line, with text before it."""
    rest = place.text[place.selection.start : lines.line_end(place.text, place.selection.start)]
    if (
        place.selected
        or rest.strip()
        or not place.text[max(0, place.selection.start - 4_000) : place.selection.start].strip()
    ):
        return ()
    return (Offer("Codex: Continue here"),)


def task(place: Place) -> Task | Nothing:
    """Work on the cursor alone."""
    if not place.text[: place.selection.start].strip():
        return EMPTY_DOCUMENT
    wanted = (
        "Continue the document between the marks: the rest of the statement, function or paragraph that is begun, "
        "else the one that comes next. Begin with a line break where one belongs there."
    )
    return Task(place, Span.at(place.selection.start), wanted, Form.INSERTION)


def outcome(task: Task, said: str) -> Outcome:
    """Text at the cursor, without what stands there already."""
    place, at = task.place, task.target.start
    if not answer.clean(said).strip():
        return rewriting.EMPTY
    start = lines.line_start(place.text, at)
    line = place.text[start:at]
    begun = Span(start if line.strip() else at, at)
    why = "the model answered in words"
    for piece in answer.pieces(said, place.language):
        if (strange := rewriting.foreign(place, piece)) is not None:
            why = strange
            continue
        for code in echoes.without_neighbours(piece.code, place, begun):
            new = _begun(_without_repeated(code, line), said, line)
            text = lines.normalised(new).rstrip().replace("\n", place.newline)
            edits = (Edit(Span.at(at), text),)
            if not text.strip():
                return rewriting.UNCHANGED
            found = _fault(place, edits, text)
            if found is None:
                return Change(edits)
            why = found
    return Answered(said, why)


def _without_repeated(code: str, line: str) -> str:
    """``code`` without the beginning of the line that it repeats, or its indentation where that is there already."""
    if line.strip() and code.startswith(line):
        return code[len(line) :]
    if line.strip() and code.lstrip().startswith(line.strip()):
        return code.lstrip()[len(line.strip()) :]
    if line and not line.strip():
        return code.removeprefix(line)
    return code


def _begun(code: str, said: str, line: str) -> str:
    """``code`` on a line of its own, if the answer began with a line break or ``line`` opens a block."""
    broken = lines.normalised(said).startswith("\n") and "```" not in said
    opens = line.rstrip().endswith((":", "{")) and code[:1] in {" ", "\t"}
    return f"\n{code}" if line.strip() and (broken or opens) else code


def _fault(place: Place, edits: tuple[Edit, ...], text: str) -> str | None:
    """A continuation may close what is open before it, and may not open what it does not close."""
    sound = rewriting.fault(place, edits, "", text)
    if sound is None:
        return None
    before = place.text[: edits[0].span.start]
    opened = scanning.left_open(before, place.language)
    left = scanning.left_open(before + text, place.language)
    return None if len(left) < len(opened) or (left == opened and not place.is_python) else sound


ACTION = Action("continue", Kind.REFACTOR, offers, task, outcome)
