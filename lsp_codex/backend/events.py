"""ResponseEvent: what one event of the stream says, as a sum type; parse() is pure and never raises.

Unknown events, those that need no reaction and data that is not JSON are :class:`Ignored` (spec/backend.md 2.1, 2.3).
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from lsp_codex.backend.limits import RateLimits, from_event, number

if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclass(frozen=True, slots=True)
class TextDelta:
    """A piece of the text of the message ``item``."""

    text: str
    item: str = field(default="", compare=False)


@dataclass(frozen=True, slots=True)
class CommentaryBegins:
    """The message ``item`` is the model talking about its work, not the answer (``phase``, spec/backend.md 1.3)."""

    item: str


@dataclass(frozen=True, slots=True)
class ItemText:
    """The whole text of the message ``item``, which is now complete; repeats the deltas, if there were any."""

    text: str
    item: str = field(default="", compare=False)
    commentary: bool = False
    phase: str | None = field(default=None, compare=False)


@dataclass(frozen=True, slots=True)
class ReasoningDone:
    """A reasoning item, as JSON: what a later turn sends back, its content encrypted (spec/backend.md 1.3)."""

    item: str


@dataclass(frozen=True, slots=True)
class RateLimitsSeen:
    """The state of the plan's limits."""

    limits: RateLimits


@dataclass(frozen=True, slots=True)
class TokenCount:
    """What the request cost, in tokens; ``cached`` of ``input``, ``reasoning`` of ``output``."""

    input: int = 0
    cached: int = 0
    output: int = 0
    reasoning: int = 0


@dataclass(frozen=True, slots=True)
class Completed:
    """The end of a good answer."""

    response_id: str | None = None
    tokens: TokenCount | None = None


@dataclass(frozen=True, slots=True)
class Incomplete:
    """The end of an answer that stopped early, with the service's reason, e.g. ``max_output_tokens``."""

    reason: str


@dataclass(frozen=True, slots=True)
class Failed:
    """The end of an answer that failed; ``resets_at`` in Unix seconds comes with a usage limit."""

    code: str
    message: str
    plan: str | None = None
    resets_at: float | None = None


@dataclass(frozen=True, slots=True)
class ErrorSeen:
    """A bare ``error`` event: it does not end the answer, but explains it if no ending follows (spec 2.3)."""

    code: str
    message: str


@dataclass(frozen=True, slots=True)
class Ignored:
    """Nothing to react to."""


ResponseEvent = (
    TextDelta
    | CommentaryBegins
    | ItemText
    | ReasoningDone
    | RateLimitsSeen
    | Completed
    | Incomplete
    | Failed
    | ErrorSeen
    | Ignored
)

REASONING = ("type", "summary", "content", "encrypted_content")
"""What of a reasoning item goes back (spec/backend.md 1.3)."""

_IGNORED = Ignored()


def parse(data: str) -> ResponseEvent:
    """What the ``data`` of one server-sent event says; its type stands in the JSON (spec/backend.md 2.1)."""
    event = _loads(data)
    response = _table(event.get("response"))
    match event.get("type"):
        case "response.output_text.delta":
            text = _text(event.get("delta"))
            return TextDelta(text, _text(event.get("item_id"))) if text else _IGNORED
        case "response.output_item.added":
            item = _table(event.get("item"))
            return CommentaryBegins(_text(item.get("id"))) if _is_commentary(item) else _IGNORED
        case "response.output_item.done":
            return _item(_table(event.get("item")))
        case "response.completed":
            return Completed(_text(response.get("id")) or None, _tokens(response.get("usage")))
        case "response.incomplete":
            return Incomplete(_text(_table(response.get("incomplete_details")).get("reason")) or "unknown")
        case "response.failed":
            return _failed(_table(response.get("error")))
        case "error":
            return _error(event)
        case "codex.rate_limits":
            return RateLimitsSeen(from_event(event))
        case _:
            return _IGNORED


def _loads(data: str) -> Mapping[str, object]:
    try:
        return _table(json.loads(data))
    except (ValueError, RecursionError):
        return {}


def _failed(error: Mapping[str, object]) -> Failed:
    code = _text(error.get("code")) or _text(error.get("type")) or "unknown"
    return Failed(
        code, _text(error.get("message")), _text(error.get("plan_type")) or None, number(error.get("resets_at"))
    )


def _error(event: Mapping[str, object]) -> Failed | ErrorSeen:
    # The error object is nested on this backend and flat on the public API; only flex_unavailable is final (2.3).
    failed = _failed(_table(event.get("error")) or {k: v for k, v in event.items() if k != "type"})
    return failed if failed.code == "flex_unavailable" else ErrorSeen(failed.code, failed.message)


def _item(item: Mapping[str, object]) -> ItemText | ReasoningDone | Ignored:
    if item.get("type") == "reasoning" and isinstance(item.get("encrypted_content"), str):
        # Its id is left out: nothing is stored there under it (``store: false``), so nothing could be found by it.
        kept = {name: item[name] for name in REASONING if item.get(name) is not None}
        return ReasoningDone(json.dumps({"summary": [], **kept}, ensure_ascii=False, separators=(",", ":")))
    text = _message_text(item)
    if not text:
        return _IGNORED
    return ItemText(text, _text(item.get("id")), _is_commentary(item), _text(item.get("phase")) or None)


def _is_commentary(item: Mapping[str, object]) -> bool:
    return item.get("type") == "message" and item.get("phase") == "commentary"


def _message_text(row: Mapping[str, object]) -> str:
    content = row.get("content")
    if row.get("type") != "message" or not isinstance(content, list):
        return ""
    parts = (_table(part) for part in content)
    return "".join(_text(part.get("text")) for part in parts if part.get("type") == "output_text")


def _tokens(value: object) -> TokenCount | None:
    usage = _table(value)
    if not usage:
        return None
    return TokenCount(
        input=_count(usage.get("input_tokens")),
        cached=_count(_table(usage.get("input_tokens_details")).get("cached_tokens")),
        output=_count(usage.get("output_tokens")),
        reasoning=_count(_table(usage.get("output_tokens_details")).get("reasoning_tokens")),
    )


def _count(value: object) -> int:
    return int(number(value) or 0)


def _table(value: object) -> Mapping[str, object]:
    return value if isinstance(value, dict) else {}


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""
