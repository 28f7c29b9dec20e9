"""Comments at the cursor, and texts that become comments again."""

from __future__ import annotations

import pytest

from lsp_codex.actions import comments, languages
from tests.actions.scripted import place

CASES = {
    "lines": ("x\n    # a┃\n    # b\ny\n", "python", "# a\n    # b", "a b"),
    "behind code": ("x = 1  # a┃ b\n", "python", "# a b", "a b"),
    "a docstring": ('def f():\n    """Das\n    ist┃ es."""\n', "python", '"""Das\n    ist es."""', "Das ist es."),
    "a string is none": ('x = """a┃"""\n', "python", None, ""),
    "a block": ("/**\n * a┃\n */\nf();\n", "javascript", "/**\n * a\n */", "a"),
    "slashes": ("// a┃\r\n// b\r\nf();", "go", "// a\r\n// b", "a b"),
    "none": ("f(┃)", "go", None, ""),
    "HTML": ("<p>\n<!-- a┃ b -->\n", "html", "<!-- a b -->", "a b"),
}


@pytest.mark.parametrize(("marked", "language", "expected", "words"), CASES.values(), ids=CASES.keys())
def test_the_comment_at_the_cursor(marked: str, language: str, expected: str | None, words: str) -> None:
    """Neighbouring lines are one; what it says has no marks."""
    at = place(marked, language)
    found = comments.at(at)
    assert (None if found is None else at.text[found.span.start : found.span.end]) == expected
    assert found is None or found.words(at) == words


@pytest.mark.parametrize(
    ("said", "original", "language", "expected"),
    [
        ("# a\n# b", "# x", "python", "# a\n# b"),
        ("a\nb", "# x", "python", "# a\n# b"),
        ("    # a\n    # b", "# x", "python", "# a\n# b"),
        ("It is:\n\na", "# x", "python", "# a"),
        ('"""A."""', '"""X."""', "python", '"""A."""'),
        ("A.", '"""X.\n    """', "python", '"""A.\n    """'),
        ("/* a */", "/* x */", "c", "/* a */"),
        ("a", "/* x */", "c", "/* a */"),
        ("a */ b", "/* x */", "c", None),
        ("f(", "// x", "c", None),
        ("// a\nf();", "// x", "c", None),
        ("// in C:\\", "// x", "c", None),
    ],
)
def test_a_text_becomes_a_comment(said: str, original: str, language: str, expected: str | None) -> None:
    """With the marks that stood there; code does not become one."""
    assert comments.marked(said, original, languages.of(language)) == expected


def test_code_without_comments() -> None:
    """Strings stay, also if they look like a comment."""
    assert comments.without("a # b\nc = '# d'\n", languages.of("python")) == "a \nc = '# d'\n"
