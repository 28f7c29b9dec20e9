"""From an answer to edits of a target: find the code in it, fit it in, check what must not break, take the least."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from lsp_codex.actions import answer, echoes, imports, indentation, keeping, lines, python_code, scanning, smallest
from lsp_codex.actions.outcome import Answered, Change, Nothing
from lsp_codex.actions.place import BlockKind
from lsp_codex.text import Span

if TYPE_CHECKING:
    from lsp_codex.actions.action import Task
    from lsp_codex.actions.answer import Piece
    from lsp_codex.actions.keeping import Check
    from lsp_codex.actions.outcome import Outcome
    from lsp_codex.actions.place import Place
    from lsp_codex.text import Edit

EMPTY = Nothing("The model answered with nothing; nothing was changed. Try again.")
LEAVES_OUT = "the answer leaves parts out"
UNCHANGED = Nothing("The model found nothing to change here.")


@dataclass(frozen=True, slots=True)
class Rejected:
    """Why a piece of an answer cannot be used, as part of a sentence."""

    why: str


def rewritten(task: Task, said: str, keeps: Check = keeping.anything, *, code_kept: bool = False) -> Outcome:
    """The outcome of an answer that is the new text of the target.

    ``keeps`` is asked of Python; ``code_kept`` is the same question to other languages: only comments may differ.
    """
    if not answer.clean(said).strip():
        return EMPTY
    task = replace(task, target=_core(task.region, task.target))
    found = answer.pieces(said, task.place.language, task.block.name if task.block else None)
    if not found:
        return Answered(said, "the model answered in words")
    first: Rejected | None = None
    for piece in found:
        match _tried(task, piece, keeps, code_kept=code_kept):
            case Rejected() as rejected:
                first = first or rejected
            case outcome:
                return outcome
    return Answered(said, first.why if first else "the model answered in words")


def leaves_out(old: str, new: str, changing: frozenset[str] = frozenset()) -> bool:
    """Whether more than half of the lines of ``old`` are gone that are not among ``changing``, where few should."""
    rows = [row for row in map(str.strip, old.splitlines()) if row and row not in changing]
    kept = {row.strip() for row in new.splitlines()}
    gone = sum(row not in kept for row in rows)
    return gone > 1 and 2 * gone > len(rows)


def fault(place: Place, edits: tuple[Edit, ...], old: str, new: str) -> str | None:
    """Why the document would be broken after ``edits``, which make ``new`` of ``old``; None if it is sound.

    A document of Python that compiles, or at least parses, must do so afterwards; of any other the brackets must
    stay as balanced as they are. What was broken before is measured by the part that changes.
    """
    if place.language.prose:
        return None
    if place.is_python:
        result = applied(place.text, edits)
        for is_sound in (python_code.compiles, python_code.parse) if len(result) <= python_code.PARSED else ():
            if is_sound(result):
                return None
            if is_sound(place.text):
                return "the result would not be valid Python"
        if python_code.parse_piece(new) is not None:
            return None
    before, after = scanning.left_open(old, place.language), scanning.left_open(new, place.language)
    return None if before == after else "its brackets do not balance"


def foreign(place: Place, piece: Piece) -> str | None:
    """Why ``piece`` is not in the document's language, if the answer says so; a language unknown to us may be any."""
    said, ours = piece.language, place.language
    if said is None or not ours.fences or set(said.fences) & set(ours.fences):
        return None
    return f"the answer is {said.name}, not {ours.name}"


def applied(text: str, edits: tuple[Edit, ...]) -> str:
    """``text`` after ``edits``, which are in order."""
    for edit in reversed(edits):
        text = edit.apply(text)
    return text


def placed(place: Place, target: Span, code: str) -> str:
    """``code`` with the indentation that it has at ``target``; line ends are ``\\n``."""
    region = place.text[target.start : target.end]
    margin = lines.margin(lines.line_at(place.text, target.start))
    return indentation.fitted(code, region, margin, unit=lines.unit(place.text), is_python=place.is_python)


def _core(region: str, target: Span) -> Span:
    """The target without blank lines at its ends: an answer has none, and they stay."""
    if not region.strip():
        return target
    head = re.match(r"(?:[^\S\r\n]*(?:\r\n|\n|\r))*", region)
    tail = re.search(r"(?:(?:\r\n|\n|\r)[^\S\r\n]*)*\Z", region)
    return Span(target.start + (head.end() if head else 0), target.start + (tail.start() if tail else len(region)))


def _tried(task: Task, piece: Piece, keeps: Check, *, code_kept: bool) -> Outcome | Rejected:
    place = task.place
    if (why := foreign(place, piece)) is not None:
        return Rejected(why)
    if answer.elided(piece.code, task.region):
        return Rejected(LEAVES_OUT)
    if "\0" in piece.code:
        return Rejected("the answer has characters that no source has")
    if answer.is_diff(piece.code) and not place.language.prose and not answer.is_diff(task.region):
        return Rejected("the answer is a diff")
    first: Rejected | None = None
    for code, wanted in echoes.readings(piece.code, task):
        match _read(task, code, wanted, keeps, code_kept=code_kept):
            case Rejected() as rejected:
                first = first or rejected
            case outcome:
                return outcome
    return first or Rejected("the model answered in words")


def _read(task: Task, code: str, wanted: list[str], keeps: Check, *, code_kept: bool) -> Outcome | Rejected:
    place = task.place
    new = placed(place, task.target, code)
    edits = _with_imports(place, smallest.edits(task.region, new, task.target.start), wanted)
    if not edits:
        return UNCHANGED
    if (why := fault(place, edits, task.region, new)) is not None:
        return Rejected(why)
    if (why := _kept(task, new, keeps, code_kept=code_kept)) is not None:
        return Rejected(why)
    return Change(edits)


def _kept(task: Task, new: str, keeps: Check, *, code_kept: bool) -> str | None:
    place, block = task.place, task.block
    if not place.is_python:
        if block is not None and block.name not in new:
            return f"it lacks {block.name}"
        same = scanning.code_alone(task.region, place.language) == scanning.code_alone(new, place.language)
        if code_kept and not same:
            return "it changes more than comments"
        if block is not None and "{" in task.region and "{" not in new:
            return f"it is not {place.language.name}"
        return None
    before, after = python_code.parse_piece(lines.normalised(task.region)), python_code.parse_piece(new)
    if before is None or after is None:
        return None
    if block is not None and python_code.definition(after, block.name) is None:
        word = "class" if block.kind is BlockKind.CLASS else "function"
        return f"it lacks the {word} {block.name}"
    return keeps(before, after)


def _with_imports(place: Place, changed: tuple[Edit, ...], wanted: list[str]) -> tuple[Edit, ...]:
    tree = python_code.parse(place.text) if wanted else None
    return tuple(sorted((*imports.edits(tree, place.text, wanted), *changed), key=_span)) if tree else changed


def _span(edit: Edit) -> Span:
    return edit.span
