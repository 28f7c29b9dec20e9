"""Python as its parser sees it."""

from __future__ import annotations

import pytest

from lsp_codex.actions import python_code


@pytest.mark.parametrize("text", ["def f(:", "x = \0", "(" * 5_000, "  x = 1"])
def test_what_does_not_parse_is_none(text: str) -> None:
    """Whatever the parser raises, and without a warning of its own."""
    assert python_code.parse(text) is None
    assert python_code.parse("x = '\\d'") is not None


def test_pieces_may_be_indented() -> None:
    """Whole lines of a document, whatever margin they have; what is no complete statement is none."""
    assert python_code.parse_piece("    x = 1\n    y = 2") is not None
    assert python_code.parse_piece("    x = 1\ny = 2") is None
    assert python_code.parse_piece("    else:\n        x") is None


def test_positions_count_characters() -> None:
    """The parser counts bytes; a byte order mark is none of its business."""
    text = "\ufeffé = '😀'; x = 1"
    tree = python_code.parse(text)
    assert tree is not None
    span = python_code.span_of(tree.body[1], text)
    assert text[span.start : span.end] == "x = 1"


@pytest.mark.parametrize(
    ("piece", "head"),
    [
        ("def f(a: int = {1: 2}[1]) -> x[1:2]: pass", "def f(a: int = {1: 2}[1]) -> x[1:2]:"),
        (
            "    @d(lambda: 1)\n    def f(\n        a,\n    ):\n        pass",
            "    @d(lambda: 1)\n    def f(\n        a,\n    ):",
        ),
        ("class A: x: int", "class A:"),
    ],
)
def test_where_a_header_ends(piece: str, head: str) -> None:
    """Behind its own colon, and no other."""
    end = python_code.header_end(piece)
    assert piece[:end] == head


def test_rows_within_strings() -> None:
    """Which rows they are, of which string, and whether that documents something."""
    code = 'def f():\n    """a\n    b"""\n    return f"""{1}\nc"""'
    found = python_code.string_rows(code)
    assert {row: is_doc for row, (_, _, is_doc) in found.items()} == {2: True, 4: False}
    assert python_code.string_rows("x = '''") == {}


@pytest.mark.parametrize(
    ("text", "sound"),
    [
        ("x = 1", True),
        ("\ufeffx = 1", True),
        ("def f():\n    return 1", True),
        ("return 1", False),
        ("x = 1\nfrom __future__ import annotations", False),
        ("def f(a, a): pass", False),
        ("x = (", False),
    ],
)
def test_what_compiles(text: str, sound: bool) -> None:
    """More is refused than by the parser alone."""
    assert python_code.compiles(text) is sound
