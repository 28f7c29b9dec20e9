"""Why there is ghost text at a place, or none: the journal's last word on it, as JSON; pure."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, assert_never

from lsp_codex.backend.window import estimate
from lsp_codex.completion import prompt
from lsp_codex.completion.journal import Received, Remembered, Sent, Unasked

if TYPE_CHECKING:
    from collections.abc import Sequence

    from lsp_codex.backend.request import ResponsesRequest
    from lsp_codex.completion.journal import Entry

NEVER = "Nothing has been asked on this line yet."


def explain(entries: Sequence[Entry]) -> dict[str, Any]:
    """What the last of ``entries``, which are all about one line, led to.

    ``{outcome, sent: {model, effort, serviceTier, parts: [{name, characters, tokens, text}]}|null, received:
    text|null, filters: [{name, before, after, suggestion}], shown: text|null}``; ``tokens`` are an upper estimate,
    filters that changed nothing are left out, ``suggestion`` counts those of one answer from 0.
    """
    if not entries:
        return _told(NEVER)
    last = entries[-1]
    match last:
        case Unasked(why=why):
            return _told(f"Nothing was asked: {why}.")
        case Remembered(text=""):
            return _told("Nothing was asked: the model had nothing to say here a moment ago.")
        case Remembered(text=text):
            known = [entry for entry in entries if isinstance(entry, Received)]
            return {
                **(_answered(known[-1]) if known else _told("")),
                "outcome": "Nothing was asked: this is what is left of an earlier suggestion.",
                "shown": text,
            }
        case Sent(request=request):
            outcome = "Asked, and no whole answer came: it was superseded or cancelled, it failed, or it still runs."
            return {**_told(outcome), "sent": _sent(request)}
        case Received():
            return _answered(last)
        case _:
            assert_never(last)


def _told(outcome: str) -> dict[str, Any]:
    return {"outcome": outcome, "sent": None, "received": None, "filters": [], "shown": None}


def _answered(entry: Received) -> dict[str, Any]:
    shown = next((each.text for each in entry.outcomes if each.text), None)
    dropped = next((each.dropped_by for each in entry.outcomes if each.dropped_by), None)
    if not entry.led_on:
        outcome = "Asked, and what came did not fit what was typed meanwhile."
    elif not entry.complete:
        left = "this" if shown is not None else "nothing"
        outcome = f"Asked, and {left} is left of the lines that had come when the answer took too long."
    elif shown is not None:
        outcome = "Asked, and this is what is left of the answer."
    elif dropped is not None and entry.answer.strip():
        outcome = f"Asked, and nothing is shown: {dropped} left nothing of the answer."
    else:
        outcome = "Asked, and the model had nothing to say."
    return {
        "outcome": outcome,
        "sent": _sent(entry.request),
        "received": entry.answer,
        "filters": [
            {"name": step.name, "before": step.before, "after": step.after, "suggestion": number}
            for number, each in enumerate(entry.outcomes)
            for step in each.steps
        ],
        "shown": shown,
    }


def _sent(request: ResponsesRequest) -> dict[str, Any]:
    parts = [
        {"name": name, "characters": len(text), "tokens": estimate(text), "text": text}
        for name, text in prompt.parts(request)
    ]
    return {"model": request.model, "effort": request.effort, "serviceTier": request.service_tier, "parts": parts}
