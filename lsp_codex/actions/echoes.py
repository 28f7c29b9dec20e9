"""What an answer repeats of the document around its target, or adds below it, taken off again; pure."""

from __future__ import annotations

import ast
from bisect import bisect_right
from itertools import islice
from typing import TYPE_CHECKING

from lsp_codex.actions import imports, lines, python_code

if TYPE_CHECKING:
    from collections.abc import Iterator

    from lsp_codex.actions.action import Task
    from lsp_codex.actions.place import Place
    from lsp_codex.text import Span

KEPT = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef, ast.Assign, ast.AnnAssign)
"""What may stand beside a definition that is answered with: its helpers. Anything else is an example of its use."""

TRIED = 50
"""Places at which an answer may begin to repeat the document; a bracket stands at many."""


def readings(code: str, task: Task) -> Iterator[tuple[str, list[str]]]:
    """What ``code`` may mean as the new text of the target, the likeliest first, each with the imports it needs."""
    if task.place.is_python and task.block is not None:
        yield narrowed(code, task.block.name, task)
        return
    for part in _within_line(code, task):
        for each in without_neighbours(part, task.place, task.target):
            yield each, []


def narrowed(code: str, name: str, task: Task) -> tuple[str, list[str]]:
    """``code`` of Python as the definition ``name`` and its helpers alone, and the imports that came with it.

    Models answer with the class around a method, with the whole file, and with a call to show how it works.
    """
    code, taken = imports.taken_off(code)
    tree = python_code.parse_piece(code)
    if tree is None:
        return code, taken
    found = python_code.definition(tree, name)
    if found is None:
        inner = _inner(tree, name, task)
        if inner is None:
            return code, taken
        kept: list[ast.stmt] = [inner]
    else:
        there = _statements(task) if len(tree.body) > 1 else frozenset()
        kept = [
            node for node in tree.body if node is found or (isinstance(node, KEPT) and ast.dump(node) not in there)
        ]
    if len(kept) == len(tree.body) and found is not None:
        return code, taken
    rows = code.split("\n")
    above = 1 if python_code.wrapped(code)[1] else 0
    parts = [
        "\n".join(rows[python_code.first_row(node) - 1 - above : (node.end_lineno or 0) - above]) for node in kept
    ]
    brought = [ast.unparse(node) for node in tree.body if isinstance(node, ast.Import | ast.ImportFrom)]
    return "\n\n\n".join(parts), [*taken, *brought]


def without_neighbours(code: str, place: Place, target: Span) -> Iterator[str]:
    """``code`` without the lines before and after ``target`` that it repeats, first; last as it is."""
    said = [index for index, row in enumerate(code.split("\n")) if row.strip()]
    rows = code.split("\n")
    mine = [_bare(place, rows[index]) for index in said]
    before = _rows(place, place.text[: target.start])
    region = _rows(place, place.text[target.start : target.end])
    after = _rows(place, place.text[target.end :])
    if not mine:
        yield code
        return
    head = 0 if region[:1] == mine[:1] else _overlap(before[::-1], mine)
    # The last line of many a block is a bracket, and so is the line below.
    tail = 0 if region[-1:] == mine[-1:] and not head else _overlap(after, mine[::-1])
    sure = not region or max(head, tail) > 1 or bool(head and tail) or 0 < head == len(before)
    cuts = ((head, tail), (head, 0), (0, tail))
    made: dict[str, None] = {}
    # A single line that is like its neighbour may well be meant.
    for first, last in (*cuts, (0, 0)) if sure else ((0, 0), *cuts):
        kept = said[first : len(said) - last]
        if kept:
            made["\n".join(rows[kept[0] : kept[-1] + 1]) if first or last else code] = None
    yield from made


def _within_line(code: str, task: Task) -> Iterator[str]:
    """``code``, first without what stands on the line before and after a target that is a part of it."""
    text, target, bare = task.place.text, task.target, code.strip()
    before = text[lines.line_start(text, target.start) : target.start].strip()
    after = text[target.end : lines.line_end(text, target.end)].strip()
    if before and bare.startswith(before) and not task.region.startswith(before):
        bare = bare[len(before) :].lstrip()
    if after and bare.endswith(after) and not task.region.rstrip().endswith(after):
        bare = bare[: -len(after)].rstrip()
    if bare and bare != code.strip():
        yield bare
    yield code


def _inner(tree: ast.Module, name: str, task: Task) -> python_code.Definition | None:
    """The definition ``name`` within another in an answer; of several the one that stands where the target does."""
    named = [(path, node) for path, node in _paths(tree) if node.name == name]
    if not task.region.startswith((" ", "\t")):
        return None
    if len(named) > 1 and (there := _tree(task)) is not None:
        row = bisect_right(lines.starts(task.place.text), task.target.start)
        own = next((path for path, node in _paths(there) if python_code.first_row(node) == row), None)
        named = [(path, node) for path, node in named if path == own]
    return named[0][1] if len(named) == 1 else None


def _paths(node: ast.AST, path: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], python_code.Definition]]:
    """Every definition, with the names of those around it."""
    for child in ast.iter_child_nodes(node):
        if isinstance(child, python_code.Definition):
            yield path, child
            yield from _paths(child, (*path, child.name))
        elif isinstance(child, ast.stmt | ast.ExceptHandler | ast.match_case):
            yield from _paths(child, path)


def _tree(task: Task) -> ast.Module | None:
    text = task.place.text
    return python_code.parse(text) if len(text) <= python_code.PARSED else None


def _statements(task: Task) -> frozenset[str]:
    """Every statement of the document that stands outside of the target."""
    text, target = task.place.text, task.target
    rows = lines.starts(text)
    nodes = (node for node in ast.walk(_tree(task) or ast.Module([], [])) if isinstance(node, KEPT))
    return frozenset(ast.dump(node) for node in nodes if not target.start <= rows[node.lineno - 1] < target.end)


def _rows(place: Place, text: str) -> list[str]:
    return [_bare(place, row) for row in lines.normalised(text).split("\n") if row.strip()]


def _bare(place: Place, row: str) -> str:
    """A line as it is compared: the margin says nothing, but in Python."""
    return row.rstrip() if place.is_python else row.strip()


def _overlap(neighbours: list[str], said: list[str]) -> int:
    """How many lines ``said`` begins with of the ``neighbours``, whose nearest comes first, as they stand there."""
    begins = (
        count for count in range(min(len(neighbours), len(said) - 1), 0, -1) if neighbours[count - 1] == said[0]
    )
    return next((count for count in islice(begins, TRIED) if neighbours[:count][::-1] == said[:count]), 0)
