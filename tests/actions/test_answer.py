"""Which pieces of an answer may be code."""

from __future__ import annotations

import pytest

from lsp_codex.actions import answer, languages

PYTHON = languages.of("python")
CODE = "def f():\n    return 1"

CASES = {
    "bare": (CODE, CODE),
    "fenced": (f"```python\n{CODE}\n```", CODE),
    "a word before and after": (f"Here it is:\n\n```\n{CODE}\n```\nDone.", CODE),
    "tildes, never closed": (f"~~~py\n{CODE}", CODE),
    "words without a fence": (f"Here is the function:\n\n{CODE}\n\nThis returns one.", CODE),
    "an example of its use": (
        f"```python\n{CODE}\n```\nUse:\n```python\nf(); f(); f(); f(); f(); f(); f()\n```",
        CODE,
    ),
    "another language first": (f"```js\nfunction f() {{ return 1; }}\n```\n```python\n{CODE}\n```", CODE),
    "marks": (f"<|target|>\n{CODE}\n<|/target|>", CODE),
    "a fence within a docstring": (
        '```python\ndef f():\n    """\n    ```\n    x\n    ```\n    """\n```',
        'def f():\n    """\n    ```\n    x\n    ```\n    """',
    ),
    "invisible": (f"\ufeff{CODE}\u200b", CODE),
}


@pytest.mark.parametrize(("said", "expected"), CASES.values(), ids=CASES.keys())
def test_the_code_is_among_the_pieces(said: str, expected: str) -> None:
    """However it is wrapped; what is tried first is checked against the document anyway."""
    assert expected in [piece.code.strip("\n") for piece in answer.pieces(said, PYTHON, "f")]


@pytest.mark.parametrize(
    "said",
    ["", " \n", "I'm sorry, but I can't do that.", "I cannot help: it is x = 1.", "The function is fine as it is."],
)
def test_words_have_no_pieces(said: str) -> None:
    """A refusal, a comment or nothing is no code."""
    assert answer.pieces(said, PYTHON, "f") == ()


def test_prose_documents_are_made_of_words() -> None:
    """Sentences and fences are the text there; a fence around all of it is not."""
    markdown = languages.of("markdown")
    text = "Some words.\n\n```sh\nls\n```\n\nMore."
    assert [piece.code for piece in answer.pieces(text, markdown)] == [text]
    assert [piece.code for piece in answer.pieces(f"```markdown\n{text}\n```", markdown)] == [text]


@pytest.mark.parametrize(
    "line",
    [
        "# ... existing code ...", "# rest of the function unchanged", "// ...", "    # ... (unchanged)",
        "/* remaining code unchanged */", "...  # rest of the code",
    ],
)  # fmt: skip
def test_what_is_left_out_is_noticed(line: str) -> None:
    """Unless the document itself has that line."""
    assert answer.elided(f"a\n{line}\nb", "a\nb")
    assert not answer.elided(f"a\n{line}\nb", f"x\n{line}")


@pytest.mark.parametrize("line", ["...", "    ...", "x[..., 1]", "# the rest", "# the same code as below", "raise E"])
def test_code_is_not_taken_for_an_omission(line: str) -> None:
    """An ellipsis is Python."""
    assert not answer.elided(line, "")


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("Here's the updated code:", True), ("This adds a docstring.", True), ("**Note:** it is slow.", True),
        ("for item in items:", False), ("def f(self: object) -> object:", False), ("print('It works.')", False),
        ('"""The area."""', False), ('r"""What \\d matches."""', False),
        ("return (a", False), ("else:", False), ("x = 1", False),
    ],
)  # fmt: skip
def test_what_is_said_to_a_person(line: str, expected: bool) -> None:
    """Sentences are; what opens a block, calls or assigns is not."""
    assert answer.is_prose(line) is expected
