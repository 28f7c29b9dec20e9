"""What the sandbox's model says: simple but real code for the cursor of a document, the same each time.

The document stands in the user's text as ``<document path="a.py" language="python">``, its lines with one cursor
marker, ``</document>``. The marker is ``<|cursor|>``, or ``<|cursor-N|>`` when the document has that text itself.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from itertools import pairwise

from lsp_codex.sandbox import answers, edits
from lsp_codex.sandbox.recipes import DIALECTS, METHODS, PHRASES, PYTHON, RECIPES, SCRIPT, SERIES, Dialect

MARKER = re.compile(r"<\|cursor(?:-(\d+))?\|>")
DOCSTRING = re.compile(r"\s*(\"\"\"|''')(.*?)\1", re.DOTALL)
PY_BLOCK = re.compile(
    r"\s*(?:(?:(?:async )?(?:def|for|with)|class|if|elif|while|case|match) .*[\w)\]\"']|else|try|finally)"
)
PAIRS = "()[]{}"


@dataclass(frozen=True, slots=True)
class _Place:
    """Where the cursor stands: ``line`` is its line up to it, ``rest`` its line from it on."""

    prefix: str
    suffix: str
    dialect: Dialect
    unit: str
    line: str
    rest: str


def answer(user_text: str) -> str:
    """The text to insert at the cursor, maybe none; the edit of a task; else the answer to a question."""
    if (edited := edits.answer(user_text, answer)) is not None:
        return edited
    marker = max(MARKER.finditer(user_text), key=lambda found: int(found[1] or 0), default=None)
    start = user_text.rfind("<document ", 0, marker.start()) if marker else -1
    if marker is None or start < 0:
        return answers.answer(user_text)
    head, _, prefix = user_text[start : marker.start()].partition("\n")
    suffix = user_text[marker.end() :].partition("\n</document>")[0]
    language = re.search(r'language="([^"]*)"', head)
    dialect = DIALECTS.get(language[1] if language else "")
    line, rest = prefix.rpartition("\n")[2], suffix.partition("\n")[0]
    if dialect is None or rest.strip(")]}\"'`;:, \t") or line.strip().startswith(dialect.comment):
        return ""
    place = _Place(prefix, suffix, dialect, _unit(prefix, suffix, dialect), line, rest)
    ways = (_function_body, _next_of_series, _phrase, _closing)
    return next((text for way in ways if (text := way(place))), "")


def _unit(prefix: str, suffix: str, dialect: Dialect) -> str:
    """One step of indentation, as the document has it, else as the cursor has it, else as the language likes it."""
    for text in (prefix + suffix, f"{prefix}x"):
        steps: list[str] = re.findall(r"^(\t| {2,})(?=\S)", text, re.MULTILINE)
        if steps:
            return min(steps)
    return dialect.unit


def _function_body(place: _Place) -> str | None:
    """The rest of the body of the function that the cursor is in, if its name says what it does."""
    header = next(iter([*re.finditer(place.dialect.header, place.prefix, re.MULTILINE)][::-1]), None)
    if header is None:
        return None
    indent = _margin(place.prefix[: header.end("name")].rpartition("\n")[2])
    typed, doc = place.prefix[header.end() :], ""
    if place.dialect is PYTHON and (found := DOCSTRING.match(typed)):
        typed, doc = typed[found.end() :], found[2]
    typed = "\n" + typed.lstrip("\n") if typed.startswith("\n") else typed.rstrip(" ")
    lines = _body_lines(place, header, doc)
    if not lines or re.match(rf"\s*\n{indent}[ \t]+[^\s)\]}}]", place.suffix):
        return None  # nothing known, or the body is there already
    close, same_line = place.dialect.close, bool(place.rest.strip())
    there = same_line or re.match(rf"\s*\n{indent}{close}", "\n" + place.suffix) if close else True
    whole = "".join(f"\n{indent}{place.unit}{line}" for line in lines)
    whole += f"\n{indent}{'' if same_line else close}" if same_line or not there else ""
    return whole[len(typed) :] if whole.startswith(typed) else None


def _body_lines(place: _Place, header: re.Match[str], doc: str) -> list[str]:
    raw = [part.strip() for part in header["args"].split(",") if re.search(r"\w", part)]
    own = bool(raw) and raw[0].split()[-1].lstrip("&") in {"self", "cls"}
    params = [re.findall(r"\w+", part.removeprefix("mut "))[0] for part in raw[own:]]
    name = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", header["name"]).lower()
    if own and place.dialect is PYTHON and name == "__init__":
        return [f"self.{param} = {param}" for param in params]
    table = [recipe for recipe in (*(METHODS if own else ()), *RECIPES) if recipe.arity == len(params)]
    doc = re.sub(r"\W+", "_", f" {doc.lower()} ")
    named = ((recipe, re.fullmatch(recipe.names, name)) for recipe in table)
    told = ((recipe, re.search(f"_(?:{recipe.names})_", doc)) for recipe in table if recipe not in METHODS)
    recipe, found = next(((recipe, found) for recipe, found in (*named, *told) if found), (None, None))
    if recipe is None or found is None:
        return []
    own_text = recipe.python if place.dialect is PYTHON else recipe.script if place.dialect is SCRIPT else ""
    text = (own_text or recipe.any).replace("$f", header["name"])
    for index, param in enumerate(params):
        text = text.replace(f"${index}", param)
    if not text:
        return []
    return place.dialect.render(text.replace("@1", found[1] if found.groups() else ""), place.unit)


def _next_of_series(place: _Place) -> str | None:
    """The next line where the lines before make a series, one by one or two by two."""
    lines = place.prefix.split("\n")[:-1]
    for period in range(1, min(2, len(lines) // 2) + 1):
        following = _successor((lines[-2 * period], lines[-period]))
        if following is None or following in lines or place.suffix.lstrip("\n").startswith(following):
            continue
        if following.startswith(place.line) and following != place.line:
            return following[len(place.line) :]
    return None


def _margin(line: str) -> str:
    return line[: len(line) - len(line.lstrip())]


def _successor(texts: tuple[str, ...]) -> str | None:
    """What follows two texts that differ only in numbers, single letters and words of a series."""
    rows = [re.findall(r"\d+|[^\W\d_]+|\W|_", text) for text in texts]
    if len({len(row) for row in rows}) != 1 or not rows[0]:
        return None
    made = [_following(*column) for column in zip(*rows, strict=True)]
    return None if None in made else "".join(map(str, made))


def _following(a: str, b: str) -> str | None:
    if a == b:
        return b
    if a.isdecimal() and b.isdecimal():
        return str(2 * int(b) - int(a))
    if len(a) == len(b) == 1 and ord(b) - ord(a) == 1 and a.isalpha() and b not in "zZ":
        return chr(ord(b) + 1)
    for series in SERIES:
        words = series.split()
        for (before, now), following in zip(pairwise(words), words[2:], strict=False):
            if (before, now) == (a.lower(), b.lower()):
                return following.upper() if b.isupper() else following.title() if b.istitle() else following
    return None


def _phrase(place: _Place) -> str | None:
    """The rest of a phrase that everybody writes."""
    typed = place.line.lstrip()
    if len(typed) < 4 or place.rest.strip():
        return None
    known = (phrase for dialect, phrase in PHRASES if dialect is place.dialect and phrase.startswith(typed))
    return next((phrase[len(typed) :].replace("\n", "\n" + _margin(place.line)) for phrase in known), None)


def _closing(place: _Place) -> str | None:
    """What ends the quotes and brackets that this line opened, and the colon of a Python block."""
    if place.rest.strip() or not place.line.strip():
        return None
    stack, quotes = "", "\"'`" if place.dialect is SCRIPT or place.dialect is PYTHON else '"'
    for at, mark in enumerate(place.line):
        if stack and stack[0] in quotes:
            stack = stack[1:] if mark == stack[0] and place.line[at - 1] != "\\" else stack
        elif place.line.startswith(place.dialect.comment, at):
            return None
        elif mark in "([" or (mark == "{" and place.dialect is PYTHON):
            stack = PAIRS[PAIRS.index(mark) + 1] + stack
        elif mark in quotes:
            stack = mark + stack
        elif stack and mark == stack[0]:
            stack = stack[1:]
    if place.dialect is PYTHON and PY_BLOCK.fullmatch(place.line + stack):
        return stack + ":"
    return stack + place.dialect.stop if stack else None
