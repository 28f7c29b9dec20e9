"""A piece of code moved to the margin, the step of indentation and the line ends of the place it is for; pure."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from lsp_codex.actions import lines, python_code

if TYPE_CHECKING:
    from collections.abc import Mapping

    Strings = Mapping[int, tuple[int, str, bool]]

_CLOSER = re.compile(r"[ \t]*[)\]}]")


def fitted(code: str, region: str, margin: str, *, unit: str | None, is_python: bool) -> str:
    """``code`` as it belongs in the place of ``region``, whose first line has ``margin``; line ends are ``\\n``.

    ``unit`` is the document's step of indentation. What stands within a string of Python is moved only if it was
    moved with the code around it: a documentation string, or a text that ``region`` has at its own place.
    """
    rows = trimmed(code, is_python=is_python)
    if not rows:
        return ""
    inner = python_code.string_rows("\n".join(rows)) if is_python else {}
    rows = _in_steps(rows, unit, inner)
    first = lines.margin(rows[0])
    if first != margin:
        kept = _kept(rows, inner, region, first, margin)
        if _only_first_is_bare(rows, inner, margin, is_python=is_python):
            kept = frozenset(range(1, len(rows)))
        rows = [row if index in kept else _moved(row, first, margin) for index, row in enumerate(rows)]
    made = "\n".join(rows)
    # A region that begins within its line has the margin before it already.
    return made if region.startswith(margin) else made.removeprefix(margin)


def trimmed(code: str, *, is_python: bool) -> list[str]:
    """The lines of ``code`` without blank ones around them; a first line that was stripped of its margin has it."""
    rows = lines.normalised(code).split("\n")
    while rows and not rows[0].strip():
        rows.pop(0)
    while rows and not rows[-1].strip():
        rows.pop()
    if is_python and len(rows) > 1 and not lines.margin(rows[0]) and python_code.parse("\n".join(rows)) is None:
        white = min((lines.margin(row) for row in rows[1:] if row.strip()), key=len, default="")
        if white and python_code.parse_piece("\n".join([white + rows[0], *rows[1:]])) is not None:
            rows[0] = white + rows[0]
    return rows


def _in_steps(rows: list[str], unit: str | None, inner: Strings) -> list[str]:
    """``rows`` indented in steps of ``unit`` instead of their own."""
    own = lines.unit("\n".join(row for index, row in enumerate(rows) if index not in inner))
    if unit is None or own is None or own == unit or (own[0] == " " and unit[0] == " " and len(own) % len(unit) == 0):
        return rows
    return [row if index in inner else _in_step(row, own, unit) for index, row in enumerate(rows)]


def _in_step(row: str, own: str, unit: str) -> str:
    white = lines.margin(row)
    wide = len(white.replace("\t", " " * 4)) if own == "\t" else len(white.expandtabs(len(own)))
    steps, rest = divmod(wide, 4 if own == "\t" else len(own))
    return unit * steps + " " * rest + row[len(white) :]


def _only_first_is_bare(rows: list[str], inner: Strings, margin: str, *, is_python: bool) -> bool:
    """Whether the first line alone lost its margin, as happens to an answer that is stripped."""
    if lines.margin(rows[0]) or not margin:
        return False
    rest = [row for index, row in enumerate(rows) if index and index not in inner and row.strip()]
    if not rest:
        return False
    least = min(lines.width(lines.margin(row)) for row in rest)
    here = lines.width(margin)
    if least > here:
        return True
    return least == here and not is_python and bool(_CLOSER.match(rest[-1])) and lines.margin(rest[-1]) == margin


def _kept(rows: list[str], inner: Strings, region: str, first: str, margin: str) -> frozenset[int]:
    """The rows within strings that stay where they are."""
    there = lines.normalised(region)
    kept = set()
    for index, (_, text, is_doc) in inner.items():
        head, *rest = text.split("\n")
        moved = "\n".join([head, *(_moved(row, first, margin) for row in rest)])
        if text in there or (moved not in there and not is_doc and not all(_indented(row) for row in rest)):
            kept.add(index)
    return frozenset(kept)


def _indented(row: str) -> bool:
    return not row.strip() or row[:1] in {" ", "\t"}


def _moved(row: str, from_: str, to: str) -> str:
    if not row.strip():
        return row.strip(" \t")
    return to + row.removeprefix(from_) if row.startswith(from_) else to + row.lstrip(" \t")
