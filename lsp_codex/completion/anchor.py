"""Which line of an answer must stand at which depth, and so by how many columns its later lines are off; pure.

An anchor is a line whose depth follows from the code and not from taste: the closing bracket of the first line, the
line after a finished statement, the first line of a block. Without one nothing is moved.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from lsp_codex.completion import layout, scan

if TYPE_CHECKING:
    from collections.abc import Sequence

    from lsp_codex.completion.context import CompletionContext
    from lsp_codex.completion.layout import Style

_CLOSER = re.compile(r"\s*(?:[)\]}]|</|(?:end|endif|endfunction|endforeach|fi|done|esac)\b)")
_END = re.compile(r"\s*end\b")
_OUTER = re.compile(r"\s*(?:(?:case|when)\b|default\b|public\b|private\b|protected\b|#|\w+:\s*$|@\w+$)")
_MIDDLE = re.compile(r"\s*\}?\s*(?:else|elif|elsif|elseif|except|finally|catch|rescue|ensure)\b")
_CONTINUES = re.compile(
    r"\s*(?:(?:get|set)\s*\(|[.&|+*/%=<>?:,)\]}-]|(?:and|or|as|where|throws|extends|implements)\b|[\"'`])"
)
_UNFINISHED = re.compile(
    r"(?:[-+*/%=<>&|^~,.?:\\({\[]|\b(?:and|or|not|in|is|return|do|then|else|begin|try|ensure|repeat)|=>|->"
    r"|\bdo\s*\|[^|]*\|)\s*\Z"
)
_HEAD = re.compile(
    r"\s*(?:@|(?:if|else|elif|elsif|elseif|for|foreach|while|until|unless|repeat|switch|case|when|with|try|def|class|"
    r"module|function|local\s+function|fun|func|fn|struct|enum|interface|impl|trait|begin|template|type|async)\b)"
)
_DEFINITION = re.compile(r"\s*(?:@\w|(?:async\s+)?def\b|class\b|(?:local\s+)?function\b|from\b|import\b|if __name__)")
_SEMICOLONS = frozenset(
    {
        "c",
        "cpp",
        "objective-c",
        "objective-cpp",
        "csharp",
        "java",
        "rust",
        "php",
        "css",
        "scss",
        "less",
        "dart",
        "perl",
    }
)
_COLONS = frozenset({"python", "starlark", "gdscript", "nim"})
_ENDS = frozenset({"ruby", "lua", "elixir", "julia", "crystal"})


def shift(lines: Sequence[str], place: CompletionContext, style: Style | None) -> int:
    """Columns by which the lines after the first stand too far left, negative for right; 0 if they may be right."""
    found = _anchor(lines, place, style)
    if found is None:
        return 0
    number, wanted = found
    line = lines[number]
    columns = wanted - layout.width(line)
    if columns > 0:
        # It may also be where the block ends: after a blank line, or with what stands below anyway.
        ends = place.on_blank_line and not _CLOSER.match(line)
        ends = ends and (not lines[number - 1].strip() or bool(_DEFINITION.match(line)) or _stands_below(line, place))
        return 0 if ends else columns
    least = min(layout.width(each) for each in lines[1 : number + 1] if each.strip())
    return columns if least + columns >= (layout.width(place.indent) if place.on_blank_line else 0) else 0


def opens_block(place: CompletionContext) -> bool:
    """Whether the cursor's line opens a block whose lines stand one step deeper, as far as that is certain."""
    line = place.line_before.rstrip()
    return line.endswith("{") or (line.endswith(":") and place.language in _COLONS)


def oddities(lines: Sequence[str], place: CompletionContext, style: Style) -> int:
    """How many lines do not stand where the line before them leads: less is better."""
    odd = int(shift(lines, place, style) != 0)
    depth = layout.width(place.indent) + (layout.width(lines[0]) if place.on_blank_line else 0)
    before, opens = depth, (place.line_before + lines[0]).rstrip().endswith(("{", ":"))
    for line in lines[1:]:
        if not line.strip():
            continue
        width = layout.width(line)
        odd += (width != before + style.unit) if opens else (width - before > 2 * style.unit)
        before, opens = width, line.rstrip().endswith(("{", ":"))
    return odd


