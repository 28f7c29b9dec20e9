"""Surroundings: a value that is empty unless something was found."""

from __future__ import annotations

from lsp_codex.completion.surroundings import Surroundings


def test_nothing_found_is_the_default() -> None:
    """The class itself serves as the function that gathers nothing."""
    assert Surroundings() == Surroundings(pieces=(), diagnoses=(), instructions="")
