"""The outcomes."""

from __future__ import annotations

from typing import get_args

from lsp_codex.actions.outcome import Answered, Change, NewFile, Nothing, Outcome


def test_the_outcomes_are_these() -> None:
    """Whoever adds one sees every place to touch: each match ends in assert_never."""
    assert set(get_args(Outcome)) == {Change, NewFile, Answered, Nothing}
