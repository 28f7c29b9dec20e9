"""How far the span of a suggestion reaches right."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lsp_codex.completion.cover import covered

TEXT = st.text(alphabet=st.sampled_from("ab ()[]{}\"';,"), max_size=30)


@pytest.mark.parametrize(
    ("text", "rest", "count"),
    [
        ("a, b)", ")", 1),
        ("a, b", ")", 0),
        ("a, b)", ");", 1),
        ("a, b);", ")", 1),
        ("a, b);", ");", 2),
        ("[a])", "])", 0),
        ("a])", "])", 2),
        ("a]) + b", "])", 2),
        ("a), bar(b", ")", 0),
        ("(a)", ")", 0),
        ("str(x)", ")", 0),
        ("str(x))", ")", 1),
        ("(a), (b)", ", (b)", 5),
        ("(a) + b", ")", 0),
        ('hello")', '")', 2),
        ("a", ", c)", 0),
        ("a, ", ", c)", 2),
        ("x", "", 0),
        ("x", "   ", 0),
        ("x)", ")  ", 1),
        ("", ")", 0),
    ],
)
def test_what_the_text_brings_along_is_replaced(text: str, rest: str, count: int) -> None:
    """The common end, or closers that the text closes itself; nothing that it needs for what it opens."""
    assert covered(text, rest) == count


@pytest.mark.timeout(1)
def test_a_long_answer_on_a_long_line_is_no_work() -> None:
    """As long as both may be: the loop that computes this serves every other document too."""
    assert covered(")" * 8_000, "x)" * 2_000) == 0


@given(text=TEXT, rest=TEXT)
def test_no_more_than_the_text_has(text: str, rest: str) -> None:
    """What is replaced stands in the text, in order: VS Code shows ghost text only then."""
    replaced = rest[: covered(text, rest)]
    characters = iter(text)
    assert all(character in characters for character in replaced)
