"""Lines of a text at LSP's line ends: where they begin and end, their margin, the newline in use; pure."""

from __future__ import annotations

import re

from lsp_codex.text import Span

_END = re.compile(r"\r\n|\n|\r")
_MARGIN = re.compile(r"[^\S\r\n]*")
_INDENTED = re.compile(r"^([ \t]*)(?=[^\s*])", re.MULTILINE)


def starts(text: str) -> list[int]:
    """The offset of every line; at least one, and one after a final line end."""
    return [0, *(found.end() for found in _END.finditer(text))]


def line_start(text: str, offset: int) -> int:
    """Where the line of ``offset`` begins."""
    return max(text.rfind("\n", 0, offset), text.rfind("\r", 0, offset)) + 1


def line_end(text: str, offset: int) -> int:
    """Where the line of ``offset`` ends, before its line end."""
    end = text.find("\n", offset)
    end = len(text) if end < 0 else end
    carriage = text.find("\r", offset, end)
    return end if carriage < 0 else carriage


def line_at(text: str, offset: int) -> str:
    """The line of ``offset`` without its line end."""
    return text[line_start(text, offset) : line_end(text, offset)]


def whole(text: str, span: Span) -> Span:
    """``span`` widened to whole lines without the last line end; an end at a line's start leaves that line out."""
    start = line_start(text, span.start)
    end = span.end
    if end > span.start and end == line_start(text, end):
        end -= 2 if text[end - 2 : end] == "\r\n" else 1
    return Span(start, max(start, line_end(text, end)))


def margin(line: str) -> str:
    """The white space that ``line`` begins with."""
    found = _MARGIN.match(line)
    return found[0] if found else ""


def width(white: str) -> int:
    """How wide a margin is; a tab reaches to the next multiple of eight, as Python counts."""
    return len(white.expandtabs(8))


def newline(text: str) -> str:
    """The line end that ``text`` uses first; ``\\n`` if it has none."""
    found = _END.search(text)
    return found[0] if found else "\n"


def normalised(text: str) -> str:
    """``text`` with ``\\n`` as its only line end."""
    return text.replace("\r\n", "\n").replace("\r", "\n")


def unit(text: str) -> str | None:
    """One step of indentation as ``text`` mostly has it: a tab or so many spaces; None if nothing is indented."""
    counts: dict[str, int] = {}
    before = ""
    for found in _INDENTED.finditer(text):
        white = found[1]
        if len(white) > len(before) and white.startswith(before):
            step = "\t" if white[len(before)] == "\t" else white[len(before) :]
            if step != " ":
                counts[step] = counts.get(step, 0) + 1
        before = white
    return min(counts, key=lambda step: (-counts[step], len(step)), default=None)
