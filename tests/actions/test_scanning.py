"""Comments, strings and brackets in several languages."""

from __future__ import annotations

import pytest

from lsp_codex.actions import languages, scanning


@pytest.mark.parametrize(
    ("language", "text", "expected"),
    [
        ("javascript", 'f("(", `[${x}`, /[(]/, ")") // {', ""),
        ("javascript", "f(() => { /* } */", "({"),
        ("rust", "fn f<'a>(x: &'a str) -> char { '{' }", ""),
        ("c", "char c = '('; /* ( */ f(", "("),
        ("go", "s := `(`", ""),
        ("python", "x = '''(''' # [", ""),
        ("unheard-of", "a { b }", ""),
        ("javascript", "a }", "}"),
    ],
)
def test_what_stays_open(language: str, text: str, expected: str) -> None:
    """Brackets in strings, comments, characters and patterns do not count."""
    assert scanning.left_open(text, languages.of(language)) == expected


def test_code_without_comments() -> None:
    """Comments and blanks go, strings stay."""
    js = languages.of("javascript")
    assert scanning.code_alone("/** a */ f( x ) // b\n 'c  d'", js) == "f(x)'c  d'"


def test_the_closing_bracket() -> None:
    """Behind the partner of the first curly one; None where there is none."""
    js = languages.of("javascript")
    assert scanning.closing("x { a { '}' } } y", js, 0) == 15
    assert scanning.closing("x { a", js, 0) is None
    assert scanning.closing("x }", js, 0) is None
