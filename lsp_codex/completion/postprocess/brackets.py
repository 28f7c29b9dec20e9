"""Balances brackets: takes away a closing one that fits nothing, adds the one that what follows is waiting for."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from lsp_codex.completion import layout, scan
from lsp_codex.completion.cover import covered
from lsp_codex.completion.layout import width

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from lsp_codex.completion.context import CompletionContext

LONGEST = 3_000
"""Characters of a suggestion; one that is longer is no code of a block's length, and no typing error either."""
NEAR, BELOW = 500, 1_500
"""Characters of the document that are looked at: far enough to see what is open, near enough to be cheap."""

_ENDING = re.compile(r"[ \t]*([;,:]|\{|=>|->|\bdo|\bthen)?\s*\Z")
_LABEL = re.compile(r"(?:case|default|public|private|protected|signals|slots|[\w\s]+:\s*$|[{@\\])")
_ABOVE = -1_000_000
"""A line number before all others: what stands there was opened before the cursor's line."""
_PREPROCESSED = frozenset({"c", "cpp", "objective-c", "objective-cpp", "csharp"})


@dataclass(slots=True)
class _Opened:
    mark: str
    depth: int
    line: int


def balance(text: str, place: CompletionContext) -> str:
    """``text`` as it is if it fits, else with the fewest brackets more or fewer with which it fits better."""
    line = place.layout.above.rpartition("\n")[2]
    if len(text) > LONGEST or not text.strip() or not scan.knows(place.language):
        return text
    # Nearly every answer closes what it opens; then there is nothing to look at.
    # What was cut for its length goes on with the next suggestion, and is not closed on a line beyond that length.
    candidates = [e for e in _candidates(text, line, place) if e.strip().count("\n") < place.max_lines]
    if not candidates:
        return text
    if (stack := _opened_above(place, len(line))) is None:
        return text
    below = place.layout.suffix[:BELOW]
    if place.language in _PREPROCESSED and layout.BRANCH.search(f"{place.layout.above[-NEAR:]}{text}{below}"):
        return text
    from_start = place.start == 0 and len(place.layout.above) == len(place.layout.prefix)
    whole = from_start and len(place.suffix) < BELOW

    def misfits(candidate: str) -> int:
        code = line + candidate + below[covered(candidate, place.line_after) :]
        opened = [_Opened(each.mark, each.depth, _ABOVE) for each in stack]
        found = _walk(code, scan.tokens(code, place.language), opened, bottom=from_start)
        return found + (len(opened) if whole else 0)

    best, least = text, misfits(text)
    for candidate in candidates if least else ():
        if (found := misfits(candidate)) < least:
            best, least = candidate, found
    return best


def _opened_above(place: CompletionContext, column: int) -> list[_Opened] | None:
    """What is open where the cursor's line begins; None inside of a string or a comment."""
    start = len(place.layout.above) - column
    found = [token for token in place.layout.tokens_above if token.start < start]
    if found and found[-1].start + len(found[-1].text) > start:
        return None
    opened: list[_Opened] = []
    _walk(place.layout.above[:start], found, opened, bottom=False, first=_ABOVE)
    return opened


def _candidates(text: str, line: str, place: CompletionContext) -> Iterator[str]:
    """The text with one and with two closing brackets more or fewer at its end."""
    yield from _opened_elsewhere(text, line, place.language)
    opened: list[_Opened] = []
    _walk(line + text, scan.tokens(line + text, place.language), opened, bottom=False)
    lines = (line + text).split("\n")
    # What goes on below is closed there, and what the last character opens is closed there too.
    below = next((width(each) for each in place.following if each.strip()), 0) if place.at_line_end else 0
    goes_on = text.rstrip()[-1:] in scan.CLOSES and opened
    if goes_on:
        opened.pop()
    opened = [each for each in opened if below <= each.depth or (goes_on and each.mark != "{")]
    for each in reversed(opened[-3:]):
        yield from _closed(text, [each], lines)
    for count in (2, 3):
        if len(opened) >= count:
            yield from _closed(text, opened[: -count - 1 : -1], lines)


def _opened_elsewhere(text: str, line: str, language: str) -> Iterator[str]:
    """``text`` without the last one or two closing brackets that it has not opened, or that enclose nothing."""
    opened = 0
    foreign: list[int] = []
    for token in scan.tokens(line + text, language):
        if token.kind == "mark" and token.start >= len(line):
            opened += 1 if token.text in scan.CLOSES else -1
            if opened < 0:
                foreign.append(token.start - len(line))
                opened = 0
    if empty := re.search(r"[({\[]([)}\]])\W*\Z", text):
        foreign = [empty.start(1)]
    fewer = text
    for at in foreign[:-3:-1]:
        if re.search(r"\w", text[at:]):
            return
        fewer = re.sub(r"\n[ \t]*\Z", "", fewer[:at] + fewer[at + 1 :])
        yield fewer


