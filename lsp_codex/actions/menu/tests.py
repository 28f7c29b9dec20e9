"""Write tests: a new file where the convention wants it; the edge, which may look at the disk, has found its path."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import quote

from lsp_codex.actions import answer, blocks, lines, python_code, rewriting, scanning
from lsp_codex.actions.action import NOTHING_HERE, Action, Form, Kind, Offer, Task
from lsp_codex.actions.outcome import Answered, NewFile, Nothing
from lsp_codex.text import shown_path

if TYPE_CHECKING:
    from lsp_codex.actions.outcome import Outcome
    from lsp_codex.actions.place import Place

NO_PLACE = Nothing("Nobody knows where tests of this document would go: save it as a file first.")


def offers(place: Place) -> tuple[Offer, ...]:
    """Within a function or class of a file of code."""
    if place.language.prose or not place.language.fences or not place.snapshot.uri.startswith("file:"):
        return ()
    block = blocks.near(place)
    return (Offer(f"Codex: Write tests for {block.name}"),) if block else ()


def task(place: Place) -> Task | Nothing:
    """Work on the function or class; it is read, and nothing in it changes."""
    if place.new_file is None:
        return NO_PLACE
    block = blocks.enclosing(place)
    if block is None:
        return NOTHING_HERE
    wanted = (
        f"Write tests for {block.name}, as the new file {shown_path(quote(place.new_file))}: the usual cases, the "
        "borders and the errors, in the test framework that is usual for the language, with the imports that they "
        f"need. {_how_to_import(place)}Change nothing in the document."
    )
    return Task(place, block.span, wanted, Form.FILE, block)


def outcome(task: Task, said: str) -> Outcome:
    """A new file, if it is sound and speaks of what it tests."""
    place = task.place
    if not answer.clean(said).strip():
        return rewriting.EMPTY
    name = task.block.name if task.block else ""
    why = "the model answered in words"
    for piece in answer.pieces(said, place.language, name):
        if (strange := rewriting.foreign(place, piece)) is not None:
            why = strange
        elif answer.elided(piece.code, ""):
            why = "the answer leaves parts out"
        elif name not in piece.code:
            why = f"it does not test {name}"
        elif place.is_python and not python_code.compiles(piece.code):
            why = "it is not valid Python"
        elif scanning.left_open(piece.code, place.language):
            why = "its brackets do not balance"
        elif place.new_file is not None:
            text = lines.normalised(piece.code).strip("\n") + "\n"
            return NewFile(place.new_file, text.replace("\n", place.newline))
    return Answered(said, why)


def _how_to_import(place: Place) -> str:
    return f"It is imported as {place.import_name}. " if place.import_name else ""


ACTION = Action("tests", Kind.REFACTOR, offers, task, outcome, new_file=True)
