"""The schema can fail: each rule is broken once."""

from __future__ import annotations

import json
from typing import Any

import pytest

from lsp_codex.backend.frames import create, prewarm
from lsp_codex.backend.request import body
from tests.backend.helpers import ASK
from tests.harness.bodies import faults, frame_faults

MESSAGE = {"type": "message", "role": "user", "content": [{"type": "input_text", "text": "t"}]}
BROKEN: tuple[dict[str, Any], ...] = (
    {"store": True},
    {"stream": False},
    {"instructions": " "},
    {"model": None},
    {"service_tier": "auto"},
    {"parallel_tool_calls": True},
    {"input": "text"},
    {"input": []},
    {"input": [MESSAGE | {"role": "system"}]},
    {"input": [MESSAGE | {"role": "assistant"}]},
    {"reasoning": {"effort": "ultra"}},
    {"reasoning": {"budget": 1}},
    {"text": {"verbosity": "tiny"}},
    {"include": ["everything"]},
    *(
        {name: 1}
        for name in (
            "max_output_tokens", "max_tool_calls", "temperature", "top_p", "frequency_penalty", "presence_penalty",
            "truncation", "metadata", "user", "safety_identifier", "background", "stream_options",
            "previous_response_id",
        )
    ),
)  # fmt: skip


@pytest.mark.parametrize("change", BROKEN)
def test_a_body_that_is_refused_has_a_fault(change: dict[str, Any]) -> None:
    """One change to a good body is enough."""
    assert not faults(body(ASK))
    assert faults(body(ASK) | change)


def test_what_is_no_object_has_a_fault() -> None:
    """Before anything is looked up in it."""
    assert faults(None)


FRAME = json.loads(create(body(ASK), lite=True))


@pytest.mark.parametrize(
    "change",
    [{"type": "x"}, {"store": True}, {"generate": True}, {"client_metadata": {"user": "x"}}, {"temperature": 1}],
)
def test_a_frame_is_held_to_the_same(change: dict[str, Any]) -> None:
    """Those we send are good, for an answer and ahead of one; each change is found."""
    assert not frame_faults(FRAME)
    assert not frame_faults(json.loads(prewarm(body(ASK), lite=True)))
    assert frame_faults(FRAME | change)
    assert frame_faults(None)