def _closed(text: str, opened: list[_Opened], lines: list[str]) -> Iterator[str]:
    """``text`` with what closes ``opened``, innermost first: before punctuation, at its end, on new lines."""
    last = next((line for line in reversed(lines) if line.strip()), "")
    begins = all(each.line < len(lines) - 1 and lines[each.line].rstrip().endswith(each.mark) for each in opened)
    if begins and all(width(last) > width(lines[each.line]) or last.strip()[-1:] in ")]}" for each in opened):
        indents = [re.match(r"[ \t]*", lines[each.line]) for each in opened]
        closing = [
            f"\n{indent[0]}{scan.CLOSES[each.mark]}" for indent, each in zip(indents, opened, strict=True) if indent
        ]
        yield text.rstrip() + "".join(closing)
        return
    marks = "".join(scan.CLOSES[each.mark] for each in opened)
    ending = _ENDING.search(text)
    at = ending.start(1) if ending and ending[1] in {";", ",", ":"} else ending.start() if ending else len(text)
    if text[at:].strip():
        yield text[:at] + marks + text[at:]
    if text.rstrip()[-1:] not in scan.CLOSES:
        yield text.rstrip() + marks


def _walk(code: str, found: Sequence[scan.Token], opened: list[_Opened], *, bottom: bool, first: int = 0) -> int:
    """Run ``code`` over the brackets that are ``opened``; how often something does not fit.

    With ``bottom`` a bracket that closes what was never opened does not fit either. What does not fit: a bracket
    that closes another kind, or stands at another depth than the line of its partner; a line that begins further
    left than what is open, a statement that ends inside of it.
    """
    walk = _Walk(code, opened, bottom, first, depth=width(code.partition("\n")[0]))
    for token in found:
        if token.kind == "mark" and token.text in scan.CLOSES:
            opened.append(_Opened(token.text, walk.depth, walk.number))
        elif token.kind == "mark":
            walk.close(token)
        elif more := token.text.count("\n"):
            walk.number += more
            walk.begin = token.start + token.text.rfind("\n") + 1
            if token.kind == "end":
                walk.begin_line(ended=token.text[0] == ";")
    return walk.misfits


@dataclass(slots=True)
class _Walk:
    """Where a walk stands: the line, where it begins, the depth of the statement it belongs to."""

    code: str
    opened: list[_Opened]
    bottom: bool
    number: int
    depth: int
    begin: int = 0
    misfits: int = 0
    closed: tuple[int, int] | None = None
    """The number of the line and the depth of the block that ended last."""

    def begin_line(self, *, ended: bool) -> None:
        """A line begins; the one before it ended a statement or not."""
        if ended and self.opened and self.opened[-1].mark in "([":
            self.misfits += 1
            while self.opened and self.opened[-1].mark in "([":
                self.opened.pop()
        end = self.code.find("\n", self.begin)
        line = self.code[self.begin : end if end >= 0 else None]
        bare = line.lstrip()
        if bare:
            self.depth = width(line)
        if not bare or bare[0] in ")]}#*/" or end < 0:
            return
        while self.opened and _ends(self.opened[-1], self.depth, bare):
            self.misfits += 1
            self.opened.pop()

    def close(self, token: scan.Token) -> None:
        """A closing bracket comes."""
        wanted, alone = scan.OPENS[token.text], not self.code[self.begin : token.start].strip()
        if not self.opened:
            # A block may begin above what is looked at; an argument list hardly does.
            self.misfits += self.bottom or wanted != "{" or not alone
            return
        if self.opened[-1].mark != wanted:
            self.misfits += 1
            if any(each.mark == wanted for each in self.opened[-2:]):
                while self.opened.pop().mark != wanted:
                    pass
            return
        partner = self.opened.pop()
        if partner.line == self.number:
            return
        self.misfits += alone and self.depth != partner.depth
        if wanted == "{":
            # Two blocks of different depth do not end on one line.
            self.misfits += bool(self.closed and self.closed[0] == self.number and self.closed[1] != partner.depth)
            self.closed = (self.number, partner.depth)
        self.depth = min(self.depth, partner.depth)  # what opens behind it belongs to the line on which this began


def _ends(opened: _Opened, depth: int, line: str) -> bool:
    """Whether ``line``, at ``depth``, cannot stand inside of the bracket."""
    if opened.mark == "{":
        return depth < opened.depth or (depth == opened.depth and opened.line >= 0 and not _LABEL.match(line))
    return depth <= opened.depth
