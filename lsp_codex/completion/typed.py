"""What was typed between two places of a document, with what editors do by themselves beside it; pure.

While one types ``(``, an editor writes ``)`` right of the cursor; while one types ``)``, it steps over the one that
stands there. Neither makes a suggestion wrong that was made before.
"""

from __future__ import annotations

from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from lsp_codex.completion.context import CompletionContext

BY_ITSELF = 32
"""Characters at most that an editor writes or removes right of the cursor by itself: closers, newline, indent."""
ENOUGH = 500
"""Characters after the cursor that must be the same where the two windows end differently."""

_PAIRS = MappingProxyType({"(": ")", "[": "]", "{": "}", '"': '"', "'": "'", "`": "`"})
_CLOSERS = frozenset(")]}\"'` \t\r\n")


@dataclass(frozen=True, slots=True)
class Typed:
    """``text`` came left of the cursor; right of it ``closed`` came by itself, or ``gone`` went."""

    text: str
    closed: str = ""
    gone: str = ""

    def leaves(self, suggestion: str, covered: int) -> str | None:
        """What of ``suggestion``, which replaced ``covered`` characters, is still to come; None if it does not fit.

        Nothing, "", is left where all of it was typed; an empty suggestion says something about its own place only.
        """
        if not suggestion.startswith(self.text) or len(self.gone) > covered or (self.text and not suggestion):
            return None
        left = suggestion[len(self.text) :]
        closed = self.closed.strip()
        if "\n" in self.closed and left.rstrip().endswith(closed):
            return left.rstrip()[: -len(closed)].rstrip()
        return left


def between(earlier: CompletionContext, now: CompletionContext) -> Typed | None:
    """What was typed from ``earlier`` to ``now``; None if anything else has changed within the two windows.

    Or if more lines, or fewer, are wanted now.
    """
    count = now.offset - earlier.offset
    if count < 0 or count > len(now.prefix) or (now.uri, now.max_lines) != (earlier.uri, earlier.max_lines):
        return None
    start = max(now.start, earlier.start)
    if start > earlier.offset:
        return None
    end = len(now.prefix) - count
    if now.prefix[start - now.start : end] != earlier.prefix[start - earlier.start :]:
        return None
    text = now.prefix[end:]
    if _same(earlier.suffix, now.suffix):
        return Typed(text)
    if not text:
        return None
    expected = _closing(text)
    for length in range(1, _leading(now.suffix) + 1):
        closed = now.suffix[:length]
        if expected.startswith("".join(closed.split())) and _same(earlier.suffix, now.suffix[length:]):
            return Typed(text, closed=closed)
    for length in range(1, _leading(earlier.suffix) + 1):
        if _same(earlier.suffix[length:], now.suffix):
            return Typed(text, gone=earlier.suffix[:length])
    return None


def _closing(text: str) -> str:
    """What an editor may close of ``text`` by itself, the innermost first."""
    waiting: list[str] = []
    for mark in text:
        if mark in _PAIRS and not (waiting and waiting[-1] == mark):
            waiting.append(_PAIRS[mark])
        elif waiting and waiting[-1] == mark:
            waiting.pop()
    return "".join(reversed(waiting))


def _leading(suffix: str) -> int:
    """How many characters of ``suffix`` may have come by themselves."""
    return next(
        (at for at, mark in enumerate(suffix[:BY_ITSELF]) if mark not in _CLOSERS), min(BY_ITSELF, len(suffix))
    )


def _same(one: str, other: str) -> bool:
    if len(one) == len(other):
        return one == other
    common = min(len(one), len(other))
    return common >= ENOUGH and one[:common] == other[:common]
