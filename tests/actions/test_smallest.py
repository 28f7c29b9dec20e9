"""Edits are right, small, in order, and leave line ends alone."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lsp_codex.actions import lines, smallest
from lsp_codex.actions.rewriting import applied

TEXTS = st.lists(st.sampled_from(["", "a", "  b", "c = d(e)", "é😀", "}", "a"]), max_size=8)
ENDS = st.sampled_from(["\n", "\r\n", "\r"])


@given(TEXTS, TEXTS, ENDS)
def test_the_edits_make_the_new_text(old: list[str], new: list[str], end: str) -> None:
    """For any two texts and any line end; what is inserted has the document's own; edits do not touch."""
    before, after = end.join(old), "\n".join(new)
    found = smallest.edits(before, after, 3)
    assert lines.normalised(applied(f"###{before}###", found)[3:-3]) == after
    borders = [border for edit in found for border in (edit.span.start, edit.span.end)]
    assert borders == sorted(borders)
    if end not in "".join(new) and len(old) > 1:
        assert applied(f"###{before}", found)[3:].replace(end, "").count("\n") == 0
    for edit in found:
        assert f"###{before}"[edit.span.start - 1 : edit.span.start + 1] != "\r\n"


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ("a\nb\nc\n", "a\nb\nc\n", []),
        ("x = a + b\n", "x = a - b\n", [(6, 7, "-")]),
        ("r = r + 1\n", "total = total + 1\n", [(0, 1, "total"), (4, 5, "total")]),
        ("a\r\nb\r\nc\r\n", "a\nc\n", [(3, 6, "")]),
        ("a\nb", "a\nb\nc", [(3, 3, "\nc")]),
        ("a\nb", "a", [(1, 3, "")]),
        ("f(a)\n", "f(a, b)\n", [(3, 3, ", b")]),
        ("one\r\ntwo\n", "one\n2\n", [(5, 8, "2")]),
    ],
)
def test_the_edits_are_small(old: str, new: str, expected: list[tuple[int, int, str]]) -> None:
    """Words that stay are not in an edit, nor are line ends."""
    assert [(e.span.start, e.span.end, e.text) for e in smallest.edits(old, new)] == expected


def test_long_texts_are_cut_at_both_ends() -> None:
    """What is too long to be compared word by word still keeps beginning and end."""
    old = " ".join(f"a{number}" for number in range(4_000))
    new = old.replace("a20 ", "b ").replace("a3990", "c")
    (edit,) = smallest.edits(old, new)
    assert edit.apply(old) == new
    assert edit.span.start == old.index("a20 ")
    assert edit.span.end == old.index("a3990") + len("a3990")
