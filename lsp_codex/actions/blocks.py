"""Functions and classes around a place, in any language: near() at every cursor movement, enclosing() exactly."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from lsp_codex.actions import lines, python_code, scanning
from lsp_codex.actions.place import Block, BlockKind
from lsp_codex.text import Span

if TYPE_CHECKING:
    from lsp_codex.actions.place import Place

LONGEST_HEADER = 400
"""Characters of a line that are looked at: minified code has lines without end."""
MARKS = 40
"""Lines of decorators and comments that a header may have above it."""
LOOK_BACK = 30_000
"""Characters above the cursor in which a block's header is looked for."""

_PYTHON = re.compile(r"[ \t]*(?:async[ \t]+)?(?P<word>def|class)[ \t]+(?P<name>\w+)")
_WORDS = re.compile(
    r"[ \t]*(?:(?:export|default|public|private|protected|internal|static|final|abstract|async|override|virtual|"
    r"inline|const|unsafe|extern|local|open|suspend|sealed|data|pub(?:\([^)]*\))?)[ \t]+)*"
    r"(?P<word>def|function\*?|func|fn|fun|sub|class|struct|interface|trait|impl|enum|module|namespace|object|record)"
    r"[ \t]+(?:\([^)]*\)[ \t]*)?(?P<name>[\w.:]+)"
)
_ASSIGNED = re.compile(
    r"[ \t]*(?:export[ \t]+)?(?:(?:const|let|var)[ \t]+)?(?P<name>[\w.]+)[ \t]*[=:][ \t]*(?:async[ \t]*)?"
    r"(?:function\b|\([^()]*\)[^=;{}]*=>|\w+[ \t]*=>)"
)
_CALLED = re.compile(
    r"[ \t]*(?!(?:if|for|foreach|while|switch|catch|else|return|do|try|with|match|using|lock|synchronized)\b)"
    r"(?:[\w<>\[\],:*&?.]+[ \t]+)*[*&]*(?P<name>[~\w]+)[ \t]*(?:<[^<>\n]*>)?\([^;{}]*(?:\)[^;{}=]*\{?|,)[ \t]*$"
)
_CLASS_WORDS = frozenset(
    {"class", "struct", "interface", "trait", "impl", "enum", "module", "namespace", "object", "record"}
)
_CLOSER = re.compile(r"[ \t]*(?:[)\]}]|(?:end|fi|done|esac)\b)")
_ABOVE = re.compile(r"[ \t]*(?:@|#\[|//|/\*|\*|#|---?|\[\w)")


def near(place: Place) -> Block | None:
    """The innermost function or class around the cursor, as far as indentation tells; its span may be inexact.

    Looks at a bounded stretch of text, so it costs the same in a long document.
    """
    text, at = place.text, _anchor(place).start
    low = max(0, at - LOOK_BACK)
    row = _below_marks(place, lines.line_start(text, at))
    above = text[lines.line_start(text, low) if low else 0 : row]
    line = lines.line_at(text, row)
    if not line.strip():
        return None
    limit = lines.width(lines.margin(line)) + 1
    start = row
    for previous in [line, *reversed(above.splitlines(keepends=True))]:
        if previous is not line:
            start -= len(previous)
        bare = previous.rstrip("\r\n")
        if not bare.strip():
            continue
        width = lines.width(lines.margin(bare))
        if width >= limit:
            continue
        if (found := header(place, bare)) is not None:
            end = _end(place, start, width)
            return Block(*found, Span(start, end)) if end >= at else None
        if _CLOSER.match(bare) or bare.strip() == "{":
            continue  # the end of a signature, or its body's beginning: the header is above
        limit = width
        if width == 0:
            return None
    return None


def header(place: Place, line: str) -> tuple[BlockKind, str] | None:
    """What the block is that ``line`` begins, and its name."""
    patterns = (_PYTHON,) if place.is_python else (_WORDS, _ASSIGNED, _CALLED)
    for pattern in patterns:
        if found := pattern.match(line[:LONGEST_HEADER]):
            word = found.groupdict().get("word")
            return BlockKind.CLASS if word in _CLASS_WORDS else BlockKind.FUNCTION, found["name"]
    return None


def enclosing(place: Place) -> Block | None:
    """The innermost function or class around the selection, exactly; by Python's parser where it applies."""
    if (
        place.is_python
        and len(place.text) <= python_code.PARSED
        and (tree := python_code.parse(place.text)) is not None
    ):
        found = python_code.enclosing(tree, place.text, _anchor(place))
        return (
            Block(BlockKind.CLASS if found.is_class else BlockKind.FUNCTION, found.name, found.span)
            if found
            else None
        )
    block = near(place)
    if block is None:
        return None
    start = block.span.start
    end = None if place.is_python else scanning.closing(place.text, place.language, start)
    span = Span(_first_line(place, start), lines.line_end(place.text, end) if end else block.span.end)
    # What begins above the cursor may also have ended above it.
    return Block(block.kind, block.name, span) if span.end >= _anchor(place).start else None


def target(place: Place) -> tuple[Span, Block | None] | None:
    """What a rewriting action works on: the selection, else the block around the cursor; None if there is neither."""
    if (chosen := place.chosen()) is not None:
        return chosen, None
    block = enclosing(place)
    return (block.span, block) if block else None


def _below_marks(place: Place, row: int) -> int:
    """The line that the decorators, attributes and comments from ``row`` on belong to."""
    text, start = place.text, row
    for _ in range(MARKS):
        line = lines.line_at(text, start)
        below = lines.line_end(text, start)
        if below == len(text) or not (line.lstrip().startswith("@") if place.is_python else _ABOVE.match(line)):
            return start
        start = below + (2 if text[below : below + 2] == "\r\n" else 1)
    return row


def _anchor(place: Place) -> Span:
    """The selection; for a cursor on a blank line that is indented, the end of the text above it."""
    text, at = place.text, place.selection.start
    if place.selected or place.line.strip() or not place.line:
        return place.selection
    return Span.at(len(text[:at].rstrip()))


def _end(place: Place, start: int, width: int) -> int:
    """Where the block whose header begins at ``start`` ends, by indentation."""
    text = place.text
    end = at = lines.line_end(text, start)
    while at < len(text):
        begin = at + (2 if text[at : at + 2] == "\r\n" else 1)
        at = lines.line_end(text, begin)
        line = text[begin:at]
        if not line.strip():
            continue
        if lines.width(lines.margin(line)) <= width:
            opens = re.match(r"[ \t]*(?:\)|\{)", line)  # a signature's end, an Allman brace
            if not _CLOSER.match(line) and not opens:
                break
            end = at
            if not opens and not line.rstrip().endswith(("{", ":", "(")):
                break
            continue
        end = at
    return end


def _first_line(place: Place, start: int) -> int:
    """Where the comments, attributes and decorators directly above a header begin."""
    text = place.text
    width = lines.width(lines.margin(lines.line_at(text, start)))
    while start > 0:
        above = lines.line_start(text, start - (2 if text[start - 2 : start] == "\r\n" else 1))
        line = lines.line_at(text, above)
        inside = line.lstrip().startswith("*")
        if not _ABOVE.match(line) or abs(lines.width(lines.margin(line)) - width) > inside:
            break
        start = above
    return start
