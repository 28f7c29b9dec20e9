"""Fits the indentation of an answer of several lines: the document's tabs or spaces, and the depth of the place."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lsp_codex.completion import anchor, layout

if TYPE_CHECKING:
    from collections.abc import Sequence

    from lsp_codex.completion.context import CompletionContext
    from lsp_codex.completion.layout import Style


def fit(text: str, place: CompletionContext) -> str:
    """``text`` with the document's unit of indentation, its later lines at the depth that its first one asks for."""
    lines = text.split("\n")
    if (len(lines) == 1 and place.on_blank_line) or not place.at_line_end:
        return text
    style = place.layout.style
    lines = _on_a_new_line(lines, place)
    if len(lines) == 1:
        return text
    lines = _converted(lines, place, style)
    columns = 0 if place.layout.inside_text else anchor.shift(lines, place, style)
    return "\n".join(_shifted(lines, columns, style))


def _on_a_new_line(lines: list[str], place: CompletionContext) -> list[str]:
    """An answer whose first newline was lost: its first line is indented as the body of the block that opens here."""
    first = lines[0]
    if place.on_blank_line or not first.strip() or not place.line_before.rstrip().endswith((":", "{")):
        return lines
    return ["", *lines] if first[0] == "\t" or layout.width(first) > max(1, layout.width(place.indent)) else lines


def _converted(lines: list[str], place: CompletionContext, style: Style | None) -> list[str]:
    """Tabs for spaces or spaces for tabs, if the document keeps to one of the two and the answer to the other."""
    later = [line for line in lines[1:] if line.strip()]
    if style is None or not later:
        return lines
    if not style.tabs:
        if not any("\t" in _indent(line) for line in later):
            return lines
        # What the model took a tab for is seen from what fits; usually it is one step.
        widths = dict.fromkeys((style.unit, 4, 8, 2))
        made = [[_spaced(line, width) for line in lines] for width in widths]
        return min(made, key=lambda each: anchor.oddities(each, place, style))
    if any(line.startswith("\t") for line in later):
        return lines
    indents = [len(_indent(line)) for line in later if len(_indent(line)) > 1]
    unit = next((unit for unit in (8, 4, 3, 2) if indents and all(width % unit == 0 for width in indents)), 4)
    return [_with_indent(line, _tabs(len(_indent(line)), unit)) if line[:1] == " " else line for line in lines]


def _shifted(lines: list[str], columns: int, style: Style | None) -> Sequence[str]:
    if not columns:
        return lines
    tabs = style is not None and style.tabs

    def moved(line: str) -> str:
        width = max(0, layout.width(line) + columns)
        return _with_indent(line, _tabs(width, layout.TAB) if tabs else " " * width) if line.strip() else line

    return [lines[0], *map(moved, lines[1:])]


def _spaced(line: str, width: int) -> str:
    return _with_indent(line, _indent(line).replace("\t", " " * width))


def _indent(line: str) -> str:
    return line[: len(line) - len(line.lstrip(" \t"))]


def _with_indent(line: str, indent: str) -> str:
    return indent + line.lstrip(" \t") if line.strip() else line


def _tabs(width: int, unit: int) -> str:
    return "\t" * (width // unit) + " " * (width % unit)
