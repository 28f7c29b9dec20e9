"""The smallest edits that make one text of another: by lines, then by words within the lines that differ; pure."""

from __future__ import annotations

import itertools
import re
from collections import Counter
from difflib import SequenceMatcher
from typing import TYPE_CHECKING

from lsp_codex.actions import lines
from lsp_codex.text import Edit, Span

if TYPE_CHECKING:
    from collections.abc import Iterator

WORDS_COMPARED = 1_500
"""Words of a stretch that are compared one by one; of a longer one only beginning and end are."""
LINES_COMPARED = 4_000
PAIRS = 60_000
"""Pairs of equal lines above which the frequent ones, brackets and blank lines, are not looked for."""

_WORD = re.compile(r"\w+|\r\n|[^\w\r\n]|[\r\n]")
_JOINT = 3
"""Two edits that are nearer to each other than so many characters read better as one."""


def edits(old: str, new: str, start: int = 0) -> tuple[Edit, ...]:
    """What makes ``new`` of ``old``, which begins at ``start`` of its document; lines that only end otherwise stay.

    ``new`` may have any line ends; what is inserted has those of ``old``. In order, none touching another.
    """
    end = lines.newline(old)
    mine, theirs = _rows(old), lines.normalised(new).split("\n")
    bare = [row.rstrip("\r\n") for row in mine]
    found: list[Edit] = []
    offsets = [0]
    for row in mine:
        offsets.append(offsets[-1] + len(row))
    for tag, i1, i2, j1, j2 in _line_changes(bare, theirs):
        if tag != "equal":
            found += _stretch(old, mine, theirs, offsets, (i1, i2, j1, j2), end)
    return tuple(Edit(Span(e.span.start + start, e.span.end + start), e.text) for e in found)


def _rows(text: str) -> list[str]:
    begins = [*lines.starts(text), len(text)]
    return [text[a:b] for a, b in itertools.pairwise(begins)]


def _line_changes(old: list[str], new: list[str]) -> Iterator[tuple[str, int, int, int, int]]:
    head = _common(old, new)
    tail = _common(old[head:][::-1], new[head:][::-1])
    a, b = old[head : len(old) - tail], new[head : len(new) - tail]
    if len(a) > LINES_COMPARED or len(b) > LINES_COMPARED:
        yield "replace", head, head + len(a), head, head + len(b)
        return
    for tag, i1, i2, j1, j2 in SequenceMatcher(None, a, b, autojunk=_pairs(a, b) > PAIRS).get_opcodes():
        yield tag, i1 + head, i2 + head, j1 + head, j2 + head


def _stretch(
    old: str, mine: list[str], theirs: list[str], offsets: list[int], rows: tuple[int, int, int, int], end: str
) -> list[Edit]:
    """The edits for the rows ``i1:i2`` of old and ``j1:j2`` of new, which differ."""
    i1, i2, j1, j2 = rows
    start, stop = offsets[i1], offsets[i2]
    before, after = old[start:stop], end.join(theirs[j1:j2])
    at_the_end = i2 == len(mine)
    if not at_the_end:
        after += end if j2 > j1 else ""
        if i2 > i1 and j2 > j1:
            # The last line end is the document's own, whatever it is.
            own = mine[i2 - 1][len(mine[i2 - 1].rstrip("\r\n")) :]
            before, after = before[: len(before) - len(own)], after[: len(after) - len(end)]
    elif i1 == i2:
        after = end + after  # behind a last line that has no line end
        start = stop = len(old)
    elif j1 == j2 and i1 > 0:
        # The last lines go: so does the line end before them.
        own = mine[i1 - 1][len(mine[i1 - 1].rstrip("\r\n")) :]
        start, before = start - len(own), own + before
    if i2 - i1 == j2 - j1 and i2 > i1:
        pairs = zip(mine[i1:i2], theirs[j1:j2], offsets[i1:i2], strict=True)
        return [edit for a, b, at in pairs for edit in _words(a.rstrip("\r\n"), b, at)]
    return _words(before, after, start)


def _words(old: str, new: str, start: int) -> list[Edit]:
    """The edits of one stretch; words are kept whole."""
    a, b = _WORD.findall(old), _WORD.findall(new)
    head = _common(a, b)
    tail = _common(a[head:][::-1], b[head:][::-1])
    at = start + sum(map(len, a[:head]))
    a, b = a[head : len(a) - tail], b[head : len(b) - tail]
    if not a and not b:
        return []
    if max(len(a), len(b)) > WORDS_COMPARED or not a or not b:
        return [Edit(Span(at, at + sum(map(len, a))), "".join(b))]
    if _pairs(a, b) > PAIRS:
        return [Edit(Span(at, at + sum(map(len, a))), "".join(b))]
    found: list[Edit] = []
    for tag, i1, i2, j1, j2 in SequenceMatcher(None, a, b, autojunk=False).get_opcodes():
        if tag != "equal":
            begin = at + sum(map(len, a[:i1]))
            found.append(Edit(Span(begin, begin + sum(map(len, a[i1:i2]))), "".join(b[j1:j2])))
    return _joined(found, old, start)


def _joined(found: list[Edit], old: str, start: int) -> list[Edit]:
    """``found`` with neighbours that all but touch made one."""
    made: list[Edit] = []
    for edit in found:
        last = made[-1] if made else None
        if last is not None and edit.span.start - last.span.end < _JOINT:
            between = old[last.span.end - start : edit.span.start - start]
            made[-1] = Edit(Span(last.span.start, edit.span.end), last.text + between + edit.text)
        else:
            made.append(edit)
    return made


def _pairs(a: list[str], b: list[str]) -> int:
    """How many pairs of equal lines there are: what comparing costs, several times over."""
    counts = Counter(b)
    return sum(counts[line] for line in a)


def _common(a: list[str], b: list[str]) -> int:
    count = 0
    for one, other in zip(a, b, strict=False):
        if one != other:
            break
        count += 1
    return count
