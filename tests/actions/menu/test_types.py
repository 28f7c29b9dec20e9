"""Add types."""

from __future__ import annotations

import pytest

from lsp_codex.actions.menu import types
from tests.actions.scripted import after, outcome, place


@pytest.mark.parametrize(
    ("marked", "language", "offered"),
    [
        ("def f(a):\n    return┃ a\n", "python", True),
        ("def f(self, a: int):\n    return┃ a\n", "python", True),
        ("def f(self, a: int) -> int:\n    return┃ a\n", "python", False),
        ("function f(a) {\n  return┃ a;\n}\n", "typescript", True),
        ("func f(a int) int {\n  return┃ a\n}\n", "go", False),
    ],
)
def test_where_types_may_be_missing(marked: str, language: str, offered: bool) -> None:
    """In languages where they may be, and not where the header has them all."""
    assert bool(types.offers(place(marked, language))) is offered


def test_imports_go_to_the_top() -> None:
    """What the annotations need comes to the other imports."""
    at = place("import os\n\n\ndef f(a):\n    return┃ a\n")
    said = "from typing import Any\n\ndef f(a: Any) -> Any:\n    return a"
    assert after("types", at, said) == "import os\nfrom typing import Any\n\n\ndef f(a: Any) -> Any:\n    return a\n"


def test_code_stays() -> None:
    """A type that comes with another behaviour is refused."""
    made = outcome("types", place("def f(a):\n    return┃ a\n"), "def f(a: int) -> int:\n    return int(a)")
    assert getattr(made, "why", "") == "it changes more than types"
