"""Several answers in one: how they stand apart, and which of them are whole; pure.

One request and not three: the surroundings are read once, the plan is charged once, one stream runs.
"""

from __future__ import annotations

import re

COUNT = 3
"""Different suggestions at most when asked by hand."""
SEPARATOR = "<|or|>"
BEYOND = 400
"""Characters of an answer after its wanted part: whoever says so much more has forgotten the separator."""

_BETWEEN = re.compile(rf"[ \t]*\n?[ \t]*{re.escape(SEPARATOR)}[ \t]*\n?")
_WORD = re.compile(r"\s*(?:\w+|[^\w\s]+)")


def split(answer: str) -> list[str]:
    """The answers in ``answer``, at least one, at most :data:`COUNT`; the last one may still be arriving."""
    return _BETWEEN.split(answer)[:COUNT]


def has_more(answer: str) -> bool:
    """Whether ``answer`` has gone beyond the last one that is wanted."""
    return answer.count(SEPARATOR) >= COUNT


def first_line(text: str) -> str:
    """The first line that says something, with the blank ones before it; all of a text of one line."""
    content = len(text) - len(text.lstrip("\r\n"))
    ends = [at for mark in "\r\n" if (at := text.find(mark, content)) >= 0]
    return text[: min(ends, default=len(text))]


def first_word(text: str) -> str:
    """The first word or run of punctuation, with the blanks before it."""
    found = _WORD.match(text)
    return found[0] if found else text
