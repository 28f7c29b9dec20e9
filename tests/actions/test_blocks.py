"""Functions and classes around a place, in several languages."""

from __future__ import annotations

from pathlib import Path

import pytest

from lsp_codex.actions import blocks, python_code
from tests.actions.scripted import place

OUTER = "@dec\ndef f(\n    x,\n):\n    # c\n    def g():\n        return 1\n\n    return g"
PY = f"import a\n\n\n{OUTER.replace('return 1', 'return┃ 1')}\n\n\nclass C:\n    y = 1\n"
SCRIPT = "/** Doc. */\nexport async function f(\n  x,\n) {\n  if (x) {\n    return '}';\n  }\n}"
JS = f"import a;\n\n{SCRIPT.replace('return', 'return┃')}\n\nconst y = 1;\n"
ALLMAN = "int x;\n\n// Doc.\nint f(int a)\n{\n    return┃ a;\n}\n\nint y;\n"
RUBY = "class A\n  # Doc.\n  def f(x)\n    x┃ + 1\n  end\nend\n"
ARROW = "const f = (a, b) => {\n  return┃ a;\n};\nf();\n"

CASES = {
    "a nested function": (PY, "python", "g", "    def g():\n        return 1"),
    "the outer one": (
        PY.replace("┃", "").replace("return g", "return┃ g"),
        "python",
        "f",
        OUTER,
    ),
    "decorators belong to it": (
        PY.replace("┃", "").replace("@dec", "@d┃ec"),
        "python",
        "f",
        OUTER,
    ),
    "a class": (PY.replace("┃", "").replace("y = 1", "y┃ = 1"), "python", "C", "class C:\n    y = 1"),
    "an indented blank line": ("def f():\n    ┃\n", "python", None, ""),
    "a stub's blank line": ('def f():\n    """D."""\n    ┃\n', "python", "f", 'def f():\n    """D."""'),
    "Python that does not parse": ("def f(:\n    x┃\n\n\ny\n", "python", "f", "def f(:\n    x"),
    "JavaScript": (JS, "javascript", "f", SCRIPT),
    "Allman braces": (ALLMAN, "c", "f", "// Doc.\nint f(int a)\n{\n    return a;\n}"),
    "Ruby": (RUBY, "ruby", "f", "  # Doc.\n  def f(x)\n    x + 1\n  end"),
    "an arrow function": (ARROW, "typescript", "f", "const f = (a, b) => {\n  return a;\n};"),
    "CRLF": (ARROW.replace("\n", "\r\n"), "typescript", "f", "const f = (a, b) => {\r\n  return a;\r\n};"),
    "Go's receivers": (
        "func (s *S) F(a int) int {\n\treturn┃ a\n}\n",
        "go",
        "F",
        "func (s *S) F(a int) int {\n\treturn a\n}",
    ),
    "nothing around": ("a = 1\nb┃ = 2\n", "python", None, ""),
    "below a function": ("def f():\n    pass\n\n┃\n", "python", None, ""),
    "a condition is no function": ("if (a) {\n  b┃;\n}\n", "javascript", None, ""),
}


@pytest.mark.parametrize(("marked", "language", "name", "expected"), CASES.values(), ids=CASES.keys())
def test_the_enclosing_block(marked: str, language: str, name: str | None, expected: str) -> None:
    """Its name and exactly its lines, comments and decorators above included."""
    at = place(marked, language)
    block = blocks.enclosing(at)
    if name is None:
        assert block is None or at.text == "def f():\n    \n"
        return
    assert block is not None
    assert (block.name, at.text[block.span.start : block.span.end]) == (name, expected)
    near = blocks.near(at)
    assert near is not None
    assert near.name == name or "@d┃ec" in marked


def test_the_cursor_at_every_place_of_a_real_module() -> None:
    """near() and enclosing() never fail, and a block holds its place."""
    text = Path(python_code.__file__).read_text("utf-8")
    for offset in range(0, len(text), 97):
        at = place(text[:offset] + "┃" + text[offset:])
        for language in ("python", "javascript"):
            other = place(text[:offset] + "┃" + text[offset:], language)
            blocks.near(other)
            block = blocks.enclosing(other)
            assert block is None or block.span.start <= offset <= block.span.end or not other.line.strip()
        assert at.text == text


def test_a_long_document_costs_no_more() -> None:
    """Only a stretch above the cursor is looked at."""
    text = "x = 1\n" * 200_000
    assert blocks.near(place(text + "┃y = 1\n")) is None
    assert blocks.near(place(text + "def f():\n    return┃ 1\n")) is not None
