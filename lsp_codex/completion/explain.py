"""Why there is ghost text at a place, or none: the journal told as JSON, the filters run once more; pure."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, assert_never

from lsp_codex.backend.window import estimate
from lsp_codex.completion import postprocess, prompt
from lsp_codex.completion.context import normalised
from lsp_codex.completion.journal import Received, Remembered, Sent, Unasked

if TYPE_CHECKING:
    from collections.abc import Sequence

    from lsp_codex.backend.request import ResponsesRequest
    from lsp_codex.completion.context import CompletionContext
    from lsp_codex.completion.journal import Entry

NEVER = "Nothing has been asked on this line yet."


def explain(entries: Sequence[Entry]) -> dict[str, Any]:
    """What the last of ``entries``, which are all about one line, led to.

    ``{outcome, sent: {model, effort, parts: [{name, characters, tokens, text}]}|null, received: text|null,
    filters: [{name, changed, text}], shown: text|null}``; ``tokens`` are an upper estimate.
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
    steps = _filters(entry.answer, entry.place)
    shown = steps[-1]["text"] if steps else entry.answer
    if not entry.led_on:
        outcome = "Asked, and what came did not fit what was typed meanwhile."
    elif shown:
        outcome = "Asked, and this is what is left of the answer."
    elif entry.answer.strip():
        by = next((step["name"] for step in steps if not step["text"]), "a filter")
        outcome = f"Asked, and nothing is shown: {by} left nothing of the answer."
    else:
        outcome = "Asked, and the model had nothing to say."
    return {
        "outcome": outcome,
        "sent": _sent(entry.request),
        "received": entry.answer,
        "filters": steps,
        "shown": shown if shown and entry.led_on else None,
    }


def _sent(request: ResponsesRequest) -> dict[str, Any]:
    parts = [
        {"name": name, "characters": len(text), "tokens": estimate(text), "text": text}
        for name, text in prompt.parts(request)
    ]
    return {"model": request.model, "effort": request.effort, "parts": parts}


def _filters(answer: str, place: CompletionContext) -> list[dict[str, Any]]:
    steps: list[dict[str, Any]] = []
    text = normalised(answer)
    for apply in postprocess.PIPELINE:
        after = apply(text, place)
        steps.append({"name": apply.__module__.rpartition(".")[2], "changed": after != text, "text": after})
        text = after
    return steps
