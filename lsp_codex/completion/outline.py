"""What a document defines, and in which lines: a few patterns per family of languages, no parser; pure, cheap."""

from __future__ import annotations

import re
from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

LARGEST = 200_000
"""Characters of a document that is looked through; a larger one is data, or made by a program."""
LONGEST_LINE = 400
"""No header is longer; of a longer line only its beginning is looked at."""
MOST = 2_000

_WORDS = (
    "class|struct|interface|enum|trait|impl|protocol|extension|module|namespace|object|record|union|type|typealias"
    "|function|func|fn|fun|def|defp|defmodule|defmacro|sub|proc|procedure|macro"
    # What has no word of its own for a kind of type: only with a type or a value.
    r"|(?:const|constexpr|static|let|var|val)(?=[ \t]+(?:mut[ \t]+)?\w+[ \t]*[:=])"
)
_MODIFIERS = (
    r"(?:(?:pub(?:\([^)\n]{0,40}\))?|export|default|declare|public|private|protected|internal|static|final|abstract"
    r"|sealed|override|async|unsafe|extern|inline|virtual|open|data|partial|readonly|case|inner|suspend)[ \t]+){0,5}"
)
_NAMED = (
    rf"^(?P<a>[ \t]{{0,99}}){_MODIFIERS}(?P<aw>{_WORDS})\b\*?[ \t]+(?:mut[ \t]+|\([^)\n]{{0,80}}\)[ \t]*)?(?P<an>\w+)"
)
_PYTHON = (
    r"^(?P<a>[ \t]{0,99})(?:async[ \t]+)?(?P<aw>def|class)[ \t]+(?P<an>\w+)"
    r"|^(?P<b>)(?P<bn>[A-Za-z_]\w{2,})[ \t]*(?::[^=\n]{1,120})?=(?!=)"
)
# A method or a function without a word of its own: a name, its arguments, and then an opening brace or nothing.
_METHOD = (
    r"^(?P<b>[ \t]{2,99})(?:(?:public|private|protected|static|async|get|set|readonly|override|final)[ \t]+){0,4}"
    r"(?!(?:if|for|while|switch|catch|return|else|do|with|function|await|new|throw)\b)(?P<bn>[A-Za-z_$][\w$]*)"
    r"(?:<[^>\n]{0,60}>)?\([^;{}\n]{0,200}\)[^;{}\n]{0,80}\{"
)
_TYPED = (
    r"^(?P<b>[ \t]{0,99})"
    r"(?!(?:return|else|throw|new|delete|using|typedef|if|for|while|switch|case|goto|import|package)\b)"
    r"[A-Za-z_][\w.:<>,\[\]?]{0,60}(?:[ \t]+[\w.:<>,\[\]?]{1,60}){0,4}[ \t*&]+(?P<bn>~?[A-Za-z_]\w*)"
    r"\([^;{}\n]{0,200}(?:\)[^;\n]{0,60}\{?[ \t]*|,[ \t]*)$"
)
_DEFINE = r"^(?P<c>)[ \t]*#[ \t]*define[ \t]+(?P<cn>\w+)"

_FAMILIES = MappingProxyType(
    {
        **dict.fromkeys(("python", "starlark", "gdscript"), re.compile(_PYTHON, re.MULTILINE)),
        **dict.fromkeys(
            ("javascript", "typescript", "javascriptreact", "typescriptreact", "vue", "svelte", "php", "dart"),
            re.compile(f"{_NAMED}|{_METHOD}", re.MULTILINE),
        ),
        **dict.fromkeys(
            ("c", "cpp", "objective-c", "objective-cpp", "cuda-cpp", "java", "csharp", "d"),
            re.compile(f"{_NAMED}|{_TYPED}|{_DEFINE}", re.MULTILINE),
        ),
    }
)
_OTHER = re.compile(_NAMED, re.MULTILINE)
_HOLDERS = frozenset(
    {
        "class", "struct", "interface", "enum", "trait", "impl", "protocol", "extension", "module", "namespace",
        "object", "record", "union", "defmodule", "type",
    }
)  # fmt: skip
_CLOSER = re.compile(r"\s*(?:[)\]}]|end\b)")

FUNCTION_LINES, HOLDER_LINES = 8, 24


@dataclass(frozen=True, slots=True)
class Definition:
    """A name, the row of its header (from 0), how far that is indented, and whether it holds other definitions."""

    name: str
    row: int
    indent: int
    holder: bool


def definitions(text: str, language: str) -> tuple[Definition, ...]:
    """What ``text`` defines, from top to bottom; nothing for a text that is too large to be source."""
    if len(text) > LARGEST:
        return ()
    found: list[Definition] = []
    row, counted = 0, 0
    for match in _FAMILIES.get(language, _OTHER).finditer(text):
        which = next(name for name in "abc" if match.groupdict().get(name) is not None)
        row += text.count("\n", counted, match.start())
        counted = match.start()
        holder = which == "a" and match["aw"] in _HOLDERS
        found.append(Definition(match[which + "n"], row, len(match[which].expandtabs(4)), holder))
        if len(found) == MOST:
            break
    return tuple(found)


def excerpt(rows: Sequence[str], header: Definition, inside: Sequence[Definition]) -> str:
    """What is worth knowing of a definition, of which ``rows`` begins with the header, without newlines.

    Of a function its first lines, of a class its own and the headers of what it defines; ``…`` stands for the rest.
    """
    end = _end(rows, header.indent)
    if not header.holder or not inside:
        most = HOLDER_LINES if header.holder else FUNCTION_LINES
        return _shown(rows, range(min(end, most)), end)
    inner = [each.row - header.row for each in inside if header.row < each.row < header.row + end]
    least = min((each.indent for each in inside if header.row < each.row < header.row + end), default=0)
    direct = {each.row - header.row for each in inside if each.indent == least}
    first = min(inner, default=end)
    kept = [*range(min(first, FUNCTION_LINES)), *sorted(row for row in direct if first <= row < end)]
    return _shown(rows, kept[:HOLDER_LINES], end)


def _end(rows: Sequence[str], indent: int) -> int:
    """How many rows the definition has that begins with the first."""
    for number, line in enumerate(rows[1:], start=1):
        if line.strip() and len(line.expandtabs(4)) - len(line.expandtabs(4).lstrip()) <= indent:
            return number + 1 if _CLOSER.match(line) else number
    return len(rows)


def _shown(rows: Sequence[str], kept: Sequence[int], end: int) -> str:
    lines: list[str] = []
    previous = -1
    for row in kept:
        if row > previous + 1 and any(line.strip() for line in rows[previous + 1 : row]):
            lines.append("…")
        lines.append(rows[row][:LONGEST_LINE].rstrip())
        previous = row
    if any(line.strip() for line in rows[previous + 1 : end]):
        lines.append("…")
    while lines and not lines[-1]:
        lines.pop()
    return "\n".join(lines)
