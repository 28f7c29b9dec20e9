"""What is selected."""

from __future__ import annotations

import pytest

from tests.actions.scripted import place


@pytest.mark.parametrize(
    ("marked", "expected"),
    [
        ("a = ├ b + c ┤ * d\n", "b + c"),
        ("├a\n┤b\n", "a"),
        ("a├b\ncd┤e\nf\n", "ab\ncde"),
        ("a\n├\n  ┤\nb", None),
        ("a┃b", None),
        ("├d┤ef f():\n", None),
        ("def ├area┤(a):\n", None),
        ("def ├area(a)┤:\n", "area(a)"),
    ],
)
def test_what_is_chosen(marked: str, expected: str | None) -> None:
    """Whole lines if there are several, else exactly the text; blanks, a character or a name are no choice."""
    at = place(marked)
    span = at.chosen()
    assert (None if span is None else at.text[span.start : span.end]) == expected


def test_what_is_known_of_a_place() -> None:
    """Its line, its line end, its language; nobody has said what is to be done."""
    at = place("a\r\n  b┃c\r\n", "go")
    assert (at.line, at.newline, at.language.name, at.is_python) == ("  bc", "\r\n", "Go", False)
    assert at.instruction is None
