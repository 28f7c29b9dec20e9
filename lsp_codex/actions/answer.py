"""Reading a model's answer: which pieces of it may be the code that was asked for, the likeliest first; pure.

Answers come in fences, with a word before and after, in several blocks, cut off, or in words alone.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING

from lsp_codex.actions import languages, lines

if TYPE_CHECKING:
    from collections.abc import Iterator

    from lsp_codex.actions.languages import Language

TRIED = 12
"""Pieces of one answer that are tried at most."""
FENCES = 60
"""Fences that are looked at; more are no wrapping."""
LONGEST = 300
"""Characters of a line that may speak to a person."""

_FENCE = re.compile(r"^[ \t]*(`{3,}|~{3,})[ \t]*([^\s`]*)[^`\n]*$", re.MULTILINE)
_INVISIBLE = re.compile("[\ufeff\u200b\u2060]")
_MARKS = re.compile(r"^[ \t]*<\|/?target(?:-\d+)?\|>[ \t]*\n?|<\|/?target(?:-\d+)?\|>", re.MULTILINE)
_SENTENCE = re.compile(r"[ \t]*(?:[-*] |\d+\. |#+ |>|\*\*)?[“‘(`*]*[^\W\d_][^{};=]*[.:!?…]+[)`*\"'”’]*")
_LEAD = re.compile(
    r"[ \t]*(?:sure|certainly|of course|okay|ok|here(?:'s|’s| is| are)|i've|i have|note)\b.*", re.IGNORECASE
)
_CALL = re.compile(r"[\w\])]\((?!s\))|->|=>|::")
_RAW = re.compile(r"[rRuU](?:\"|')")
_GIT = ("diff ", "index ", "***")
_SORRY = re.compile(
    r"(?:i['’]?m sorry|sorry|i (?:can['’]?t|cannot|am unable|won['’]?t)|unfortunately|i['’]?m unable)\b",
    re.IGNORECASE,
)
_COMMENT = r"(?:#|//|/\*|<!--|--|;|%)[ \t]*+"
_REST = r"(?:rest|existing|remain\w*|unchanged|previous|same|other|code|before|omitted|snip)"
_ELISION = re.compile(
    rf"[ \t]*+(?:{_COMMENT}(?:\.\.\.|…)[ \t]*+(?:\*/|-->)?[ \t]*+$"
    rf"|(?:{_COMMENT})?[\[(<]?[ \t]*+(?:\.\.\.|…)[^\n]*\b{_REST}\b[^\n]*$"
    rf"|{_COMMENT}[\[(<]?[ \t]*+(?:the )?(?:rest|remainder) of (?:the|your|this)\b[^\n]*$"
    rf"|{_COMMENT}[\[(<]?[ \t]*+{_REST} [^\n]*(?:\.\.\.|…|unchanged|as before|the same)[^\n]*$)",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Piece:
    """A part of an answer: ``code``, and the language that the answer says it is in, if it says so."""

    code: str
    language: Language | None = None


def pieces(answer: str, language: Language, name: str | None = None) -> tuple[Piece, ...]:
    """What may be the code, the likeliest first; nothing for an empty answer, or one in words alone.

    ``name`` is what the code defines, if it defines something.
    """
    text = clean(answer)
    if language.prose:
        return _prose(text, language)
    fenced = [piece for block in _blocks(text) for piece in block]
    if not fenced:
        return tuple(dict.fromkeys(Piece(code) for code in _bare(text, language) if code.strip()))
    order = sorted(fenced, key=lambda piece: _likelihood(piece, language, name), reverse=True)
    return tuple(dict.fromkeys(piece for piece in order if piece.code.strip()))[:TRIED]


def clean(answer: str) -> str:
    """The answer without what is invisible or only marks places; line ends are ``\\n``."""
    text = _INVISIBLE.sub("", lines.normalised(answer))
    return _MARKS.sub("", text).strip("\n")


def elided(code: str, original: str) -> bool:
    """Whether ``code`` says "the rest is unchanged" in a line that ``original`` does not have."""
    there = {line.strip() for line in original.splitlines()}
    return any(_ELISION.match(line) and line.strip() not in there for line in code.split("\n") if len(line) < LONGEST)


def is_prose(line: str) -> bool:
    """Whether a line speaks to a person."""
    bare = line.strip()
    if len(bare) > LONGEST:
        return False
    if _LEAD.fullmatch(bare):
        return True
    if (bare.endswith(":") and bare[:1].islower()) or _RAW.match(bare):
        return False  # what opens a block of Python, and a docstring
    return " " in bare and _SENTENCE.fullmatch(bare) is not None and _CALL.search(bare) is None


def is_diff(code: str) -> bool:
    """Whether ``code`` says what goes and what comes instead of how it is then."""
    rows = [row for row in code.split("\n") if row.strip()]
    marks = {row[0] for row in rows}
    return marks >= {"+", "-"} and all(row[0] in " +-@\\" or row.startswith(_GIT) for row in rows)


def is_refusal(answer: str) -> bool:
    """Whether the model says that it will not or cannot."""
    return bool(_SORRY.match(answer.strip().lstrip("\"'*")))


def _blocks(text: str) -> Iterator[list[Piece]]:
    """Each fenced block, once for every mark that may close it: its code may hold fences itself."""
    fences = list(islice(_FENCE.finditer(text), FENCES))
    while fences:
        opened = fences.pop(0)
        closings = [
            found
            for found in fences
            if not found[2] and found[1][0] == opened[1][0] and len(found[1]) >= len(opened[1])
        ]
        meant = languages.meant(opened[2]) if opened[2] else None
        begin, ends = opened.end() + 1, [found.start() for found in closings] or [len(text)]
        yield [Piece(text[begin:end].removesuffix("\n"), meant) for end in ends[:4]]
        fences = fences[fences.index(closings[0]) + 1 :] if closings else []


def _prose(text: str, language: Language) -> tuple[Piece, ...]:
    """Sentences and fences are what such a document is made of: only a fence around all of it is none of it."""
    opened = _FENCE.match(text)
    if opened and text.rstrip().endswith(opened[1]) and (not opened[2] or opened[2].lower() in language.fences):
        text = text[opened.end() + 1 :].rstrip()[: -len(opened[1])].rstrip("\n")
    return (Piece(text),) if text.strip() and not is_refusal(text) else ()


def _likelihood(piece: Piece, language: Language, name: str | None) -> tuple[int, int, int]:
    right = 2 if piece.language is language else 1 if piece.language is None else 0
    if piece.language is not None and set(piece.language.fences) & set(language.fences):
        right = 2
    defines = bool(name and re.search(rf"\b{re.escape(name)}\b", piece.code))
    # Of the ends that one block may have, the first is the likeliest; of several blocks, the longest.
    return int(defines), right, -piece.code.count("```") * 10_000 + len(piece.code)


def _bare(text: str, language: Language) -> Iterator[str]:
    """The whole answer, and without the lines before and after that are for a person; nothing if all of it is."""
    rows = text.split("\n")
    if is_refusal(text) or (not language.prose and all(is_prose(row) or not row.strip() for row in rows)):
        return
    begin, end = 0, len(rows)
    while begin < end and (not rows[begin].strip() or is_prose(rows[begin])):
        begin += 1
    while end > begin and (not rows[end - 1].strip() or is_prose(rows[end - 1])):
        end -= 1
    yield text
    yield "\n".join(rows[begin:end])
    yield "\n".join(rows[begin:])
    yield text.strip("`")
