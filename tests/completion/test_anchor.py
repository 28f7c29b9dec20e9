"""Which line of an answer must stand where."""

from __future__ import annotations

import pytest

from lsp_codex.completion.anchor import oddities, shift
from lsp_codex.completion.context import CompletionContext, gather
from lsp_codex.text import Snapshot


def _at(document: str, language: str) -> CompletionContext:
    return gather(Snapshot("file:///a", language, 1, document.replace("┃", "")), document.index("┃"))


@pytest.mark.parametrize(
    ("language", "document", "answer", "columns"),
    [
        ("c", "f() {\n  ┃\n}\n", "a();\nb();", 2),
        ("c", "f() {\n  ┃\n}\n", "a();\n  b();", 0),
        ("c", "f() {\n  ┃\n}\n", "if (a) {\n      b();\n    }", -2),
        ("c", "f() {\n  ┃\n}\n", "x =\n      b;", 0),
        ("python", "def f():\n    ┃\n", "a()\nb()", 4),
        ("python", "def f():\n    ┃\n", "a()\n\ndef g():\n    pass", 0),
        ("python", "def f():\n    ┃\nb()\n", "a()\nb()", 0),
        ("python", "def f():\n    x\n    ┃\n", "if a:\n    b()", 4),
        ("python", "def f():\n    ┃\n", "x = (\n        1\n    )", 0),
        ("ruby", "def f\n  ┃\nend\n", "if a\n  b\nend", 2),
        ("kotlin", "f {\n    ┃\n}\n", "val a = b\n        .c()", 0),
    ],
)
def test_the_shift(language: str, document: str, answer: str, columns: int) -> None:
    """Right where lines are too far left, left where they are too deep, none where they may be right."""
    place = _at(document, language)
    assert shift(answer.split("\n"), place, place.layout.style) == columns


def test_oddities_tell_readings_apart() -> None:
    """The fewer, the likelier."""
    place = _at("f() {\n  if (a) {\n    b();\n  }\n  ┃\n}\n", "c")
    style = place.layout.style
    assert style is not None
    right = ["if (c) {", "    d();", "  }"]
    assert oddities(right, place, style) < oddities(["if (c) {", "      d();", "    }"], place, style)
