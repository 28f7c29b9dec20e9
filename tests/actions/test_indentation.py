"""Answers at the margin of their place."""

from __future__ import annotations

import pytest

from lsp_codex.actions.indentation import fitted, trimmed

METHOD = "    def f(self):\n        return 1"
TEXT = '    def f():\n        return """a\n  b\n"""'

CASES = {
    "as it is": (METHOD, METHOD, "    ", METHOD),
    "moved to the left": ("def f(self):\n    return 2", METHOD, "    ", "    def f(self):\n        return 2"),
    "moved to the right": ("        def f():\n            pass", METHOD, "    ", "    def f():\n        pass"),
    "the first line alone": ("def f(self):\n        return 2", METHOD, "    ", "    def f(self):\n        return 2"),
    "blank lines around": (f"\n\n{METHOD}\n\n", METHOD, "    ", METHOD),
    "two spaces for four": ("def f():\n  if a:\n    b", METHOD, "    ", "    def f():\n        if a:\n            b"),
    "a string stays": ('def f():\n    return """a\n  b\n"""', TEXT, "    ", TEXT),
    "a string that moved comes back": (
        'def f():\n    """a\n\n    b\n    """',
        '    def f():\n        """a\n\n        b\n        """',
        "    ",
        '    def f():\n        """a\n\n        b\n        """',
    ),
    "a decorator without its margin": (
        "@a\n    def f():\n        pass",
        METHOD,
        "    ",
        "    @a\n    def f():\n        pass",
    ),
    "within a line": ("b(\n    c\n)", "a + 1", "    ", "b(\n        c\n    )"),
}


@pytest.mark.parametrize(("code", "region", "margin", "expected"), CASES.values(), ids=CASES.keys())
def test_python_is_fitted_in(code: str, region: str, margin: str, expected: str) -> None:
    """Whatever was done to the margin is undone, and strings stay what they are."""
    assert fitted(code, region, margin, unit="    ", is_python=True) == expected


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        ("f() {\n    x;\n}", "\tf() {\n\t\tx;\n\t}"),
        ("f() {\n\t\tx;\n\t}", "\tf() {\n\t\tx;\n\t}"),
        ("\tf() {\n\t\tx;\n\t}", "\tf() {\n\t\tx;\n\t}"),
    ],
)
def test_braces_are_fitted_in(code: str, expected: str) -> None:
    """Spaces become the document's tabs; a closing bracket shows that the first line alone lost its margin."""
    assert fitted(code, "\tf() {\n\t}", "\t", unit="\t", is_python=False) == expected


def test_nothing_is_nothing() -> None:
    """Blank lines alone are no code."""
    assert fitted("\n  \n", "x", "", unit=None, is_python=True) == ""
    assert trimmed("\r\n a\r\n", is_python=False) == [" a"]
