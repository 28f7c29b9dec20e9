"""Threads owns the conversations of a session: remembered within bounds, and one question at a time in each."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from lsp_codex.advice import Advice
from lsp_codex.chat import transcript
from lsp_codex.errors import Unanswered

if TYPE_CHECKING:
    from collections.abc import Iterator

    from lsp_codex.chat.thread import Thread

MOST = 20
"""Conversations that are remembered; the one not used for longest goes first."""
LARGEST = 4_000_000
"""Characters in memory for all of them, but the last always stays."""


class Draft:
    """The answer that is arriving in a thread."""

    def __init__(self, prompt: str) -> None:
        self.prompt = prompt
        self.text = ""


class Threads:
    """The only writer of threads; a turn is added when its answer is whole, and a failed one leaves no trace."""

    def __init__(self) -> None:
        self._kept: dict[str, Thread] = {}  # the one used last comes last
        self._drafts: dict[str, Draft] = {}

    def find(self, thread_id: str, account: object) -> Thread:
        """The thread, if it belongs to ``account``. Raises ``Unanswered``.

        What was asked in the name of one account is never sent in that of another.
        """
        thread = self._kept.get(thread_id)
        if thread is None or thread.account != account:
            raise Unanswered(
                "This conversation is not known any more: it ends with the session, with the sign-in, "
                f"when a connection setting changes, and after {MOST} others",
                Advice.NEW_CONVERSATION,
            )
        return thread

    @contextmanager
    def answering(self, thread: Thread, prompt: str) -> Iterator[Draft]:
        """An answer is arriving in ``thread`` until the block ends. Raises ``Unanswered`` if one is already.

        The second question is refused and does not wait: it was asked without knowing the first answer, which will
        stand before it and change what it means, and whoever sees nothing happen asks a third time.
        """
        if thread.thread_id in self._drafts:
            raise _busy()
        draft = self._drafts[thread.thread_id] = Draft(prompt)
        try:
            yield draft
        finally:
            del self._drafts[thread.thread_id]

    def remember(self, thread: Thread) -> None:
        """Keep ``thread`` as it is now; older ones go where they are too many or too large."""
        self._kept.pop(thread.thread_id, None)
        self._kept[thread.thread_id] = thread
        size = sum(each.characters for each in self._kept.values())
        while len(self._kept) > 1 and (len(self._kept) > MOST or size > LARGEST):
            oldest = next(iter(self._kept))
            size -= self._kept.pop(oldest).characters

    def markdown(self, thread_id: str) -> str | None:
        """The conversation as a person reads it, with what has arrived of a running answer; None if it is unknown."""
        thread, draft = self._kept.get(thread_id), self._drafts.get(thread_id)
        if thread is None and draft is None:
            return None
        turns = [(turn.prompt, turn.text) for turn in (thread.turns if thread else ())]
        return transcript.markdown([*turns, (draft.prompt, draft.text)] if draft else turns)


def _busy() -> Unanswered:
    return Unanswered("This conversation still waits for an answer", Advice.WAIT_OR_CANCEL)
