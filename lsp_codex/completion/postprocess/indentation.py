"""Fits the indentation of an answer of several lines: the document's tabs or spaces, and the depth of the place."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from lsp_codex.completion import layout, scan

if TYPE_CHECKING:
    from collections.abc import Sequence

    from lsp_codex.completion.context import CompletionContext
    from lsp_codex.completion.layout import Style

_CLOSER = re.compile(r"\s*(?:[)\]}]|</|(?:end|endif|endfunction|endforeach|fi|done|esac)\b)")
_OUTER = re.compile(r"\s*(?:case\b|default\b|public\b|private\b|protected\b|#|\w+:(?:\s|$)|@?\w+:$)")
_MIDDLE = re.compile(r"\s*\}?\s*(?:else|elif|elsif|elseif|except|finally|catch|rescue|ensure|when)\b")
_CONTINUES = re.compile(r"\s*(?:[.&|+*/%=<>?:,)\]}-]|and\b|or\b|in\b|is\b|not\b|if\b|for\b|else\b|as\b|where\b|[\"'`])")
_UNFINISHED = re.compile(r"(?:[-+*/%=<>&|^~,.?:\\({\[]|\b(?:and|or|not|in|is|return|do|then|else|begin)|=>|->)\s*\Z")
_HEAD = re.compile(
    r"\s*(?:@|(?:if|else|elif|elsif|elseif|for|foreach|while|until|unless|do|repeat|switch|case|when|with|try|def|class|"
    r"module|function|local\s+function|fun|func|fn|struct|enum|interface|impl|trait|begin|static|inline|const|void|int|"
    r"template|type|public|private|protected|export|async)\b)"
)


def fit(text: str, place: CompletionContext) -> str:
    """``text`` with the document's unit of indentation, its later lines at the depth that its first one asks for."""
    lines = text.split("\n")
    if len(lines) == 1 and place.on_blank_line:
        return text
    style = layout.style(place)
    lines = _on_a_new_line(_converted(lines, style), place)
    if len(lines) > 1:
        lines = _shifted(lines, _shift(lines, place, style), style)
    return "\n".join(lines)


def _converted(lines: list[str], style: Style | None) -> list[str]:
    """Tabs for spaces or spaces for tabs, if the document keeps to one of the two and the answer to the other."""
    later = [line for line in lines[1:] if line.strip()]
    if style is None or not later:
        return lines
    if not style.tabs:
        return [_with_indent(line, _indent(line).replace("\t", " " * style.unit)) for line in lines]
    if any(line.startswith("\t") for line in later):
        return lines
    widths = [len(_indent(line)) for line in later if len(_indent(line)) > 1]
    unit = next((unit for unit in (8, 4, 3, 2) if widths and all(width % unit == 0 for width in widths)), 4)
    return [_with_indent(line, _tabs(len(_indent(line)), unit)) if line[:1] == " " else line for line in lines]


def _on_a_new_line(lines: list[str], place: CompletionContext) -> list[str]:
    """An answer whose first newline was lost: its first line is indented as the body of the block that opens here."""
    if not place.at_line_end or place.on_blank_line or not lines[0].strip():
        return lines
    opens = place.line_before.rstrip().endswith((":", "{"))
    lost = layout.width(lines[0]) >= max(2, layout.width(place.indent) + 1) and "  " <= lines[0][:2] or lines[0][:1] == "\t"
    return ["", *lines] if opens and lost else lines


def _shift(lines: Sequence[str], place: CompletionContext, style: Style | None) -> int:
    """By how many columns the later lines stand too far left; negative if too far right; 0 if they may be right."""
    unit = style.unit if style else 4
    number = next((number for number, line in enumerate(lines) if number and line.strip()), 0)
    if not number:
        return 0
    second, given = lines[number], layout.width(lines[number])
    if _CLOSER.match(second) or _OUTER.match(second) or _MIDDLE.match(second):
        return 0
    if not lines[0].strip():
        return 0 if place.on_blank_line else _body_shift(given, place, unit)
    if not place.on_blank_line:
        return 0
    depth = layout.width(place.indent) + layout.width(lines[0])
    first = layout.code(lines[0], place.language).rstrip()
    if first.endswith(("{", ":")):
        # What the block opens stands one level deeper; nothing else is certain enough.
        lost = given <= depth and depth > 0
        return depth + unit - given if lost or given == depth + 2 * unit else 0
    if given < depth:
        ends_here = number > 1 or _begins_definition(second) or _stands_below(second, place)
        return 0 if ends_here or _left_open(first) else depth - given
    return depth - given if given > depth and _is_whole(first, second, place) else 0


def _body_shift(given: int, place: CompletionContext, unit: int) -> int:
    """The same for the body of the block that the cursor's line opens."""
    if not place.line_before.rstrip().endswith(("{", ":")):
        return 0
    depth = layout.block_depth(place)
    if depth is None or given == depth + unit:
        return 0
    return depth + unit - given if given <= depth or given == depth + 2 * unit else 0


def _is_whole(first: str, second: str, place: CompletionContext) -> bool:
    """Whether the line ``first`` ends a statement, so that a deeper line after it is deeper by mistake."""
    if _UNFINISHED.search(first) or _CONTINUES.match(second) or _left_open(first):
        return False
    return first.endswith((";", "}")) or not _HEAD.match(first) or place.language == "python" and not first.endswith(":")


def _left_open(line: str) -> bool:
    return sum(map(line.count, "([{")) > sum(map(line.count, ")]}"))


def _begins_definition(line: str) -> bool:
    return bool(re.match(r"\s*(?:@|(?:async\s+)?def\b|class\b|function\b|local\s+function\b|from\b|import\b|if __name__)", line))


def _stands_below(line: str, place: CompletionContext) -> bool:
    return any(line.rstrip() == below.rstrip() for below in place.following[:40])


def _shifted(lines: list[str], columns: int, style: Style | None) -> list[str]:
    if not columns:
        return lines
    tabs = style is not None and style.tabs

    def moved(line: str) -> str:
        width = max(0, layout.width(line) + columns)
        return _with_indent(line, _tabs(width, 4) if tabs else " " * width) if line.strip() else line

    return [lines[0], *map(moved, lines[1:])]


def _indent(line: str) -> str:
    return line[: len(line) - len(line.lstrip(" \t"))]


def _with_indent(line: str, indent: str) -> str:
    return indent + line.lstrip(" \t") if line.strip() else line


def _tabs(width: int, unit: int) -> str:
    return "\t" * (width // unit) + " " * (width % unit)
