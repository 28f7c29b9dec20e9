"""What the sandbox's model inserts: a golden table, and rules that hold for every document."""

from __future__ import annotations

import ast
import time
import tomllib
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lsp_codex.sandbox.answers import NO_CODE
from lsp_codex.sandbox.recipes import DIALECTS
from lsp_codex.sandbox.suggest import answer

GOLDEN = tomllib.loads((Path(__file__).parent / "golden" / "suggest.toml").read_text(encoding="utf-8"))["case"]
LANGUAGES = st.sampled_from([*DIALECTS, "plaintext"])
CODE = st.text(st.sampled_from("abn12 \t\n()[]{}:;,.=<>\"'#/-\\_|┃"), max_size=60)


def prompt(language: str, prefix: str, suffix: str = "", marker: str = "<|cursor|>") -> str:
    """The text form in which completion and sandbox meet."""
    document = f'<document path="src/a" language="{language}">\n{prefix}{marker}{suffix}\n</document>'
    return f"Complete the code at the cursor.\n{document}\nAnswer with the insertion only."


@pytest.mark.parametrize("case", GOLDEN, ids=lambda case: f"{case['language']}-{case['title']}".replace(" ", "_"))
def test_golden(case: dict[str, Any]) -> None:
    """The insertion at ┃, to the character."""
    prefix, _, suffix = case["text"].partition("┃")
    assert answer(prompt(case["language"], prefix, suffix)) == case["inserts"]


@pytest.mark.parametrize("case", [case for case in GOLDEN if case["language"] == "python" and case["inserts"]])
def test_completed_python_is_python(case: dict[str, Any]) -> None:
    """A block that ends in its colon gets a body for the check."""
    text = case["text"].replace("┃", case["inserts"]).strip().replace("else:", "while True:")
    ast.parse(text + "\n        pass" if text.endswith(":") else text)


@pytest.mark.parametrize(
    ("prefix", "marker"),
    [
        ("text = '<|cursor|>'\n\ndef add(a, b):\n    ", "<|cursor-1|>"),
        ("# <|cursor|> <|cursor-1|>\ndef add(a, b):\n    ", "<|cursor-2|>"),
        ("# <|cursor-9|>\ndef add(a, b):\n    ", "<|cursor-10|>"),
    ],
)
def test_the_marker_with_the_highest_number_is_the_cursor(prefix: str, marker: str) -> None:
    """Documents may speak of cursors themselves; numbers are compared as numbers."""
    assert answer(prompt("python", prefix, marker=marker)) == "return a + b"


def test_other_documents_in_the_prompt_do_not_matter() -> None:
    """The one with the cursor is completed."""
    other = '<document path="b.py" language="rust">\nfn add(a: i32, b: i32) -> i32 {\n</document>\n'
    assert answer(other + prompt("python", "def add(a, b):\n    ")) == "return a + b"


@pytest.mark.parametrize("text", ["", "Explain this.", "<|cursor|>"])
def test_without_a_document_and_a_cursor_it_says_what_it_is(text: str) -> None:
    """A question in words gets a sentence."""
    assert answer(text) == NO_CODE


@given(LANGUAGES, CODE, CODE)
def test_every_document_has_an_answer_and_always_the_same(language: str, prefix: str, suffix: str) -> None:
    """No text is too strange."""
    text = prompt(language, prefix, suffix)
    assert answer(text) == answer(text)


@given(st.sampled_from([case for case in GOLDEN if "\n" in case["inserts"]]), st.data())
def test_typing_through_an_insertion_gives_its_rest(case: dict[str, Any], data: st.DataObject) -> None:
    """Whoever types the first characters of a body is offered the rest of the same body."""
    prefix, _, suffix = case["text"].partition("┃")
    typed = data.draw(st.integers(1, len(case["inserts"].rstrip()) - 1))
    unclear = not case["inserts"][:typed].rpartition("\n")[2].strip()  # half an indentation may be a whole one
    if unclear or not any(word in prefix for word in ("def ", "func", "fn ")):
        return
    rest = answer(prompt(case["language"], prefix + case["inserts"][:typed], suffix))
    assert rest == case["inserts"][typed:]


@pytest.mark.parametrize("language", ["python", "typescript", "go", "rust"])
@pytest.mark.parametrize(
    "text",
    ["a(" * 5_000, "f(a,\n" * 3_000, "([{" * 4_000, "def f(a):\n'''" + "x " * 5_000, "\n" * 9_000, "a<" * 5_000],
)
def test_long_documents_are_answered_quickly(language: str, text: str) -> None:
    """No pattern goes back and forth over the text."""
    start = time.perf_counter()
    answer(prompt(language, text))
    assert time.perf_counter() - start < 2
