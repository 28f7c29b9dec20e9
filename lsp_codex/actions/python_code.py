"""Python as its own parser sees it: what stands around a place, and where documentation goes; pure."""

from __future__ import annotations

import ast
import io
import tokenize
import warnings
from bisect import bisect_right
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeVar

from lsp_codex.actions import lines
from lsp_codex.text import Span

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

T = TypeVar("T")
Function = ast.FunctionDef | ast.AsyncFunctionDef
Definition = ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef

PARSED = 250_000
"""Characters up to which a whole document is parsed, about 6,000 lines in 80 ms; of a longer one only parts are."""

WRAP = "if 1:\n"
"""What an indented piece of code is put under to be parsed by itself."""


@dataclass(frozen=True, slots=True)
class Found:
    """A definition: whole lines, decorators included."""

    name: str
    is_class: bool
    span: Span


def parse(text: str) -> ast.Module | None:
    """The tree of ``text``; None if it is not Python as this interpreter knows it."""
    return _tried(lambda: ast.parse(text.removeprefix("\ufeff")))


def compiles(text: str) -> bool:
    """Whether ``text`` is a whole program to this interpreter, which refuses more than its parser does.

    A ``return`` outside of a function, for one, and ``from __future__`` behind other code.
    """
    source = text.removeprefix("\ufeff")
    return _tried(lambda: compile(source, "<document>", "exec", dont_inherit=True)) is not None


def parse_piece(text: str) -> ast.Module | None:
    """The tree of whole lines out of a document, which may be indented; None if they are not complete statements.

    Its positions are those of :func:`wrapped`.
    """
    source, shift = wrapped(text)
    tree = parse(source)
    if tree is None or not shift:
        return tree
    match tree.body:
        case [ast.If(body=body, orelse=[])]:
            return ast.Module(body, [])
        case _:
            return None


def wrapped(text: str) -> tuple[str, int]:
    """``text``, under a statement that takes its indentation if it has one, and how much longer that is."""
    first = next((line for line in text.splitlines() if line.strip()), "")
    return (WRAP + text, len(WRAP)) if lines.margin(first) else (text, 0)


def enclosing(tree: ast.Module, text: str, span: Span) -> Found | None:
    """The innermost function or class whose lines hold all of ``span``."""
    rows = lines.starts(text)
    first, last = bisect_right(rows, span.start), bisect_right(rows, span.end)
    best: Definition | None = None
    inside: list[ast.AST] = [tree]
    while inside:
        node = inside.pop()
        if isinstance(node, Definition):
            best = node
        inside += [child for child in ast.iter_child_nodes(node) if _holds(child, first, last)]
    if best is None:
        return None
    start = rows[first_row(best) - 1]
    end = lines.line_end(text, rows[(best.end_lineno or 1) - 1])
    return Found(best.name, isinstance(best, ast.ClassDef), Span(start, end))


def definitions(tree: ast.AST) -> Iterator[Definition]:
    """Every function and class, the outer before the inner."""
    for node in ast.walk(tree):
        if isinstance(node, Definition):
            yield node


def definition(tree: ast.Module | None, name: str) -> Definition | None:
    """The function or class ``name`` that stands directly in ``tree``; the last one, if there are several."""
    found = [node for node in (tree.body if tree else ()) if isinstance(node, Definition) and node.name == name]
    return found[-1] if found else None


def docstring(node: Definition) -> ast.Constant | None:
    """The docstring's node, if there is one."""
    match node.body[0]:
        case ast.Expr(value=ast.Constant(value=str()) as constant):
            return constant
        case _:
            return None


def span_of(node: ast.expr | ast.stmt, text: str) -> Span:
    """Where ``node`` stands in ``text``, whose tree it is in; the parser counts columns in bytes of UTF-8."""
    rows = lines.starts(text)

    def offset(line: int, column: int) -> int:
        row = text[rows[line - 1] : lines.line_end(text, rows[line - 1])]
        begin = len("\ufeff") if line == 1 and text.startswith("\ufeff") else 0
        return rows[line - 1] + begin + len(row[begin:].encode()[:column].decode())

    return Span(offset(node.lineno, node.col_offset), offset(node.end_lineno or 0, node.end_col_offset or 0))


def header_end(piece: str) -> int | None:
    """The offset behind the colon that ends the header of the definition that ``piece`` is."""
    rows = lines.starts(piece)
    depth, seen = 0, False
    for token in _tokens(piece):
        if token.type == tokenize.NAME and token.string in {"def", "class"} and depth == 0:
            seen = True
        elif token.type == tokenize.OP:
            depth += (token.string in "([{") - (token.string in ")]}")
            if seen and depth == 0 and token.string == ":":
                return rows[token.end[0] - 1] + token.end[1]
    return None


def string_rows(code: str) -> dict[int, tuple[int, str, bool]]:
    """Rows (from 0) that lie inside a string: to the string's first row, its text, and whether it is a docstring.

    Empty if ``code`` cannot be read.
    """
    rows = [f"{row}\n" for row in code.split("\n")]
    found: dict[int, tuple[int, str, bool]] = {}
    starts: list[tuple[int, int]] = []
    statement = True
    for token in _tokens(code):
        name = tokenize.tok_name[token.type]
        if name in {"FSTRING_START", "TSTRING_START"}:
            starts.append(token.start)
        elif name in {"FSTRING_END", "TSTRING_END"} and starts:
            start = starts.pop()
            if not starts:
                _note(found, rows, start, token.end, False)
        elif token.type == tokenize.STRING and not starts:
            _note(found, rows, token.start, token.end, statement)
        if name not in {"COMMENT", "NL", "INDENT", "DEDENT"}:
            statement = name == "NEWLINE" or (name == "OP" and token.string == ":")
    return found


def first_row(node: ast.stmt) -> int:
    """The row, from 1, on which ``node`` begins, with its decorators."""
    decorators = node.decorator_list if isinstance(node, Definition) else []
    return min([node.lineno, *(each.lineno for each in decorators)])


def _tried(make: Callable[[], T]) -> T | None:
    """What ``make`` gives; None where the interpreter refuses. What it warns of is the user's business."""
    # Two threads at once may leave each other's filter behind: then warnings are ignored, which nobody sees.
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            return make()
        except (SyntaxError, ValueError, RecursionError, MemoryError):
            return None


def _holds(node: ast.AST, first: int, last: int) -> bool:
    """Whether the lines of ``node``, which may hold definitions, hold the rows ``first`` to ``last`` (from 1)."""
    if isinstance(node, ast.ExceptHandler | ast.match_case):
        body = node.body
        return body[0].lineno <= first and last <= (body[-1].end_lineno or 0)
    return isinstance(node, ast.stmt) and first_row(node) <= first and last <= (node.end_lineno or 0)


def _note(
    found: dict[int, tuple[int, str, bool]],
    rows: list[str],
    start: tuple[int, int],
    end: tuple[int, int],
    is_doc: bool,
) -> None:
    first, last = start[0] - 1, end[0] - 1
    if last > first:
        text = "".join([rows[first][start[1] :], *rows[first + 1 : last], rows[last][: end[1]]])
        found.update(dict.fromkeys(range(first + 1, last + 1), (first, text, is_doc)))


def _tokens(code: str) -> Iterator[tokenize.TokenInfo]:
    try:
        yield from tokenize.generate_tokens(io.StringIO(code, newline="").readline)
    except (tokenize.TokenError, SyntaxError):
        return
