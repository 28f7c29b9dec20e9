"""What of the candidates is sent: none twice, none that repeats what is there, no more than fits; pure."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from lsp_codex.backend.window import estimate

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from lsp_codex.completion.context import CompletionContext
    from lsp_codex.completion.surroundings import Piece

TOKENS = 2_000
"""For all pieces together: half of what the document itself gets."""
MOST = 8
LEAST = 20
"""Where less is left nothing of use fits."""
ALIKE = 0.5
"""Share of common lines from which two texts say the same: a model that sees its own surroundings repeats them."""
AROUND = 2_000
"""Characters on either side of the cursor with which a piece is compared."""

# A document about keys may be open and allowed, and hold one; no piece takes it along unasked.
_SECRET = re.compile(
    r"-----BEGIN [A-Z ]*PRIVATE KEY|\b(?:sk-|gh[pousr]_|github_pat_|glpat-|xox[abprs]-|AKIA|AIza|eyJhbGci)[\w-]{12,}"
)


def fit(candidates: Iterable[Piece], place: CompletionContext, tokens: int = TOKENS) -> tuple[Piece, ...]:
    """The best of ``candidates``, whose best come first, that together have at most so many tokens."""
    there = _lines(place.prefix[-AROUND:]) | _lines(place.suffix[:AROUND])
    kept: list[tuple[Piece, frozenset[str]]] = []
    for piece in candidates:
        if len(kept) == MOST or tokens < LEAST:
            break
        cost = estimate(piece.text)
        if cost > tokens or _SECRET.search(piece.text):
            continue
        lines = _lines(piece.text)
        if not lines or _covered(lines, there) or any(_same(piece, lines, *other) for other in kept):
            continue
        kept.append((piece, lines))
        tokens -= cost
    return tuple(piece for piece, _ in kept)


def steady(chosen: Sequence[Piece], before: Sequence[Piece], tokens: int = TOKENS) -> tuple[Piece, ...]:
    """``chosen`` in an order that begins as the one sent ``before``, for the prompt cache; what is new comes last.

    What was sent and is still true stays as long as there is room, for the next key may want it again.
    ``before`` holds only what is still true.
    """
    new = [piece for piece in chosen if piece not in before]
    whole = (*before, *new)
    if len(whole) <= MOST and sum(estimate(piece.text) for piece in whole) <= tokens:
        return whole
    return tuple(chosen)


def _same(piece: Piece, lines: frozenset[str], other: Piece, others: frozenset[str]) -> bool:
    if piece.uri == other.uri and piece.line == other.line:
        return True
    return len(lines & others) > ALIKE * len(lines | others) or lines <= others


def _covered(lines: frozenset[str], there: frozenset[str]) -> bool:
    return len(lines & there) > ALIKE * len(lines)


def _lines(text: str) -> frozenset[str]:
    return frozenset(line for each in text.split("\n") if len(line := each.strip()) > 3)
