"""Where brackets, strings and comments stand in a piece of code: a few token rules per language, not a grammar; pure.

It has to be right for code as people write it, cheap on every key, and harmless where it is wrong: whoever uses it
changes a text only if that makes things fit better than they do.
"""

from __future__ import annotations

import re
from types import MappingProxyType
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Sequence

OPENS = MappingProxyType({")": "(", "]": "[", "}": "{"})
CLOSES = MappingProxyType({"(": ")", "[": "]", "{": "}"})

_DOUBLE, _SINGLE = r'"(?:\\.|[^"\\\n])*"?', r"'(?:\\.|[^'\\\n])*'?"
_CHARACTER = r"'(?:\\[^\n]{1,8}?|[^'\\\n])'"
_BACKTICK = r"`(?:\\.|[^`\\])*(?:`|\Z)"
_RAW_BACKTICK = r"`[^`]*(?:`|\Z)"
_TRIPLE = r'"""(?:\\.|[^\\])*?(?:"""|\Z)'
_TRIPLE_SINGLE = r"'''(?:\\.|[^\\])*?(?:'''|\Z)"
_HASH, _SLASHES, _DASHES = r"\#[^\n]*", r"//[^\n]*", r"--[^\n]*"
_STARS = r"/\*.*?(?:\*/|\Z)"
# A regular expression stands where a value may: after an operator or an opening bracket.
_PATTERN = r"/(?![/*])(?:\\.|\[(?:\\.|[^\]\\\n])*\]|[^/\\\n\[])+/"
_SLASHED = rf"(?<=[=(,:!&|?{{}};\[]\s){_PATTERN}|(?<=[(,=:!&|?]){_PATTERN}"


_TRIPLE_QUOTE = r"^(.*?)(\"\"\"|''')(.*)$"
_PYTHON = (_HASH, _TRIPLE, _TRIPLE_SINGLE, _DOUBLE, _SINGLE)
_JSON = (_SLASHES, _STARS, _DOUBLE)
_CSS = (_STARS, _DOUBLE, _SINGLE)
_SCSS = (r"(?<!:)//[^\n]*", _STARS, _DOUBLE, _SINGLE)
_SHELL = (r"(?<![\w$])\#[^\n]*", _DOUBLE, _SINGLE)
_C = (_SLASHES, _STARS, _DOUBLE, _CHARACTER)
_SCRIPT = (_SLASHES, _STARS, _SLASHED, _DOUBLE, _SINGLE, _BACKTICK)
_JAVA = (_SLASHES, _STARS, _TRIPLE, _DOUBLE, _CHARACTER)
_SQL = (_DASHES, _STARS, _DOUBLE, _SINGLE)
_LISP = (r";[^\n]*", _DOUBLE, r"\\.")
_PLAIN = (_DOUBLE,)

_LANGUAGES = MappingProxyType(
    {
        **dict.fromkeys(("python", "starlark", "gdscript"), _PYTHON),
        **dict.fromkeys(("ruby", "elixir", "crystal", "perl", "r", "julia", "toml", "nix"), _SHELL),
        **dict.fromkeys(
            ("shellscript", "sh", "bash", "zsh", "fish", "yaml", "dockerfile", "makefile", "cmake"), _SHELL
        ),
        **dict.fromkeys(("c", "cpp", "objective-c", "objective-cpp", "csharp", "d", "dart", "proto", "zig"), _C),
        **dict.fromkeys(("objc", "objcpp", "cuda-cpp", "glsl", "hlsl", "solidity", "verilog"), _C),
        **dict.fromkeys(("java", "kotlin", "scala", "groovy", "swift"), _JAVA),
        "rust": (_SLASHES, _STARS, r'r(#*)".*?(?:"\2|\Z)', r'"(?:\\.|[^"\\])*(?:"|\Z)', _CHARACTER),
        "go": (_SLASHES, _STARS, _DOUBLE, _CHARACTER, _RAW_BACKTICK),
        **dict.fromkeys(("javascript", "typescript", "javascriptreact", "typescriptreact", "vue", "svelte"), _SCRIPT),
        **dict.fromkeys(("json", "jsonc", "json5"), _JSON),
        **dict.fromkeys(("css",), _CSS),
        **dict.fromkeys(("scss", "less", "stylus"), _SCSS),
        "php": (_SLASHES, r"\#(?!\[)[^\n]*", _STARS, _DOUBLE, _SINGLE),
        "lua": (r"--\[(=*)\[.*?(?:\]\2\]|\Z)", _DASHES, r"\[(=*)\[.*?(?:\]\3\]|\Z)", _DOUBLE, _SINGLE),
        **dict.fromkeys(("sql", "haskell", "elm", "ada", "vhdl"), _SQL),
        **dict.fromkeys(("clojure", "lisp", "scheme", "racket", "emacs-lisp", "elisp"), _LISP),
    }
)


