"""The import lines that an answer begins with: taken off its code, and put where the document has its own; pure."""

from __future__ import annotations

import ast
import re
from typing import TYPE_CHECKING

from lsp_codex.actions import lines, python_code
from lsp_codex.text import Edit, Span

if TYPE_CHECKING:
    from collections.abc import Iterator

MOST_ROWS = 60
"""Rows of one import statement that are read together."""

_BEGIN = re.compile(r"(?:import|from)[ \t]")
_CODING = re.compile(r"#.*coding[:=]|#!")


def taken_off(code: str) -> tuple[str, list[str]]:
    """``code`` without the imports at the margin that it begins with, and those, each on its own; all or nothing."""
    rows, imports = code.split("\n"), list[str]()
    while rows and (not rows[0].strip() or _BEGIN.match(rows[0])):
        if not rows[0].strip():
            rows.pop(0)
            continue
        count = next((n for n in range(1, MOST_ROWS) if python_code.parse("\n".join(rows[:n]))), None)
        if count is None:
            return code, []
        imports.append("\n".join(rows[:count]))
        rows = rows[count:]
    return ("\n".join(rows), imports) if imports and any(row.strip() for row in rows) else (code, [])


def edits(tree: ast.Module, text: str, wanted: list[str]) -> tuple[Edit, ...]:
    """What adds to ``text``, whose tree is given, those of the import statements ``wanted`` that it lacks."""
    missing = [source for each in wanted for source in _missing(tree, each)]
    future = [each for each in missing if _is_future(ast.parse(each).body[0])]
    other = [each for each in missing if each not in future]
    body = tree.body[1:] if tree.body and _is_doc(tree.body[0]) else tree.body
    run = 0
    while run < len(body) and isinstance(body[run], ast.Import | ast.ImportFrom):
        run += 1
    if not run:
        return _at_the_head(tree, text, [*future, *other])
    made = _behind(text, body[run - 1], other)
    last = next((node for node in reversed(body[:run]) if _is_future(node)), None)
    return (*(_at_the_head(tree, text, future) if last is None else _behind(text, last, future)), *made)


def _missing(tree: ast.Module, source: str) -> Iterator[str]:
    """The part of an import statement that ``tree`` does not have at its top."""
    for node in ast.parse(source).body:
        if not isinstance(node, ast.Import | ast.ImportFrom):
            continue
        there = {
            (alias.name, alias.asname)
            for each in tree.body
            if type(each) is type(node) and _origin(each) == _origin(node)
            for alias in getattr(each, "names", ())
        }
        left = [alias for alias in node.names if (alias.name, alias.asname) not in there]
        if len(left) == len(node.names):
            yield ast.get_source_segment(source, node) or ast.unparse(node)
        elif left:
            node.names = left
            yield ast.unparse(node)


def _origin(node: ast.stmt) -> tuple[str | None, int]:
    return (node.module, node.level) if isinstance(node, ast.ImportFrom) else (None, 0)


def _is_future(node: ast.stmt) -> bool:
    return isinstance(node, ast.ImportFrom) and node.module == "__future__"


def _is_doc(node: ast.stmt) -> bool:
    return isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant) and isinstance(node.value.value, str)


def _behind(text: str, node: ast.stmt, wanted: list[str]) -> tuple[Edit, ...]:
    """``wanted`` on the rows below ``node``."""
    return _inserted(text, node.end_lineno or 0, wanted, apart=False)


def _at_the_head(tree: ast.Module, text: str, wanted: list[str]) -> tuple[Edit, ...]:
    """``wanted`` behind the docstring, else behind the comments that speak of the whole file, else first."""
    if tree.body and _is_doc(tree.body[0]):
        return _inserted(text, tree.body[0].end_lineno or 0, wanted, apart=True)
    rows = lines.normalised(text).removeprefix("\ufeff").split("\n")
    comments = next((index for index, row in enumerate(rows) if not row.startswith("#")), len(rows))
    if comments < len(rows) and rows[comments].strip():
        # They may speak of what stands below them; a line for the system or the parser does not.
        comments = next(
            (index for index in range(min(comments, 2)) if not _CODING.match(rows[index])), min(comments, 2)
        )
    return _inserted(text, comments, wanted, apart=True)


def _inserted(text: str, row: int, wanted: list[str], *, apart: bool) -> tuple[Edit, ...]:
    """``wanted`` before the line ``row`` (from 0), with a blank line on either side if ``apart``."""
    if not wanted:
        return ()
    rows, end = lines.starts(text), lines.newline(text)
    at = rows[row] if row < len(rows) else len(text)
    if at == 0 and text.startswith("\ufeff"):
        at = 1
    block = end.join(each.replace("\n", end) for each in wanted) + end
    before = end if row >= len(rows) else ""
    if apart:
        before += end if row else ""
        block += end if row < len(rows) and lines.line_at(text, at).strip() else ""
    return (Edit(Span.at(at), before + block),)
