"""Where brackets, strings and comments stand."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lsp_codex.completion import scan


@pytest.mark.parametrize(
    ("language", "text", "marks"),
    [
        ("python", "f(')', [\"]\"])  # )", "([])"),
        ("python", 'x = """(\n(""" + (a)', "()"),
        ("javascript", "a = /[)(]/.test(`}${b}`) // (", "()"),
        ("cpp", "f('(', a /* ) */)", "()"),
        ("rust", "fn f<'a>(x: &'a str) { r#\"(\"# }", "(){}"),
        ("go", "a(`(`)\n", "()"),
        ("lua", "f([[(]]) --[[ ) ]] -- (\n", "()"),
        ("php", "f('(') # (\n", "()"),
        ("scss", "a { b: url(x) } // {\n", "{()}"),
        ("clojure", "(f \\( ; (\n)", "()"),
        ("unheard of", 'f(")")', "()"),
    ],
)
def test_brackets_of_code(language: str, text: str, marks: str) -> None:
    """Those in strings and comments are none, whatever the language writes them with."""
    assert "".join(token.text for token in scan.tokens(text, language) if token.kind == "mark") == marks


@pytest.mark.parametrize(
    ("language", "text", "begun"),
    [
        ("python", "x = 'ab", "'ab"),
        ("python", "x = 'ab'", ""),
        ("python", 'x = """a\nb', '"""a\nb'),
        ("python", "x = 1  # it's", "# it's"),
        ("python", "x = 'ab\ny = 1", ""),
        ("c", "a /* b", "/* b"),
        ("c", "a /* b */", ""),
        ("python", r"x = 'a\'", r"'a\'"),
        ("lua", "--[[ a\n b", "--[[ a\n b"),
    ],
)
def test_what_is_left_open(language: str, text: str, begun: str) -> None:
    """A string or comment that the end of the text stands in."""
    assert scan.open_at_end(text, scan.tokens(text, language)) == begun


def test_lines_inside() -> None:
    """Those that begin in a string or comment."""
    text = 'a = """\nb\n"""\nc = 1\n'
    assert scan.lines_inside(text, scan.tokens(text, "python")) == {1, 2}


@pytest.mark.parametrize(
    ("language", "text", "rest"),
    [
        ("c", "x\n it's */\na = 1;\n", "a = 1;\n"),
        ("c", "x\na = 1; /* b */\n", "a = 1; /* b */\n"),
        ("python", 'x\n  it\'s\n  """\na = 1\n', "a = 1\n"),
        ("python", 'x\ndef f():\n  """Say."""\n', 'def f():\n  """Say."""\n'),
    ],
)
def test_a_window_begins_outside_of_comments(language: str, text: str, rest: str) -> None:
    """An end without a beginning gives it away."""
    assert scan.from_code(text, language) == rest


@given(
    text=st.text(alphabet=st.sampled_from("ab(){}[]'\"`\\/*-#\n =r"), max_size=80),
    language=st.sampled_from(["python", "c", "javascript", "rust", "lua", "go", "x"]),
)
def test_tokens_are_in_order_and_from_the_text(text: str, language: str) -> None:
    """Whatever the text: nothing is invented and nothing overlaps."""
    end = 0
    for token in scan.tokens(text, language):
        assert token.start >= end
        end = token.start + len(token.text)
        assert text[token.start : end] == token.text
