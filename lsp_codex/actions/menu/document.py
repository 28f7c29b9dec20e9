"""Document: a docstring or documentation comment for the function or class at the cursor; its code stays as it is."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from lsp_codex.actions import answer, blocks, indentation, lines, python_code, rewriting, scanning, smallest
from lsp_codex.actions.action import NOTHING_HERE, Action, Form, Kind, Offer, Task
from lsp_codex.actions.outcome import Answered, Change
from lsp_codex.text import Span

if TYPE_CHECKING:
    from lsp_codex.actions.outcome import Nothing, Outcome
    from lsp_codex.actions.place import Place


def offers(place: Place) -> tuple[Offer, ...]:
    """Within a function or class."""
    block = None if place.selected or not place.language.docs else blocks.near(place)
    return (Offer(f"Codex: Document {block.name}"),) if block else ()


def task(place: Place) -> Task | Nothing:
    """Work on the function or class around the cursor."""
    block = blocks.enclosing(place)
    if block is None:
        return NOTHING_HERE
    wanted = (
        f"Write the documentation of {block.name}: {place.language.docs}. If it has one, make it right and complete. "
        "Say what it does, takes, gives and raises, not how; follow the style that the document has for this."
    )
    return Task(place, block.span, wanted, Form.DOCS, block)


def outcome(task: Task, said: str) -> Outcome:
    """The documentation out of the answer, also if the answer is the whole code with it."""
    return _in_python(task, said) if task.place.is_python else _elsewhere(task, said)


def _in_python(task: Task, said: str) -> Outcome:
    if not answer.clean(said).strip():
        return rewriting.EMPTY
    region = lines.normalised(task.region)
    tree = python_code.parse_piece(region)
    name = task.block.name if task.block else ""
    node = python_code.definition(tree, name)
    if node is None:
        return Answered(said, "the document is not valid Python at the moment")
    why = "there is no docstring in it"
    for piece in answer.pieces(said, task.place.language, name):
        if (strange := rewriting.foreign(task.place, piece)) is not None:
            why = strange
            continue
        doc = _docstring(piece.code, name)
        if doc is None or answer.elided(piece.code, region):
            continue
        new = _documented(task, region, node, doc)
        edits = smallest.edits(task.region, new, task.target.start)
        if not edits:
            return rewriting.UNCHANGED
        if (found := rewriting.fault(task.place, edits, region, new)) is None:
            return Change(edits)
        why = found
    return Answered(said, why)


def _docstring(code: str, name: str) -> str | None:
    """The source of the docstring in a piece of an answer: alone, or in the definition ``name``."""
    bare = indentation.fitted(code, "", "", unit=None, is_python=True)
    tree = python_code.parse(bare)
    if tree is None:
        tree = python_code.parse(f"{bare}\n    pass")  # a header and its docstring
    if tree is None or not tree.body:
        return None
    found = next((each for each in python_code.definitions(tree) if each.name == name), None)
    node = python_code.docstring(found) if found else None
    match tree.body[0]:
        case ast.Expr(value=ast.Constant(value=str()) as constant) if node is None:
            node = constant
        case _:
            pass
    if node is None or not str(node.value).strip():
        return None
    span = python_code.span_of(node, bare)
    return _dedented(bare[span.start : span.end])


def _dedented(source: str) -> str:
    """A docstring's source with its lines moved to the left as far as they go together, as PEP 257 reads them."""
    first, *rest = source.split("\n")
    least = min((len(lines.margin(row)) for row in rest if row.strip()), default=0)
    return "\n".join([first, *(row[least:] if row.strip() else "" for row in rest)])


def _documented(task: Task, region: str, node: python_code.Definition, doc: str) -> str:
    """``region``, which ``node`` is, with the docstring ``doc``."""
    end = python_code.header_end(region)
    if end is None:
        return region
    source, shift = python_code.wrapped(region)
    old = python_code.docstring(node)
    span = python_code.span_of(node.body[0], source)
    first = Span(span.start - shift, span.end - shift)
    before, behind = region[end : first.start], region[first.start :]
    if "\n" not in before:  # the body stands on the header's line
        step = lines.unit(task.place.text) or "    "
        margin = " " * (node.col_offset) if step != "\t" else lines.margin(region)
        margin += step
        behind = region[first.end :].lstrip(" ;") if old else behind
        new = f"{region[:end]}\n{_at(doc, margin)}" + (f"\n{margin}{behind}" if behind.strip() else "")
    elif old is not None:
        new = region[: first.start] + _at(doc, lines.margin(lines.line_at(region, first.start))).lstrip()
        new += region[first.end :]
    else:
        head = end + before.index("\n") + 1
        new = f"{region[:head]}{_at(doc, lines.margin(lines.line_at(region, first.start)))}\n{region[head:]}"
    return new


def _at(doc: str, margin: str) -> str:
    """``doc``, whose lines have no margin, at ``margin``."""
    return "\n".join(margin + row if row.strip() else "" for row in doc.split("\n"))


def _elsewhere(task: Task, said: str) -> Outcome:
    """Other languages: a comment above the header; an answer that is the whole code may only add comments."""
    place, region = task.place, lines.normalised(task.region)
    if not answer.clean(said).strip():
        return rewriting.EMPTY
    why = "there is no comment in it"
    for piece in answer.pieces(said, place.language, task.block.name if task.block else None):
        if (strange := rewriting.foreign(place, piece)) is not None:
            why = strange
            continue
        whole = scanning.code_alone(piece.code, place.language)
        code = piece.code if whole else _with_comment(place, region, piece.code)
        outcome = rewriting.rewritten(task, code, code_kept=True)
        if not isinstance(outcome, Answered):
            return outcome
        why = outcome.why
    return Answered(said, why)


def _with_comment(place: Place, region: str, comment: str) -> str:
    """``region`` with ``comment`` in place of the documentation that it begins with, attributes kept below it."""
    margin = lines.margin(region)
    new = indentation.fitted(comment, margin, margin, unit=None, is_python=False)
    return f"{new}\n{region[_leading_comment(place, region) :]}"


def _leading_comment(place: Place, region: str) -> int:
    """How much of ``region`` is comments before its first code; whole lines."""
    end = 0
    for kind, start, stop in scanning.tokens(region, place.language):
        if kind != "comment" or region[end:start].strip():
            break
        end = stop
    behind = region.find("\n", end)
    return behind + 1 if end and behind >= 0 and not region[end:behind].strip() else 0


ACTION = Action("document", Kind.REWRITE, offers, task, outcome)
