"""PIPELINE: every filter between the model's answer and the ghost text, in the order in which they run.

A filter is a function ``(text, place) -> text``; newlines are ``\\n`` until the last one; an empty text stays empty.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from lsp_codex.completion.context import CompletionContext, normalised
from lsp_codex.completion.postprocess import (
    afterword,
    blank,
    brackets,
    chatter,
    fences,
    indentation,
    invisible,
    marker,
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
    marker.drop_ours,
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
    invisible.drop_if_invisible,
    trailing.drop_blanks,
    blank.drop_if_blank,
    newlines.like_document,
)

_OPENING: tuple[Filter, ...] = (
    marker.drop_ours,
    fences.unwrap,
    chatter.drop_lead,
    afterword.drop_end,
    prefix.hold_back,
    prefix.drop_repeated,
    indentation.fit,
    repetition.cut,
)


@dataclass(frozen=True, slots=True)
class Step:
    """What one filter changed; ``name`` is its file's."""

    name: str
    before: str
    after: str


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of an answer, and by which filters; those that changed nothing are not named."""

    answer: str
    text: str
    steps: tuple[Step, ...] = ()

    @property
    def dropped_by(self) -> str | None:
        """The filter that left nothing of an answer that said something; None if something is left."""
        return None if self.text or not self.steps else self.steps[-1].name


def explain(answer: str, place: CompletionContext) -> Outcome:
    """The text to insert at ``place`` for the model's whole answer, step by step."""
    text, steps = normalised(answer), []
    for apply in PIPELINE:
        before, text = text, apply(text, place)
        if text != before:
            steps.append(Step(apply.__module__.rpartition(".")[2], before, text))
    return Outcome(answer, text, tuple(steps))


def clean(answer: str, place: CompletionContext) -> str:
    """The text to insert at ``place`` for the model's whole answer, or for what has arrived of it; "" for nothing."""
    return _through(PIPELINE, answer, place)


def opening(answer: str, place: CompletionContext) -> str:
    """``answer`` so far without what surrounds the code: what the decision to stop early looks at."""
    return _through(_OPENING, answer, place)


def _through(filters: tuple[Filter, ...], answer: str, place: CompletionContext) -> str:
    text = normalised(answer)
    for apply in filters:
        text = apply(text, place)
    return text
