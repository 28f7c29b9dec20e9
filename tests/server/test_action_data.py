"""What an action carries."""

from __future__ import annotations

from typing import Any

import pytest
from lsprotocol import types as lsp
from pygls.exceptions import JsonRpcException

from lsp_codex.server import action_data
from lsp_codex.server.action_data import ActionData

RANGE = lsp.Range(lsp.Position(1, 2), lsp.Position(3, 4))
WIRE = {"start": {"line": 1, "character": 2}, "end": {"line": 3, "character": 4}}
MINIMUM: dict[str, Any] = {"action": "document", "uri": "file:///a.py", "range": WIRE}


def test_what_is_written_is_read() -> None:
    """Everything that the run needs comes back; the word for the glue is none of it."""
    diagnostic = lsp.Diagnostic(RANGE, "bad", code=7, source="tool")
    data = ActionData("fix", "file:///a.py", 3, RANGE, (action_data.problem(diagnostic),))
    assert data.problems[0].code == "7"
    assert action_data.read(data.to_json(asks=True)) == data
    assert data.to_json(asks=True)["asks"] == "instruction"


def test_the_least_that_a_person_can_write() -> None:
    """Action, document and place; no version means any."""
    assert action_data.read(MINIMUM) == ActionData("document", "file:///a.py", None, RANGE)


@pytest.mark.parametrize(
    "value",
    [
        None, 7, {}, {**MINIMUM, "uri": 1}, {**MINIMUM, "range": {}}, {**MINIMUM, "version": "3"},
        {**MINIMUM, "version": True}, {**MINIMUM, "instruction": 1}, {**MINIMUM, "problems": "x"},
        {**MINIMUM, "problems": [{}]},
        {**MINIMUM, "range": {"start": {"line": 2**31, "character": 0}, "end": WIRE["end"]}},
        {**MINIMUM, "range": {"start": {"line": True, "character": 0}, "end": WIRE["end"]}},
        {**MINIMUM, "range": {"start": {"line": -1, "character": 0}, "end": WIRE["end"]}},
    ],
)  # fmt: skip
def test_anything_else_is_refused(value: object) -> None:
    """With a sentence, and before anything is asked."""
    with pytest.raises(JsonRpcException) as refused:
        action_data.read(value)
    assert refused.value.code == lsp.ErrorCodes.InvalidParams
