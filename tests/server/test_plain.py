"""Plain JSON out of what pygls makes of it."""

from __future__ import annotations

from collections import namedtuple
from typing import Any

import pytest

from lsp_codex.server.plain import plain

Object = namedtuple("Object", ["model", "inner"])  # noqa: PYI024 — pygls makes untyped ones like this


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (None, None),
        (Object("m", Object(1, [Object(None, True)])), {"model": "m", "inner": {"model": 1, "inner": [
            {"model": None, "inner": True}]}}),
        ({"a": (1, 2)}, {"a": [1, 2]}),
        ("text", "text"),
    ],
)  # fmt: skip
def test_objects_become_dictionaries(value: Any, expected: Any) -> None:
    """At any depth; tuples become lists, everything else stays."""
    assert plain(value) == expected
