"""Answers and documents that are made to hurt: nothing hangs, nothing fails, nothing broken gets into a document."""

from __future__ import annotations

import pytest

from lsp_codex.actions import blocks, comments, smallest
from lsp_codex.actions.outcome import Change
from lsp_codex.actions.rewriting import applied
from tests.actions.scripted import outcome, place

HOSTILE = {
    "fences": "```\n" * 3_000,
    "quotes": '"""' * 20_000,
    "dots": "a." * 30_000,
    "omissions": "... " * 20_000,
    "marks": "<|target|>" * 5_000,
    "brackets": "(" * 50_000,
    "a line without end": "a b( c " * 20_000,
    "blanks": " " * 100_000 + "x",
    "surrogates": "\ud800\udc00 = 1\n",
    "zeros": "def f():\n    return '\0'\n",
    "an open fence": "```python\n" + "x = (\n" * 20_000,
}


@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE.keys())
@pytest.mark.parametrize("name", ["simplify", "document", "types", "rename"])
@pytest.mark.parametrize(
    ("source", "language"),
    [("def f():\n    return┃ 1\n", "python"), ("function f() {\n  return┃ 1;\n}\n", "typescript")],
)
def test_a_hostile_answer_is_no_edit(name: str, text: str, source: str, language: str) -> None:
    """Within the time limit of every test; what was quadratic took minutes."""
    assert not isinstance(outcome(name, place(source, language), text), Change)


@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE.keys())
@pytest.mark.parametrize("language", ["python", "javascript", "unheard-of"])
def test_a_hostile_document_is_looked_at(text: str, language: str) -> None:
    """The menu costs little, wherever the cursor stands."""
    for marked in (f"┃{text}\n", f"{text}┃\n", f"{text}\n┃"):
        at = place(marked, language)
        blocks.near(at)
        comments.at(at)


def test_thousands_of_equal_lines_are_compared() -> None:
    """Brackets and blank lines in another order: the edits are right, if not the least."""
    rows = ("}", "", "    x = 1")
    old = "\n".join(rows[index % 3] for index in range(2_000))
    new = "\n".join(rows[(index * 7 + index // 5) % 3] for index in range(2_000))
    assert applied(old, smallest.edits(old, new)) == new
