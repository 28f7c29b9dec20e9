"""Outlines, by a golden table of languages, and what is shown of a definition."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lsp_codex.completion.outline import HOLDER_LINES, LARGEST, definitions, excerpt

CASES: list[dict[str, Any]] = tomllib.loads((Path(__file__).parent / "outline.toml").read_text("utf-8"))["case"]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["language"])
def test_what_a_document_defines(case: dict[str, Any]) -> None:
    """Names in the order of their rows, each in the row that is said."""
    found = definitions(case["text"], case["language"])
    assert [each.name for each in found] == case["defines"]
    rows = case["text"].split("\n")
    for each in found:
        assert each.name in rows[each.row]


def shown(text: str, name: str, language: str = "python") -> str:
    """The excerpt of a definition."""
    outline = definitions(text, language)
    header = next(each for each in outline if each.name == name)
    return excerpt(text.split("\n")[header.row :], header, [each for each in outline if each.row > header.row])


def test_of_a_class_its_own_lines_and_the_headers_inside() -> None:
    """Where something is left out stands an ellipsis."""
    text = (
        "class Cart:\n    items: list\n\n    def add(self, item):\n        self.items.append(item)\n\n"
        "    def total(self):\n        def inner():\n            pass\n        return 0\n\ndef after():\n    pass\n"
    )
    assert shown(text, "Cart") == (
        "class Cart:\n    items: list\n\n    def add(self, item):\n…\n    def total(self):\n…"
    )


def test_of_a_function_its_first_lines() -> None:
    """Up to its end, by indentation; the bracket that closes it belongs to it."""
    assert shown("def f(a):\n    return a\n\nx = 1\n", "f") == "def f(a):\n    return a"
    assert shown("fn f() {\n    1\n}\nfn g() {}\n", "f", "rust") == "fn f() {\n    1\n}"
    long = "def f():\n" + "    x = 1\n" * 50
    assert shown(long, "f").count("\n") <= 8
    assert shown(long, "f").endswith("\n…")


def test_a_class_with_a_hundred_methods_is_cut() -> None:
    """An excerpt is short."""
    text = "class A:\n" + "".join(f"    def m{n}(self):\n        pass\n\n" for n in range(100))
    assert shown(text, "A").count("\n") <= 2 * HOLDER_LINES


def test_what_is_no_source_is_not_looked_through() -> None:
    """Too large is data, or made by a program."""
    assert definitions("def f(): ...\n" * (LARGEST // 13 + 1), "python") == ()


@given(
    st.text(st.sampled_from("abdefcls (){}=:;,*&<>\n\t#"), max_size=300),
    st.sampled_from([c["language"] for c in CASES]),
)
def test_no_text_is_too_strange(text: str, language: str) -> None:
    """Each definition has a name and a row that exists, and can be shown."""
    rows = text.split("\n")
    outline = definitions(text, language)
    for each in outline:
        assert each.name in rows[each.row]
        excerpt(rows[each.row :], each, [other for other in outline if other.row > each.row])
