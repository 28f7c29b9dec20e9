"""Material: the documents of a question as text for the model, each within its budget of tokens; pure.

Every cut is made before anything is measured, so that the cost depends on the budgets and not on the documents.
"""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from lsp_codex.backend import window
from lsp_codex.text import Span, shown_path

if TYPE_CHECKING:
    from lsp_codex.backend.window import Measure
    from lsp_codex.chat.question import Question
    from lsp_codex.text import Snapshot

AROUND = 12_000
"""Tokens of the document that a question is about, at most: a long module. All of it counts on the user's plan."""
OTHERS = 8_000
"""Tokens of all other documents together."""
EACH = 3_000
"""Tokens of one of them: its beginning, where names are imported and defined."""
CHARACTERS = 8
"""Per token, at most: what is longer than that is cut before it is counted."""
WRAPPING = 40
"""Tokens that stand around a document: its tag, path, language and lines."""

_CONTROL = re.compile(r"[\x00-\x1f\x7f]")
_TAG = re.compile(r"</?(?:document|selection)(?:-(\d{1,9}))?\b")


@dataclass(frozen=True, slots=True)
class Material:
    """``text`` for the model, and keys of what it shows: the same for the same lines of the same text."""

    text: str
    shown: frozenset[str]


@dataclass(frozen=True, slots=True)
class _Part:
    tag: str
    document: Snapshot
    lines: tuple[int, int]
    text: str

    @property
    def key(self) -> str:
        size = len(self.document.text) - self.document.text.count("\r\n")
        whole = len(self.text) == size
        return f"{digest(self.document)}:{'all' if whole else f'{self.lines[0]}-{self.lines[1]}'}"


def gather(question: Question, limit: int | None, seen: frozenset[str], measure: Measure) -> Material:
    """What ``limit`` tokens hold of the documents of ``question``, its own first, without what was ``seen``."""
    parts: list[_Part] = []
    about = None if _seen_whole(question.about, seen) else _around(question, _least(AROUND, limit), measure)
    if about is not None and about.key not in seen:
        parts.append(about)
        limit = None if limit is None else limit - measure(about.text) - WRAPPING
    left = _least(OTHERS, limit)
    for document in question.others:
        if _seen_whole(document, seen):
            continue
        part = _beginning(document, min(EACH, left), measure)
        if part is None:
            break
        if part.key not in seen:
            left -= measure(part.text) + WRAPPING
            parts.append(part)
    shown = frozenset(part.key for part in parts)
    parts.reverse()  # what the question is about stands next to it
    if (selected := _selected(question)) is not None:
        parts.append(selected)
    suffix = _suffix(parts)
    return Material("\n\n".join(_rendered(part, suffix) for part in parts), shown)


def selected_text(question: Question) -> str:
    """What was selected."""
    if question.about is None or question.selection is None:
        return ""
    return question.about.text[question.selection.start : question.selection.end]


def digest(document: Snapshot) -> str:
    """The same for the same text under the same address; versions begin anew when a document is opened again."""
    text = f"{document.uri}\0{document.text}".encode("utf-8", "surrogatepass")
    return hashlib.blake2b(text, digest_size=16).hexdigest()


def _seen_whole(document: Snapshot | None, seen: frozenset[str]) -> bool:
    return bool(seen) and document is not None and f"{digest(document)}:all" in seen


def _around(question: Question, limit: int, measure: Measure) -> _Part | None:
    """The document of the question, as much as fits around what was selected, or from its beginning."""
    about = question.about
    if about is None or not about.text.strip() or limit <= WRAPPING:
        return None
    selection = question.selection or Span.at(0)
    middle = _normalised(about.text[selection.start : selection.end])
    reach = limit * CHARACTERS
    before = _normalised(about.text[max(0, selection.start - reach) : selection.start])
    after = _normalised(about.text[selection.end : selection.end + reach])
    room = limit - WRAPPING - (measure(middle) if len(middle) <= reach else limit)
    if room <= 0:
        return None  # the selection alone says it
    before, after = window.around(before, after, room, measure)
    text = before + middle + after
    if text == middle and question.selection is not None:
        return None
    first = _lines_before(about.text, selection.start) - before.count("\n") + 1
    return _Part("document", about, _lines(first, text), text)


def _beginning(document: Snapshot, limit: int, measure: Measure) -> _Part | None:
    if limit <= 2 * WRAPPING:
        return None
    text = window.head(_normalised(document.text[: limit * CHARACTERS]), limit - WRAPPING, measure)
    return _Part("document", document, _lines(1, text), text) if text.strip() else None


def _selected(question: Question) -> _Part | None:
    text = _normalised(selected_text(question))
    if not text or question.about is None or question.selection is None:
        return None
    first = _lines_before(question.about.text, question.selection.start) + 1
    return _Part("selection", question.about, _lines(first, text), text)


def _rendered(part: _Part, suffix: str) -> str:
    tag, (first, last) = f"{part.tag}{suffix}", part.lines
    facts = f'path="{_value(shown_path(part.document.uri))}" language="{_value(part.document.language)}"'
    ending = "" if part.text.endswith("\n") else "\n"
    return f'<{tag} {facts} lines="{first}-{last}">\n{part.text}{ending}</{tag}>'


def _suffix(parts: list[_Part]) -> str:
    """Nothing, or a number above all that the texts themselves have in such tags: no text can end its own."""
    numbers = [int(found[1] or 0) for part in parts for found in _TAG.finditer(part.text)]
    return f"-{max(numbers) + 1}" if numbers else ""


def _lines(first: int, text: str) -> tuple[int, int]:
    return first, first + text.removesuffix("\n").count("\n")


def _lines_before(text: str, offset: int) -> int:
    return text.count("\n", 0, offset) + text.count("\r", 0, offset) - text.count("\r\n", 0, offset)


def _normalised(text: str) -> str:
    return text.replace("\r\n", "\n").replace("\r", "\n")


def _least(budget: int, limit: int | None) -> int:
    return budget if limit is None else max(0, min(budget, limit))


def _value(text: str) -> str:
    clean = _CONTROL.sub("", text)
    return clean.replace("&", "&amp;").replace('"', "&quot;").replace("<", "&lt;").replace(">", "&gt;")
