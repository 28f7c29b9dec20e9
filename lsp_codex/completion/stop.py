"""Where a suggestion ends: after its line, or after the block that its indentation shows; pure.

Used twice: while the answer arrives, to close the stream as soon as the rest is of no use, and to cut the whole.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, assert_never

from lsp_codex.completion.context import Scope

if TYPE_CHECKING:
    from lsp_codex.completion.context import CompletionContext

MAX_LINES = 24
"""A longer block is cut: nobody reads more ghost text than that before accepting it."""
MAX_ANSWER = 8_000
"""Characters read of an answer at most, whatever it is: a model that does not stop is stopped."""

_CLOSER = re.compile(r"\s*(?:[)\]}]|(?:end|endif|endfunction|fi|done|esac)\b)")
_OPENERS = ("{", "(", "[", ":")
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
    base, opened = _width(place.indent), not place.on_blank_line
    seen, blank = bool(lines[0].strip()), False
    for number, line in enumerate(lines[1:], start=1):
        if not line.strip():
            blank = True
            continue
        width = _width(line)
        closes = bool(_CLOSER.match(line))
        if number >= MAX_LINES or (seen and width < base):
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