class Token(NamedTuple):
    """A bracket (``mark``), a string or comment (``skip``), or the end of a line (``end``, a ``;`` included)."""

    kind: str
    text: str
    start: int


def tokens(text: str, language: str) -> list[Token]:
    """The tokens of ``text``, which has ``\\n`` as newline and begins outside of strings and comments."""
    skipped = "|".join(_LANGUAGES.get(language, _PLAIN))
    # ``re`` keeps what it has compiled; so a language costs something when its first document comes.
    found = re.finditer(rf"(?s)(?P<skip>{skipped})|(?P<mark>[()\[\]{{}}])|(?P<end>;?\n)", text)
    return [Token(each.lastgroup or "skip", each[0], each.start()) for each in found]


def knows(language: str) -> bool:
    """Whether there are rules for the language."""
    return language in _LANGUAGES


def open_at_end(text: str, found: Sequence[Token]) -> str:
    """The string or comment that the end of ``text`` stands inside of, from its beginning; "" if none."""
    if not found or found[-1].kind != "skip" or found[-1].start + len(found[-1].text) < len(text):
        return ""
    return "" if is_closed(found[-1].text) else found[-1].text


def is_closed(token: str) -> bool:
    """Whether a string or comment has its end; a comment that ends with its line never has."""
    if token.startswith(("'''", '"""')):
        return len(token) >= 6 and token.endswith(token[:3])
    if token.startswith("/*"):
        return len(token) >= 4 and token.endswith("*/")
    if token[0] in "\"'`":
        return (
            len(token) >= 2 and token.endswith(token[0]) and (len(token) - len(token[:-1].rstrip("\\")) - 1) % 2 == 0
        )
    if token.startswith(("[", "--[")):
        return token.endswith("]")
    return token.startswith(("r#", 'r"')) or (token[0] == "/" and token[1:2] != "/")


def lines_inside(text: str, found: Sequence[Token]) -> frozenset[int]:
    """The numbers, from 0, of the lines of ``text`` that begin inside of a string or comment of several lines."""
    inside: set[int] = set()
    for token in found:
        if token.kind == "skip" and (more := token.text.count("\n")):
            first = text.count("\n", 0, token.start)
            inside.update(range(first + 1, first + more + 1))
    return frozenset(inside)


def from_code(text: str, language: str) -> str:
    """``text``, which begins anywhere in a document, from the first line that is likely to be outside of a comment.

    A window may begin in the middle of a doc comment or docstring, and everything after it would be turned inside
    out. Its end gives it away: it closes what was not opened.
    """
    start = text.find("\n") + 1
    if (end := text.find("*/", start)) >= 0 and not 0 <= text.find("/*", start) < end:
        start = text.find("\n", end) + 1 or len(text)
    elif language == "python" and (found := re.search(_TRIPLE_QUOTE, text[start:], re.MULTILINE)):
        before, after = found[1].strip(), found[3].strip()
        above = text[start : start + found.start()].rstrip()
        alone = not before and not after and not above.endswith(":")
        ends = before and not after and not before.endswith(("=", "(", ",", "return", ":", "r", "f"))
        if alone or ends:
            start += found.end() + 1
    return text[start:]
