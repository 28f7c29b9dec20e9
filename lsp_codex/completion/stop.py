"""Where a suggestion ends: after its line, or after the block that its indentation shows; pure.

Used twice: while the answer arrives, to close the stream as soon as the rest is of no use, and to cut the whole.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, assert_never

from lsp_codex.completion import scan
from lsp_codex.completion.context import Scope

if TYPE_CHECKING:
    from lsp_codex.completion.context import CompletionContext

MAX_ANSWER = 8_000
"""Characters read of an answer at most, whatever it is: a model that does not stop is stopped."""

_CLOSER = re.compile(r"\s*(?:[)\]}]|(?:end|endif|endfunction|fi|done|esac)\b)")
_OPENERS = ("{", "(", "[", ":")
_DIRECTIVE = re.compile(r"#\s*(?:if|el|end|define|undef|pragma|include|error|line)")
_TOLD_BY_ITS_START = re.compile(r"\s*(?:\w+\W|[^\w\s)\]}])")


def keep(text: str, place: CompletionContext) -> str:
    """The part of ``text``, with ``\\n`` as newline, that is wanted at ``place``."""
    return _cut(text, place)[0]


def is_complete(text: str, place: CompletionContext) -> bool:
    """Whether nothing that may still arrive after ``text`` is wanted at ``place``."""
    settled, mark, last = text.rpartition("\n")
    return _cut(text if _TOLD_BY_ITS_START.match(last) else settled + mark, place)[1]


def _cut(text: str, place: CompletionContext) -> tuple[str, bool]:
    """The wanted part, and whether its end was seen."""
    match place.scope:
        case Scope.LINE:
            return _line(text, place)
        case Scope.BLOCK:
            return _block(text, place)
        case other:
            assert_never(other)


def _line(text: str, place: CompletionContext) -> tuple[str, bool]:
    content = 0
    if place.at_line_end:
        # The line may be complete as it stands; then the next one is meant.
        content = len(text) - len(text.lstrip("\n"))
    end = text.find("\n", content)
    return (text, False) if end < 0 else (text[:end], True)


def _block(text: str, place: CompletionContext) -> tuple[str, bool]:
    lines = text.split("\n")
    opened = not place.on_blank_line
    base = _width(place.indent) + (0 if opened else _width(lines[0]))
    inside = scan.lines_inside(text, scan.tokens(text, place.language))
    seen, blank = bool(lines[0].strip()), False
    most = place.max_lines + (not seen)  # the rest of the cursor's line is none, if nothing comes there
    for number, line in enumerate(lines[1:], start=1):
        if not line.strip() or number in inside:
            blank = blank or number not in inside
            continue
        if number >= most:
            return _joined(lines[:number]), True
        if line[0] == "#" and base and _DIRECTIVE.match(line):
            continue
        width, closes = _width(line), bool(_CLOSER.match(line))
        if seen and width < base:
            return _joined(lines[:number]), True
        if seen and width == base and opened and closes and not line.rstrip().endswith(_OPENERS):
            return _joined(lines[: number + 1]), number < len(lines) - 1
        if seen and width == base and not closes and (opened or blank):
            return _joined(lines[:number]), True
        seen, blank = True, False
    return text, False


def _joined(lines: list[str]) -> str:
    return "\n".join(lines)


def _width(line: str) -> int:
    expanded = line.expandtabs(4)
    return len(expanded) - len(expanded.lstrip())
