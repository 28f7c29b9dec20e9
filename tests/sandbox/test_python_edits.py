"""The sandbox's edits of Python."""

from __future__ import annotations

import ast

import pytest

from lsp_codex.sandbox import python_edits


@pytest.mark.parametrize(
    ("name", "parameters", "expected"),
    [
        ("is_even", ["n"], "Return whether n is even."),
        ("read_file", ["path"], "Read file."),
        ("area", ["w", "h"], "Return the area of w and h."),
        ("_total", [], "Return the total."),
    ],
)
def test_names_say_what_functions_do(name: str, parameters: list[str], expected: str) -> None:
    """As a sentence."""
    assert python_edits.summary(name, parameters) == expected


def test_docstrings_are_docstrings() -> None:
    """With what is taken and given, and what was said already."""
    made = python_edits.docstring('def f(self, a, *rest):\n    """Old: words."""\n    return a')
    assert made is not None
    assert ast.literal_eval(made) == "Old: words.\n\n:param a: the a\n:param rest: the rest\n:return: the result\n"
    assert python_edits.docstring("class HttpServer:\n    pass") == '"""Http server."""'
    assert python_edits.docstring("x = 1") is None


@pytest.mark.parametrize(
    ("header", "expected"),
    [
        ("def f(self, n, flag=False):", "def f(self, n: int, flag: bool = False) -> None:"),
        ("def f(*a, name='x', **more):", "def f(*a: object, name: str = 'x', **more: object) -> None:"),
        ("def f(a: dict[str, int], b=None):", "def f(a: dict[str, int], b: object | None = None) -> None:"),
    ],
)  # fmt: skip
def test_types_are_guessed(header: str, expected: str) -> None:
    """From names and defaults; what is annotated stays."""
    assert python_edits.typed(f"{header}\n    pass") == f"{expected}\n    pass"
    ast.parse(f"{expected}\n    pass")


def test_plainer_code() -> None:
    """What many would write shorter."""
    assert python_edits.simpler("    if a == None:\n        return True\n    return False") == "    return a is None"
    assert python_edits.simpler("    x = x + 1") == "    x += 1"


def test_clearer_names() -> None:
    """By what is assigned; parameters and names that are taken stay."""
    made = python_edits.clearer("def f(words):\n    n = 0\n    for w in words:\n        n = n + len(w)\n    return n")
    assert (
        made
        == "def f(words):\n    total = 0\n    for word in words:\n        total = total + len(word)\n    return total"
    )
