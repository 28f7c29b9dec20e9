"""Events of the stream as values."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lsp_codex.backend.events import (
    Completed,
    ErrorSeen,
    Failed,
    Ignored,
    Incomplete,
    ItemText,
    RateLimitsSeen,
    ReasoningDone,
    TextDelta,
    TokenCount,
    parse,
)
from lsp_codex.backend.limits import Credits, RateLimits, Window
from tests.backend.helpers import recorded

USAGE = {
    "input_tokens": 100,
    "input_tokens_details": {"cached_tokens": 40},
    "output_tokens": 12,
    "output_tokens_details": {"reasoning_tokens": 3},
    "total_tokens": 112,
}
MESSAGE = {"type": "message", "content": [{"type": "output_text", "text": "a"}, {"type": "output_text", "text": "b"}]}
LIMIT = {"code": "usage_limit_reached", "message": "m", "plan_type": "plus", "resets_at": 5}
WINDOW = {"used_percent": 12, "window_minutes": 300, "reset_at": 7}
LIMITS = {"type": "codex.rate_limits", "plan_type": "plus", "rate_limits": {"primary": WINDOW, "secondary": None}}

CASES: tuple[tuple[Any, Any], ...] = (
    ({"type": "response.output_text.delta", "delta": "a"}, TextDelta("a")),
    ({"type": "response.output_text.delta", "delta": ""}, Ignored()),
    ({"type": "response.output_text.delta", "delta": 1}, Ignored()),
    ({"type": "response.output_item.done", "item": MESSAGE}, ItemText("ab")),
    ({"type": "response.output_item.done", "item": MESSAGE | {"type": "reasoning"}}, Ignored()),
    ({"type": "response.output_item.done", "item": {"type": "message", "content": None}}, Ignored()),
    (
        {"type": "response.output_item.done", "item": {"type": "reasoning", "id": "rs_1", "encrypted_content": "x"}},
        ReasoningDone('{"summary":[],"type":"reasoning","encrypted_content":"x"}'),
    ),
    ({"type": "response.output_item.done", "item": {"type": "reasoning", "encrypted_content": None}}, Ignored()),
    (
        {"type": "response.output_item.done", "item": {"type": "message", "content": [1, {"type": "refusal"}]}},
        Ignored(),
    ),
    (
        {"type": "response.completed", "response": {"id": "r", "usage": USAGE}},
        Completed("r", TokenCount(100, 40, 12, 3)),
    ),
    (
        {
            "type": "response.completed",
            "response": {"id": "r", "usage": USAGE | {"input_tokens_details": None, "output_tokens_details": None}},
        },
        Completed("r", TokenCount(100, 0, 12, 0)),
    ),
    ({"type": "response.completed", "response": {"id": "r"}}, Completed("r")),
    ({"type": "response.completed"}, Completed()),
    (
        {"type": "response.incomplete", "response": {"incomplete_details": {"reason": "max_output_tokens"}}},
        Incomplete("max_output_tokens"),
    ),
    ({"type": "response.incomplete"}, Incomplete("unknown")),
    ({"type": "response.failed", "response": {"error": {"code": "c", "message": "m"}}}, Failed("c", "m")),
    ({"type": "response.failed", "response": {"error": {"type": "t"}}}, Failed("t", "")),
    ({"type": "response.failed", "response": {"error": LIMIT}}, Failed("usage_limit_reached", "m", "plus", 5.0)),
    ({"type": "response.failed", "response": None}, Failed("unknown", "")),
    ({"type": "error", "error": {"code": "flex_unavailable", "message": "m"}}, Failed("flex_unavailable", "m")),
    ({"type": "error", "code": "flex_unavailable", "message": "m"}, Failed("flex_unavailable", "m")),
    ({"type": "error", "error": {"code": "server_error", "message": "m"}}, ErrorSeen("server_error", "m")),
    ({"type": "error", "message": "m"}, ErrorSeen("unknown", "m")),
    (LIMITS, RateLimitsSeen(RateLimits(plan="plus", primary=Window(12, 300, 7)))),
    (
        LIMITS
        | {"metered_limit_name": "codex_x", "credits": {"has_credits": True, "unlimited": False, "balance": "1"}},
        RateLimitsSeen(RateLimits("codex_x", None, "plus", Window(12, 300, 7), None, Credits(True, False, "1"))),
    ),
    ({"type": "response.in_progress", "response": {}}, Ignored()),
    ({"type": "response.of_the_future", "delta": "a"}, Ignored()),
    ({"type": ["response.output_text.delta"], "delta": "a"}, Ignored()),
    ({}, Ignored()),
    ([], Ignored()),
    (None, Ignored()),
)


@pytest.mark.parametrize(("event", "expected"), CASES)
def test_an_event_is_what_it_says(event: Any, expected: object) -> None:
    """Each known event has its value; everything else is ignored."""
    assert parse(json.dumps(event)) == expected


@pytest.mark.parametrize(
    "data", ["[DONE]", "", "{", '{"type": NaN', "\x00", "[" * 100_000, '{"type": "response.completed"} x']
)
def test_data_that_is_not_json_is_ignored(data: str) -> None:
    """One bad line does not end a good answer (spec/backend.md 2.1)."""
    assert parse(data) == Ignored()


def test_the_recorded_stream_reads_as_its_text() -> None:
    """The events that the reference client was served: five deltas, the message, the end with its tokens."""
    seen = [parse(json.dumps(event)) for event in recorded("responses-lite")["streamed_answer"]["events"]]
    assert [event for event in seen if event != Ignored()] == [
        *(TextDelta(text) for text in ("Hello ", "from ", "the ", "fake ", "backend. ")),
        ItemText("Hello from the fake backend."),
        Completed("resp_fake_1", TokenCount(100, 40, 12, 0)),
    ]


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(
                ["item", "error", "response", "content", "usage", "rate_limits", "primary", "credits", "delta"]
            )
            | st.text(max_size=3),
            inner,
            max_size=4,
        )
    ),
    max_leaves=8,
)
TYPES = sorted({case["type"] for case, _ in CASES if isinstance(case, dict) and isinstance(case.get("type"), str)})


@given(
    st.sampled_from(TYPES),
    st.dictionaries(st.sampled_from(["response", "item", "error", "delta", "rate_limits"]), JSON),
)
def test_odd_shapes_never_raise(kind: str, rest: dict[str, Any]) -> None:
    """Whatever stands where an object was expected, the stream goes on."""
    parse(json.dumps({**rest, "type": kind}))
