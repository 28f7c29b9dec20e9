"""A thread: turns within a budget, and without the reasoning that is no longer accepted."""

from __future__ import annotations

import pytest

from lsp_codex.backend.request import Message
from lsp_codex.chat.thread import Thread, Turn
from tests.chat.fakes import THOUGHT


def turn(name: str, tokens: int = 10) -> Turn:
    """A question and its answer."""
    return Turn(name, Message("user", name), (Message("assistant", f"re {name}", None, (THOUGHT,)),), name, tokens)


THREAD = Thread("t", "anna", (turn("a"), turn("b", 30), turn("c")))


@pytest.mark.parametrize(
    ("tokens", "kept"), [(None, "abc"), (50, "abc"), (49, "bc"), (40, "bc"), (39, "c"), (9, ""), (0, "")]
)
def test_the_newest_turns_are_kept(tokens: int | None, kept: str) -> None:
    """From the end, whole turns only: an answer without its question means nothing."""
    assert "".join(each.prompt for each in THREAD.recent(tokens)) == kept


def test_a_turn_more_is_another_thread() -> None:
    """Whoever holds the old value sees nothing of it."""
    assert THREAD.after(turn("d")).turns[:-1] == THREAD.turns
    assert len(THREAD.turns) == 3


def test_reasoning_can_be_left_out() -> None:
    """And nothing else is."""
    bare = THREAD.without_reasoning()
    assert (THREAD.reasons, bare.reasons) == (True, False)
    assert [each.answered[0].text for each in bare.turns] == ["re a", "re b", "re c"]
    assert bare.characters == THREAD.characters - 3 * len(THOUGHT)
