"""Answers that repeat what stands around their target, or show how it is used."""

from __future__ import annotations

from dataclasses import replace

import pytest

from lsp_codex.actions.outcome import Answered
from tests.actions.scripted import after, outcome, place

PYTHON = "import os\n\nY = 2\n\n\n# area\ndef area(w, h):\n    r = w * h┃\n    return r\n\n\nX = 1\n"
SHORT = PYTHON.replace("┃", "").replace("    r = w * h\n    return r", "    return w * h")
METHOD = (
    "class Shape:\n    x = 1\n\n    def area(self, w, h):\n        r = w * h┃\n        return r\n\n"
    "    def b(self):\n        return 1\n"
)
SHORT_METHOD = METHOD.replace("┃", "").replace("        r = w * h\n        return r", "        return w * h")
SCRIPT = "const k = 1;\n\nfunction area(w, h) {\n  const r = w * h;┃\n  return r;\n}\n\nmodule.exports = { area };\n"
SHORT_SCRIPT = SCRIPT.replace("┃", "").replace("  const r = w * h;\n  return r;", "  return w * h;")
KLASS = "class A {\n  area(w, h) {\n    const r = w * h;┃\n    return r;\n  }\n}\n"
SHORT_KLASS = KLASS.replace("┃", "").replace("    const r = w * h;\n    return r;", "    return w * h;")
CALLED = "def f():\n    start()\n├    a()\n    b()┤\n    end()\n"

CASES = {
    "the file": (PYTHON, "python", SHORT, SHORT),
    "the file and an import": (PYTHON, "python", f"import math\n{SHORT}", SHORT.replace("os\n", "os\nimport math\n")),
    "the class": (METHOD, "python", SHORT_METHOD, SHORT_METHOD),
    "the class alone": (
        METHOD,
        "python",
        SHORT_METHOD.split("    def b")[0].replace("    x = 1\n\n", ""),
        SHORT_METHOD,
    ),
    "two classes of it": (
        METHOD + METHOD.replace("Shape", "Other").replace("┃", ""),
        "python",
        SHORT_METHOD + METHOD.replace("Shape", "Other").replace("┃", ""),
        SHORT_METHOD + METHOD.replace("Shape", "Other").replace("┃", ""),
    ),
    "how it is used": (PYTHON, "python", "def area(w, h):\n    return w * h\n\nprint(area(1, 2))", SHORT),
    "and for programs": (
        PYTHON,
        "python",
        "def area(w, h):\n    return w * h\n\nif __name__ == '__main__':\n    area(1, 2)",
        SHORT,
    ),
    "a helper stays": (
        PYTHON,
        "python",
        "def times(a, b):\n    return a * b\n\n\ndef area(w, h):\n    return times(w, h)\n\nX = 1",
        SHORT.replace("def area", "def times(a, b):\n    return a * b\n\n\ndef area").replace("w * h", "times(w, h)"),
    ),
    "the lines around": (
        CALLED,
        "python",
        "    start()\n    both()\n    end()",
        "def f():\n    start()\n    both()\n    end()\n",
    ),
    "a line like the next": (
        "def f():\n├    a()\n    end()┤\n    end()\n",
        "python",
        "    b()\n    end()",
        "def f():\n    b()\n    end()\n    end()\n",
    ),
    "a line like the one before": (
        "x = 0\nx += 1\n├x += 1; y()┤\nz()\n",
        "python",
        "x += 1\ny()",
        "x = 0\nx += 1\nx += 1\ny()\nz()\n",
    ),
    "a file of brackets": (SCRIPT, "javascript", SHORT_SCRIPT, SHORT_SCRIPT),
    "a class of brackets": (KLASS, "javascript", SHORT_KLASS, SHORT_KLASS),
    "a bracket like the next": (KLASS, "javascript", "area(w, h) {\n  return w * h;\n}", SHORT_KLASS),
}


@pytest.mark.parametrize(("source", "language", "said", "expected"), CASES.values(), ids=CASES.keys())
def test_what_is_repeated_stays_once(source: str, language: str, said: str, expected: str) -> None:
    """Models like to answer with more than they were asked for."""
    assert after("simplify", place(source, language), f"```\n{said}\n```") == expected


@pytest.mark.parametrize(
    ("source", "said", "expected"),
    [
        ("x = ├a + b┤ * c\n", "x = (a + b) * c", "x = (a + b) * c\n"),
        ("x = ├a + b┤ * c\n", "`(a + b)`", "x = (a + b) * c\n"),
        ("f(├a + b┤)\n", "g(a + b)", "f(g(a + b))\n"),
        ("    return ├a + b┤\n", "return a", "    return a\n"),
        ("├let a = 1┤;\n", "let b = 1;", "let b = 1;\n"),
    ],
)
def test_a_part_of_a_line_stays_one(source: str, said: str, expected: str) -> None:
    """Models answer with the line."""
    language = "javascript" if ";" in source else "python"
    assert after("rewrite", replace(place(source, language), instruction="do it"), said) == expected


@pytest.mark.parametrize(
    ("source", "said", "expected"),
    [
        ("def f(x):\n    ┃\n", "def f(x):\n    return 2 * x", "def f(x):\n    return 2 * x\n"),
        ("function f() {\n  ┃\n}\n", "  return 1;\n}", "function f() {\n  return 1;\n}\n"),
        ("x = 1\n┃\ny = 2\n", "z = 3\ny = 2\n", "x = 1\nz = 3\ny = 2\n"),
    ],
)
def test_a_continuation_goes_on(source: str, said: str, expected: str) -> None:
    """What stands before or after the cursor is not said again."""
    language = "javascript" if "{" in source else "python"
    assert after("continue", place(source, language), said) == expected


@pytest.mark.parametrize(
    ("source", "language"), [(CALLED, "python"), (PYTHON, "python"), (SCRIPT, "javascript"), ("├a┤ b\n", "zig")]
)
@pytest.mark.parametrize(
    "said",
    ["-    a()\n-    b()\n+    both()", "```diff\n     start()\n-    a()\n+    c()\n```", "@@ -1,2 +1,2 @@\n-a\n+b"],
)
def test_a_diff_is_no_code(source: str, language: str, said: str) -> None:
    """Some of them parse as Python: ``- a()`` is an expression."""
    made = outcome("rewrite", replace(place(source, language), instruction="change it"), said)
    assert isinstance(made, Answered)
    assert "diff" in made.why
