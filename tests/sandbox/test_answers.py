"""What the sandbox answers to questions: about the code that comes with them, in Markdown, for every text."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lsp_codex.sandbox.answers import ENDING, MOST, NO_CODE, answer

PYTHON = '''\
<document path="src/a.py" language="python" lines="1-20">
import os
</document>

<document path="src/shapes.py" language="python" lines="5-12">
import os


def area(width, height=[]):
    """The area of a rectangle."""
    if width < 0:
        raise ValueError("negative")
    return width * height
</document>
'''


def test_a_document_is_told_by_its_definitions() -> None:
    """The one next to the question; its lines are those of the file."""
    assert answer(PYTHON + "\nWhat is it?") == (
        "`src/shapes.py:5` holds 8 lines of Python.\n\n"
        "- `src/shapes.py:5` imports `os`.\n"
        "- `area(width, height)` at `src/shapes.py:8` says of itself “The area of a rectangle”; gives back "
        "`width * height`; raises `ValueError`; **shares its default value between calls**.\n\n"
        "It is called like this:\n\n```python\narea(width, height)\n```\n\n" + ENDING
    )


def test_a_selection_is_what_is_meant() -> None:
    """Also one that begins in the middle of a function, and with numbered tags."""
    selected = (
        '<selection-2 path="src/shapes.py" language="python" lines="12-12">\n    return width\n</selection-2>\n\nWhy?'
    )
    assert "- `src/shapes.py:12` gives back `width`." in answer(f"{PYTHON}\n{selected}")


def test_diagnostics_are_answered_with_their_places() -> None:
    """Where the names stand that they quote."""
    text = answer(f"{PYTHON}\nExplain:\n- undefined name 'width'\n- something is wrong")
    assert "**undefined name 'width'**: look at `src/shapes.py:8`, `src/shapes.py:10`, `src/shapes.py:12`." in text
    assert "**something is wrong** is about these lines." in text


@pytest.mark.parametrize(
    ("language", "code", "told"),
    [
        ("rust", "fn add(a: i32, b: i32) -> i32 {\n    a + b\n}", "`add(a: i32, b: i32)`"),
        ("javascript", "// x\nfunction add(a, b) {\n  return a + b;\n}", "`add(a, b)` at `p:2`"),
        ("python", "def broken(:\n", "1 line of Python"),
        ("brainfuck", "+++", "1 line of Brainfuck"),
        ("", "text", "1 line."),
    ],
)
def test_other_languages_and_broken_code(language: str, code: str, told: str) -> None:
    """What can be said, and no more."""
    assert told in answer(f'<document path="p" language="{language}" lines="1-9">\n{code}\n</document>\n\n?')


def test_without_code_it_says_what_it_is() -> None:
    """And how to ask."""
    assert answer("What is a monad?") == NO_CODE


def test_long_files_are_told_in_part() -> None:
    """Nobody reads a hundred lines of it."""
    code = "".join(f"def f{number}(): pass\n" for number in range(100))
    text = answer(f'<document path="p" language="python" lines="1-100">\n{code}</document>\n\n?')
    assert text.count("\n- ") == MOST


@given(st.text(alphabet="def f():\n<>/documentselction\"'=-12 python", max_size=200))
def test_every_text_has_an_answer_and_always_the_same(text: str) -> None:
    """No text is too strange, inside of a document or not."""
    wrapped = f'<document path="p" language="python" lines="1-9">\n{text}\n</document>\n\n{text}'
    assert answer(wrapped) == answer(wrapped)
    assert answer(text)
