"""What is told while a question is answered: values that can be compared."""

from __future__ import annotations

from lsp_codex.chat.events import Answer, Begun, Text


def test_events_are_values() -> None:
    """The same words in the same thread are the same event; who listens may keep them."""
    assert Text("t", "a") == Text("t", "a") != Text("t", "b")
    assert len({Begun("t"), Begun("t"), Begun("u")}) == 2
    assert Answer("t", "a", "gpt-big").tokens is None
