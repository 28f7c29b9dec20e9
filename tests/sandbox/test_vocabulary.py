"""What the sandbox knows by heart."""

from __future__ import annotations

import sys

from lsp_codex.sandbox import vocabulary


def test_the_modules_exist() -> None:
    """An import that is added can be had."""
    assert set(sys.stdlib_module_names) >= vocabulary.MODULES


def test_the_words_are_words() -> None:
    """Every pair has both sides."""
    assert all(word and english for word, english in vocabulary.WORDS.items())
