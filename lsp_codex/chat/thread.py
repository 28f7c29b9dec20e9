"""Thread: the turns of one conversation, as they were sent and as they were shown; values that never change."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from lsp_codex.backend.request import Message


@dataclass(frozen=True, slots=True)
class Turn:
    """One question and its answer.

    ``asked`` and ``answered`` are what a later turn sends again, to the letter, so that the prompt cache hits;
    ``prompt`` and ``text`` what the person wrote and read. ``tokens`` is the cost of sending the turn again,
    ``shown`` names the documents that the model has seen whole in it.
    """

    prompt: str
    asked: Message
    answered: tuple[Message, ...]
    text: str
    tokens: int
    shown: frozenset[str] = frozenset()

    @property
    def characters(self) -> int:
        """How much is kept in memory for it."""
        reasoning = sum(len(item) for message in self.answered for item in message.reasoning)
        return len(self.asked.text) + sum(len(message.text) for message in self.answered) + len(self.text) + reasoning


@dataclass(frozen=True, slots=True)
class Thread:
    """A conversation with the model in the name of one ``account``."""

    thread_id: str
    account: object
    turns: tuple[Turn, ...] = ()

    def after(self, turn: Turn) -> Thread:
        """The thread with one turn more."""
        return replace(self, turns=(*self.turns, turn))

    def recent(self, tokens: int | None) -> tuple[Turn, ...]:
        """The last turns that together cost at most ``tokens``; all of them if nobody knows a limit."""
        kept, left = 0, tokens
        for turn in reversed(self.turns):
            if left is not None:
                left -= turn.tokens
                if left < 0:
                    break
            kept += 1
        return self.turns[len(self.turns) - kept :]

    @property
    def reasons(self) -> bool:
        """Whether reasoning items are sent back."""
        return any(message.reasoning for turn in self.turns for message in turn.answered)

    def without_reasoning(self) -> Thread:
        """The same turns without the reasoning that led to their answers."""
        turns = (
            replace(turn, answered=tuple(replace(message, reasoning=()) for message in turn.answered))
            for turn in self.turns
        )
        return replace(self, turns=tuple(turns))

    @property
    def characters(self) -> int:
        """How much is kept in memory for it."""
        return sum(turn.characters for turn in self.turns)
