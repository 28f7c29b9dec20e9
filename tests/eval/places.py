"""Places: where in the corpus something is cut out, chosen by digests of path and position, the same everywhere."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from tests.eval.corpus import Source

KINDS = ("line end", "in a bracket", "body", "statement")
LONGEST_BLOCK = 20
"""Lines; more than that is never offered at once."""

_TOKEN = re.compile(r"\w+|[^\w\s]")
_BRACKET = re.compile(r"[(\[]([^()\[\]\n]*(?:\([^()\[\]\n]*\)[^()\[\]\n]*)*)[)\]]")
_COMMENT = re.compile(r"\s*(?:#|//|/?\*|--|<!--)")


@dataclass(frozen=True, slots=True)
class Cut:
    """``before`` + ``middle`` + ``after`` is the file; the cursor stands between the outer two."""

    language: str
    path: str
    kind: str
    before: str
    middle: str
    after: str

    @property
    def name(self) -> str:
        """For a person to find it."""
        return f"{self.path}:{self.before.count(chr(10)) + 1} ({self.kind})"


def choose(sources: Sequence[Source], count: int, seed: str = "") -> tuple[Cut, ...]:
    """``count`` places, as evenly over languages and kinds as the files allow."""
    languages = sorted({source.language for source in sources})
    queues = {
        (language, kind): _shuffled([s for s in sources if s.language == language], kind, seed)
        for kind in KINDS
        for language in languages
    }
    chosen: list[Cut] = []
    while len(chosen) < count:
        before = len(chosen)
        for key in queues:
            if len(chosen) < count and (cut := next(queues[key], None)):
                chosen.append(cut)
        assert len(chosen) > before, "the corpus has no more places"
    return tuple(sorted(chosen, key=lambda cut: (cut.language, cut.kind, cut.path, len(cut.before))))


def _shuffled(sources: Sequence[Source], kind: str, seed: str) -> Iterator[Cut]:
    """The cuts of one kind in an order that depends on nothing but the corpus; at most one of every line."""
    keyed = sorted(
        (hashlib.sha256(f"{seed}:{kind}:{source.path}:{number}".encode()).digest(), index, number)
        for index, source in enumerate(sources)
        for number in range(source.text.count("\n"))
    )
    lines = {index: source.text.split("\n") for index, source in enumerate(sources)}
    for _, index, number in keyed:
        span = _span(lines[index], number, kind)
        if span is None:
            continue
        text = sources[index].text
        begin = sum(len(line) + 1 for line in lines[index][:number]) + span[0]
        middle = span[1]
        cut = Cut(
            sources[index].language, sources[index].path, kind, text[:begin], middle, text[begin + len(middle) :]
        )
        # What we never write: blanks at the end of a line, and what nobody can know.
        if text[begin:].startswith(middle) and not re.search(r"[ \t](?=\n|\Z)|[^\x00-\uffff]", middle):
            yield cut


def _span(lines: Sequence[str], number: int, kind: str) -> tuple[int, str] | None:
    """The column and the text of what is cut out at a line, if the line is of the kind."""
    line = lines[number]
    if not line.strip() or len(line) > 300 or _COMMENT.match(line):
        return None
    match kind:
        case "line end":
            tokens = [found.start() for found in _TOKEN.finditer(line)]
            # Somewhere in its second half, but at a token's beginning or right after a blank.
            at = tokens[len(tokens) // 2] if len(tokens) > 3 else None
            rest = line[at:] if at else ""
            return (at, rest) if at and re.search(r"\w", rest) and len(rest) > 2 else None
        case "in a bracket":
            found = _BRACKET.search(line)
            inside = found[1] if found else ""
            return (found.start(1), inside) if found and re.search(r"\w", inside) else None
        case "body":
            return _body(lines, number)
        case _:
            return _statement(lines, number)


def _body(lines: Sequence[str], number: int) -> tuple[int, str] | None:
    line, own = lines[number], _indent(lines[number])
    if not line.endswith(("{", ":")) or line.lstrip().startswith(("case", "default", "public", "private")):
        return None
    end = number + 1
    while end < len(lines) and (not lines[end].strip() or _indent(lines[end]) > own):
        end += 1
    while end > number + 1 and not lines[end - 1].strip():
        end -= 1
    inside = lines[number + 1 : end]
    if not inside or not inside[0].strip() or len(inside) > LONGEST_BLOCK or end >= len(lines):
        return None
    return len(line), "\n" + "\n".join(inside)


def _statement(lines: Sequence[str], number: int) -> tuple[int, str] | None:
    """From a line that begins a paragraph to its end: the next blank line or the end of the block."""
    own = _indent(lines[number])
    above = lines[number - 1] if number else ""
    if above.strip() and (_indent(above) > own or not above.rstrip().endswith(("{", ":", ";", "}", ")"))):
        return None
    if re.match(r"\s*[})\].?&|+,:]|\s*(?:end|else|elif|except|finally|catch|case|default)\b", lines[number]):
        return None
    end = number + 1
    while end < len(lines) and lines[end].strip() and _indent(lines[end]) >= own:
        end += 1
    if end >= len(lines) or end - number > LONGEST_BLOCK:
        return None
    column = len(lines[number]) - len(lines[number].lstrip())
    return column, "\n".join([lines[number][column:], *lines[number + 1 : end]])


def _indent(line: str) -> int:
    expanded = line.expandtabs(4)
    return len(expanded) - len(expanded.lstrip())