def _anchor(lines: Sequence[str], place: CompletionContext, style: Style | None) -> tuple[int, int] | None:
    """The number of a line and the columns at which it must stand."""
    unit = style.unit if style and len(style.steps) < 2 else 0
    if not lines[0].strip():
        return None if place.on_blank_line else _of_body(lines, place, unit)
    if not place.on_blank_line:
        return None
    depth = layout.width(place.indent) + layout.width(lines[0])
    if place.language in _ENDS and (found := _of_end(lines, depth)):
        return found
    second = next((number for number, line in enumerate(lines) if number and line.strip()), None)
    if second and unit and layout.code(lines[0], place.language).rstrip().endswith("{"):
        return _deeper(lines, second, depth, unit)
    return _of_statement(lines, place, depth, unit)


def _of_body(lines: Sequence[str], place: CompletionContext, unit: int) -> tuple[int, int] | None:
    """The first line of the block that the cursor's line opens."""
    number = next((number for number, line in enumerate(lines) if line.strip()), None)
    depth = place.layout.block_depth
    if number is None or depth is None or not unit or not opens_block(place):
        return None
    return _deeper(lines, number, depth, unit)


def _deeper(lines: Sequence[str], number: int, depth: int, unit: int) -> tuple[int, int] | None:
    """The first line of a block, one step deeper than ``depth``; a label of it may stand further left."""
    line, width = lines[number], layout.width(lines[number])
    between = depth < width < depth + unit
    if _CLOSER.match(line) or between or (_OUTER.match(line) and width < depth + unit):
        return None
    return number, depth + unit


def _of_end(lines: Sequence[str], depth: int) -> tuple[int, int] | None:
    """``end`` at the end of what the first line begins."""
    last = max(number for number, line in enumerate(lines) if line.strip())
    begins = _HEAD.match(lines[0]) or re.search(r"\b(?:do|then|function\b.*\))\s*(?:\|[^|]*\|)?\s*\Z", lines[0])
    inner = [layout.width(line) for line in lines[1:last] if line.strip()]
    alone = all(width > layout.width(lines[last]) for width in inner)
    return (last, depth) if last and begins and alone and _END.match(lines[last]) else None


def _of_statement(lines: Sequence[str], place: CompletionContext, depth: int, unit: int) -> tuple[int, int] | None:
    """The closing bracket of the first line, or the line after the first statement."""
    opened: list[tuple[int, bool]] = []
    text, number, begin, origin = "\n".join(lines), 0, 0, 0
    for token in scan.tokens(text, place.language):
        if token.kind == "mark" and token.text in scan.CLOSES:
            opened.append((origin, text[token.start + 1 : token.start + 2] == "\n"))
        elif token.kind == "mark" and opened:
            partner, last = opened.pop()
            alone = not text[begin : token.start].strip()
            if alone and number and partner == 0 and (token.text == "}" or last) and lines[0].count("{") < 2:
                return number, depth
            origin = min(origin, partner)  # what opens behind it belongs to the line on which this began
        if more := token.text.count("\n"):
            number, begin = number + more, token.start + token.text.rfind("\n") + 1
            origin = number
            if token.kind == "end" and not opened and number < len(lines):
                if place.language in _COLONS and layout.code(lines[number - 1], place.language).rstrip().endswith(
                    ":"
                ):
                    return _deeper(lines, number, depth, unit) if number == 1 and unit and lines[1].strip() else None
                found = _after(lines, number, place, depth)
                if found is not None:
                    return found
    return None


def _after(lines: Sequence[str], number: int, place: CompletionContext, depth: int) -> tuple[int, int] | None:
    """What the line ``number``, outside of brackets, must be after the line before it."""
    following = next((n for n in range(number, len(lines)) if lines[n].strip()), None)
    before = layout.code(lines[number - 1], place.language).rstrip()
    if following is None or not before.strip():
        return None
    line = lines[following]
    if _CLOSER.match(line) or _OUTER.match(line) or _MIDDLE.match(line):
        return None
    if place.language in _SEMICOLONS:
        finished = before.endswith((";", "}"))
    elif place.language == "python":
        finished = not before.endswith(("\\", ":", ",")) and not _HEAD.match(before)
    else:
        finished = not _UNFINISHED.search(before) and not _CONTINUES.match(line) and not _HEAD.match(lines[0])
    return (following, depth) if finished else None


def _stands_below(line: str, place: CompletionContext) -> bool:
    return any(line.rstrip() == below.rstrip() for below in place.following[:40])
