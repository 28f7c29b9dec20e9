"""How the code around a place is laid out."""

from __future__ import annotations

import pytest

from lsp_codex.completion.layout import Layout, Style, code


def _at(document: str, language: str = "python") -> Layout:
    before, after = document.split("┃")
    return Layout(before, after, language)


@pytest.mark.parametrize(
    ("document", "style"),
    [
        ("def f():\n    a\n┃", Style(4, tabs=False, steps=frozenset({4}))),
        ("if a:\n  b\n┃if c:\n  d\n", Style(2, tabs=False, steps=frozenset({2}))),
        ("f {\n\ta\n┃}\n", Style(4, tabs=True, steps=frozenset({4}))),
        ("a\n┃", None),
        ("if a:\n\tb\nif c:\n    d\n┃", None),
        ('def f():\n    """Say:\n      that\n    """\n┃', Style(4, tabs=False, steps=frozenset({4}))),
    ],
)
def test_the_style(document: str, style: Style | None) -> None:
    """By what blocks do; nothing where it is mixed; text in strings does not count."""
    assert _at(document).style == style


@pytest.mark.parametrize(
    ("document", "language", "depth"),
    [
        ("  if (a) {┃\n  }\n", "c", 2),
        ("  if (a &&\n      b) {┃\n  }\n", "c", 2),
        ("  if (a) {┃\n", "c", None),
        ("    if a:┃\n", "python", 4),
        ("    if (a and\n            b):┃\n", "python", 4),
        ("  if (a) {┃\n#else\n  }\n", "c", None),
    ],
)
def test_the_depth_of_a_block(document: str, language: str, depth: int | None) -> None:
    """Where its closing bracket stands, or where its header begins; unknown where a condition divides the text."""
    assert _at(document, language).block_depth == depth


@pytest.mark.parametrize(
    ("document", "inside"), [("x = 'a┃", True), ("x = 'a'┃", False), ("x  # a┃", True), ('"""\na\n┃', True)]
)
def test_inside_of_text(document: str, inside: bool) -> None:
    """In a string or a comment."""
    assert _at(document).inside_text is inside


def test_code_of_a_line() -> None:
    """Without its comment."""
    assert code("a = '#'  # b", "python") == "a = '#'  "
