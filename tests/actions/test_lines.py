"""Lines at LSP's line ends."""

from __future__ import annotations

import pytest

from lsp_codex.actions import lines
from lsp_codex.text import Span

TEXT = "one\r\n  two\n\tthree\rfour"


def test_every_line_end_counts() -> None:
    """``\\n``, ``\\r\\n`` and ``\\r`` end a line, and nothing else does."""
    assert lines.starts(TEXT + "\u2028x\f") == [0, 5, 11, 18]
    assert [lines.line_at(TEXT, offset) for offset in (0, 5, 11, 18)] == ["one", "  two", "\tthree", "four"]


@pytest.mark.parametrize(
    ("start", "end", "expected"),
    [(1, 1, "one"), (6, 8, "  two"), (0, 5, "one"), (6, 11, "  two"), (6, 12, "  two\n\tthree"), (18, 22, "four")],
)
def test_whole_lines(start: int, end: int, expected: str) -> None:
    """A selection that ends where a line begins does not mean that line; the last line end is left out."""
    span = lines.whole(TEXT, Span(start, end))
    assert TEXT[span.start : span.end] == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a\n    b\n        c\n    d\n", "    "),
        ("a\n\tb\n\t\tc\n", "\t"),
        ("a {\n  b\n}\n", "  "),
        ("/**\n * a\n */\nf() {\n    b\n}\n", "    "),
        ('def a():\n    """x\n       odd\n    """\n    b\n\ndef c():\n    d\n', "    "),
        ("a\nb\n", None),
        ("", None),
    ],
)
def test_the_step_of_indentation(text: str, expected: str | None) -> None:
    """The step that occurs most; the star of a comment is none."""
    assert lines.unit(text) == expected


def test_margins_are_as_wide_as_python_counts() -> None:
    """A tab reaches to the next multiple of eight."""
    assert [lines.width(lines.margin(line)) for line in ("x", "  x", "\tx", "  \tx")] == [0, 2, 8, 8]


def test_the_line_end_in_use() -> None:
    """The first one; a text of one line gets ``\\n``."""
    assert [lines.newline(text) for text in (TEXT, "a\rb", "a")] == ["\r\n", "\r", "\n"]
    assert lines.normalised(TEXT) == "one\n  two\n\tthree\nfour"
