"""PIPELINE: every filter between the model's answer and the ghost text, in the order in which they run.

A filter is a function ``(text, place) -> text``; newlines are ``\\n`` until the last one; an empty text stays empty.
"""

from __future__ import annotations

from collections.abc import Callable

from lsp_codex.completion.context import CompletionContext, normalised
from lsp_codex.completion.postprocess import (
    afterword,
    blank,
    brackets,
    chatter,
    fences,
    indentation,
    newlines,
    next_line,
    prefix,
    quotes,
    repetition,
    scope,
    secrets,
    suffix,
    trailing,
)

Filter = Callable[[str, CompletionContext], str]

PIPELINE: tuple[Filter, ...] = (
    fences.unwrap,
    chatter.drop_lead,
    afterword.drop_end,
    prefix.drop_repeated,
    indentation.fit,
    repetition.cut,
    scope.keep_wanted,
    suffix.drop_overlap,
    quotes.close,
    brackets.balance,
    next_line.drop_if_equal,
    secrets.drop_if_secret,
    trailing.drop_blanks,
    blank.drop_if_blank,
    newlines.like_document,
)

_BEFORE_SCOPE = PIPELINE[: PIPELINE.index(scope.keep_wanted)]


def clean(answer: str, place: CompletionContext) -> str:
    """The text to insert at ``place`` for the model's whole answer, or for what has arrived of it; "" for nothing."""
    return _through(PIPELINE, answer, place)


def opening(answer: str, place: CompletionContext) -> str:
    """``answer`` so far without what surrounds the code: what the decision to stop early looks at."""
    return _through(_BEFORE_SCOPE, answer, place)


def _through(filters: tuple[Filter, ...], answer: str, place: CompletionContext) -> str:
    text = normalised(answer)
    for apply in filters:
        text = apply(text, place)
    return text
