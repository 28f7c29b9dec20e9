"""When the wanted scope is complete; where it is cut is in the golden files of the filter ``scope``."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lsp_codex.completion.context import MAX_LINES, CompletionContext, gather
from lsp_codex.completion.stop import is_complete, keep
from lsp_codex.text import Snapshot


def _at(document: str, most: int = MAX_LINES) -> CompletionContext:
    return gather(Snapshot("file:///a.py", "python", 1, document.replace("┃", "")), document.index("┃"), most)


@pytest.mark.parametrize(
    ("document", "before", "after"),
    [
        ("foo(┃)", "a, b)", "\n"),
        ("x = ┃", "1", "\n"),
        ("x = 1┃", "\ny = 2", "\n"),
        ("def f():┃", "\n    a()\n\n\n", "d("),
        ("def f():┃", "\n    a()\ndef", " "),
        ("f() {┃", "\n  a();\n}", "\n"),
        ("def f():\n    ┃", "a()\n    b()\n", "c()"),
        ("┃", "def f():\n    a()\n\n\nx", " "),
    ],
)
def test_the_stream_is_needed_until_here(document: str, before: str, after: str) -> None:
    """It is not complete before the decisive character, and complete with it."""
    place = _at(document)
    assert not is_complete(before, place)
    assert is_complete(before + after, place)


def test_a_closing_line_may_still_grow() -> None:
    """A line that begins with a closer is judged when it is whole: ``}`` may become ``} else {``."""
    place = _at("if (a) {┃")
    assert not is_complete("\n  b();\n}", place)
    assert not is_complete("\n  b();\n} else {\n", place)
    assert is_complete("\n  b();\n} else {\n  c();\n}\n", place)


def test_a_long_block_is_cut() -> None:
    """Nobody reads more than that."""
    text = "a()\n" * 100
    assert is_complete(text, _at("┃"))
    assert keep(text, _at("┃")).count("\n") == MAX_LINES - 1


@pytest.mark.parametrize(
    ("document", "most", "kept"),
    [
        ("┃", 1, "a()"),
        ("┃", 2, "a()\nb()"),
        ("┃", 3, "a()\nb()\nc()"),
        ("def f():┃", 1, "\n  a()"),
        ("def f():┃", 2, "\n  a()\n  b()"),
        ("x = ┃", 1, "a()"),
    ],
)
def test_the_user_says_how_many_lines(document: str, most: int, kept: str) -> None:
    """The end of the cursor's line is none of them if nothing comes there."""
    margin = "\n  " if document.endswith(":┃") else ""
    text = margin + (margin or "\n").join(("a()", "b()", "c()", "d()", ""))
    place = _at(document, most)
    assert keep(text, place) == kept
    assert is_complete(text, place)


DOCUMENTS = st.sampled_from(["┃", "    ┃", "def f():┃", "  f() {┃", "x = ┃", "f(┃)", "x = 1┃\n"])
ANSWERS = st.lists(st.sampled_from(["a()", "\n", "    ", "  ", "}", "end", "{", ":", " x"]), max_size=25)


@given(document=DOCUMENTS, pieces=ANSWERS)
def test_stopping_early_changes_nothing(document: str, pieces: list[str]) -> None:
    """What is kept of the answer so far, once it is complete, is what would be kept of the whole answer."""
    place, arrived = _at(document), ""
    for piece in pieces:
        arrived += piece
        if is_complete(arrived, place):
            break
    assert keep(arrived, place).rstrip() == keep("".join(pieces), place).rstrip()
