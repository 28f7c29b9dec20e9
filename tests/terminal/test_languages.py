"""The language of a file by its name."""

from __future__ import annotations

import pytest

from lsp_codex.terminal.languages import language_of


@pytest.mark.parametrize(
    ("name", "language"), [("a.py", "python"), ("dir.py/a.rs", "rust"), ("Makefile", "plaintext"), ("a.cpp", "cpp")]
)
def test_the_ending_says_it(name: str, language: str) -> None:
    """As LSP names it."""
    assert language_of(name) == language
