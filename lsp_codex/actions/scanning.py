"""Code in any language seen as comments, strings, brackets and the rest: what stays open, what is no comment; pure.

Good enough for a check, not a parser: what cannot be told apart is code.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from lsp_codex.actions.languages import Language

_PAIRS = ("()", "[]", "{}")
_BRACKET = r"[()\[\]{}]"
_SCRIPT_REGEX = r"(?<=[=(,:;!&|?{}\[])[ \t]*/(?![/*])(?:\\.|\[(?:\\.|[^\]\\\n])*\]|[^/\\\n\[])+/"
_CHAR = r"'(?:\\[^\n]{1,8}?|[^'\\\n])'"
_CHAR_LANGUAGES = ("Rust", "C", "C++", "Java", "Go", "C#", "Kotlin")


def tokens(text: str, language: Language) -> Iterator[tuple[str, int, int]]:
    """``(kind, start, end)`` of every ``comment``, ``string`` and ``bracket``, in order."""
    for found in re.finditer(_pattern(language), text, re.DOTALL):
        yield found.lastgroup or "", found.start(), found.end()


def left_open(text: str, language: Language) -> str:
    """The brackets that have no partner within ``text``: "" where all balance."""
    stack: list[str] = []
    for kind, start, _ in tokens(text, language):
        if kind != "bracket":
            continue
        mark = text[start]
        if stack and stack[-1] + mark in _PAIRS:
            stack.pop()
        else:
            stack.append(mark)
    return "".join(stack)


def code_alone(text: str, language: Language) -> str:
    """``text`` without comments and white space outside of strings: what stays when only comments change."""
    parts, at = [], 0
    for kind, start, end in tokens(text, language):
        if kind == "bracket":
            continue
        parts.append(re.sub(r"\s+", "", text[at:start]))
        parts.append(text[start:end] if kind == "string" else "")
        at = end
    parts.append(re.sub(r"\s+", "", text[at:]))
    return "".join(parts)


def closing(text: str, language: Language, start: int) -> int | None:
    """Where the first curly bracket after ``start`` is closed: the offset behind its partner."""
    depth = 0
    for kind, at, end in tokens(text[start:], language):
        if kind == "bracket" and text[start + at] in "{}":
            depth += 1 if text[start + at] == "{" else -1
            if depth <= 0:
                return start + end if depth == 0 else None
    return None


def _pattern(language: Language) -> str:
    comments = [f"{re.escape(begin)}.*?{re.escape(end)}" for begin, end in language.block]
    comments += [rf"{re.escape(mark)}[^\r\n]*" for mark in language.line]
    strings = [_string(quote, language) for quote in language.quotes]
    if "`" in language.quotes and language.name != "Go":
        strings.append(_SCRIPT_REGEX)
    parts = [f"(?P<comment>{'|'.join(comments)})"] if comments else []
    parts += [f"(?P<string>{'|'.join(strings)})"] if strings else []
    return "|".join([*parts, f"(?P<bracket>{_BRACKET})"])


def _string(quote: str, language: Language) -> str:
    if quote == "'" and language.name in _CHAR_LANGUAGES:
        return _CHAR  # a lone quote may be a lifetime
    mark = re.escape(quote)
    if len(quote) == 3 or quote == "`":
        return rf"{mark}(?:\\.|[^\\])*?{mark}"
    return rf"{mark}(?:\\[^\n]|\\\n|[^{quote}\\\n])*{mark}"
