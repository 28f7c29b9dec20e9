"""Several answers in one."""

from __future__ import annotations

import pytest

from lsp_codex.completion.alternatives import COUNT, first_line, first_word, has_more, split


@pytest.mark.parametrize(
    ("answer", "parts"),
    [
        ("a", ["a"]),
        ("a\n<|or|>\nb", ["a", "b"]),
        ("\n  a\n<|or|>\n\n  b\n", ["\n  a", "\n  b\n"]),
        ("a<|or|>b", ["a", "b"]),
        ("a\n<|or|>\nb\n<|or|>\nc\n<|or|>\nd", ["a", "b", "c"]),
    ],
)
def test_answers_are_split(answer: str, parts: list[str]) -> None:
    """At the separator's lines, which belong to neither; no more than are wanted."""
    assert split(answer) == parts


def test_what_goes_beyond_is_known() -> None:
    """After the last one that is wanted nothing more needs to be read."""
    assert not has_more("a\n<|or|>\n" * (COUNT - 1))
    assert has_more("a\n<|or|>\n" * COUNT)


@pytest.mark.parametrize(
    ("text", "line", "word"),
    [
        ("foo(a, b)", "foo(a, b)", "foo"),
        (" = 1", " = 1", " ="),
        ("\n    return a\n", "\n    return a", "\n    return"),
        ("a\r\nb", "a", "a"),
        ("), b", "), b", "),"),
    ],
)
def test_parts_to_accept(text: str, line: str, word: str) -> None:
    """The first line that says something, the first word or run of punctuation."""
    assert (first_line(text), first_word(text)) == (line, word)
