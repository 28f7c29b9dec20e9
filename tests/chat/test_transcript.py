"""A conversation as a person reads it."""

from __future__ import annotations

from lsp_codex.chat.transcript import markdown


def test_questions_are_quoted_and_answers_stand_below() -> None:
    """Line by line; an answer that has not begun is three dots."""
    turns = [("Why?\n\nReally", "Because.\n"), ("And then?", "")]
    assert markdown(turns) == "> Why?\n>\n> Really\n\nBecause.\n\n> And then?\n\n…\n"
