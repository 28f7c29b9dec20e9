"""Document, where the golden files do not reach."""

from __future__ import annotations

import pytest

from lsp_codex.actions.menu import document
from tests.actions.scripted import after, outcome, place

DOC = '"""Do it."""'
LONG = '"""Do it.\n\n    Well.\n    """'

CASES = {
    "on the header's line": ("def f(): return┃ 1\n", DOC, 'def f():\n    """Do it."""\n    return 1\n'),
    "in a class, on the header's line": (
        "class A:\n    def f(self): return┃ 1\n",
        DOC,
        'class A:\n    def f(self):\n        """Do it."""\n        return 1\n',
    ),
    "a docstring on the header's line": ('def f(): "x"┃\n', DOC, 'def f():\n    """Do it."""\n'),
    "an old one": ('def f():\n    "x"\n    return┃ 1\n', LONG, f"def f():\n    {LONG}\n    return 1\n"),
    "a class": ("class A:\n    x┃ = 1\n", DOC, 'class A:\n    """Do it."""\n    x = 1\n'),
    "tabs": (
        "class A:\n\tdef f(self):\n\t\treturn┃ 1\n",
        LONG,
        'class A:\n\tdef f(self):\n\t\t"""Do it.\n\n\t\tWell.\n\t\t"""\n\t\treturn 1\n',
    ),
    "a comment first": (
        "def f():\n    # c\n    return┃ 1\n",
        DOC,
        'def f():\n    """Do it."""\n    # c\n    return 1\n',
    ),
    "a stub": ("def f():\n    ..┃.\n", 'def f():\n    """Do it."""', 'def f():\n    """Do it."""\n    ...\n'),
    "raw": ("def f():\n    return┃ 1\n", 'r"""\\d"""', 'def f():\n    r"""\\d"""\n    return 1\n'),
    "CRLF": (
        "def f():\r\n    return┃ 1\r\n",
        LONG,
        'def f():\r\n    """Do it.\r\n\r\n    Well.\r\n    """\r\n    return 1\r\n',
    ),
    "code that is not ours is not taken": (
        "def f():\n    return┃ 1\n",
        'def f():\n    """Do it."""\n    return 2',
        'def f():\n    """Do it."""\n    return 1\n',
    ),
}


@pytest.mark.parametrize(("marked", "said", "expected"), CASES.values(), ids=CASES.keys())
def test_docstrings(marked: str, said: str, expected: str) -> None:
    """Wherever the body stands, the docstring gets its place and the code stays."""
    assert after("document", place(marked), said) == expected


@pytest.mark.parametrize("said", ["x = 1", "def g():\n    pass", '""" """'])
def test_no_docstring_is_no_edit(said: str) -> None:
    """The answer is shown."""
    assert (
        getattr(outcome("document", place("def f():\n    return┃ 1\n"), said), "why", "")
        == "there is no docstring in it"
    )


def test_a_comment_above_in_other_languages() -> None:
    """Attributes stay below it, an old one goes."""
    at = place("// Old.\n#[inline]\nfn f() -> i32 {\n    1┃\n}\n", "rust")
    assert after("document", at, "/// New.") == "/// New.\n#[inline]\nfn f() -> i32 {\n    1\n}\n"


def test_prose_has_no_documentation() -> None:
    """Nothing is offered in Markdown, nor for a selection."""
    assert document.offers(place("def f():\n    x┃\n", "markdown")) == ()
    assert document.offers(place("def f():\n    ├x + 1┤\n")) == ()


def test_a_document_that_is_broken_elsewhere_can_be_documented() -> None:
    """Somebody is writing in it."""
    at = place("def f(a):\n    return┃ a\n\n\nx = (\n")
    assert after("document", at, '"""The a."""') == 'def f(a):\n    """The a."""\n    return a\n\n\nx = (\n'
