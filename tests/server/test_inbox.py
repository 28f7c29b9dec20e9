"""One message per turn of the loop."""

from __future__ import annotations

import asyncio

from lsp_codex.server.inbox import Inbox
from lsp_codex.server.messages import Message, Notification, Request


class Taken:
    """An inbox and what was taken from it."""

    def __init__(self) -> None:
        self.log: list[str] = []
        self.inbox = Inbox(lambda message, _: self._take(message))
        self._tasks: set[asyncio.Task[None]] = set()

    def _take(self, message: Message) -> None:
        assert isinstance(message, Request | Notification)
        self.log.append(f"take {message.method}")
        self._tasks.add(asyncio.create_task(self._run(message.method)))

    async def _run(self, name: str) -> None:
        self.log.append(f"run {name}")

    def put(self, *names: str) -> None:
        """Put a request for each name; the name is its id."""
        for name in names:
            self.inbox.put(Request(name, name, None), self.log.append)


async def test_the_first_step_of_a_task_runs_before_the_next_message_is_taken() -> None:
    """So a request sees what the client meant, whatever has arrived since."""
    taken = Taken()
    taken.put("a", "b", "c")
    assert taken.log == []
    await taken.inbox.emptied()
    assert taken.log == ["take a", "run a", "take b", "run b", "take c", "run c"]


async def test_a_withdrawn_request_is_never_taken() -> None:
    """Its way to be answered is given back; what is not waiting is not found."""
    taken = Taken()
    taken.put("a", "b")
    assert taken.inbox.withdraw("b") is not None
    assert taken.inbox.withdraw("b") is None
    await taken.inbox.emptied()
    assert taken.log == ["take a", "run a"]


async def test_while_held_nothing_is_taken() -> None:
    """And afterwards everything, in order."""
    taken = Taken()
    taken.inbox.hold()
    taken.put("a", "b")
    await asyncio.sleep(1)
    assert taken.log == []
    taken.inbox.go_on()
    await taken.inbox.emptied()
    assert taken.log == ["take a", "run a", "take b", "run b"]


async def test_a_cleared_inbox_is_empty() -> None:
    """Nothing of it is taken."""
    taken = Taken()
    taken.put("a")
    taken.inbox.clear()
    await taken.inbox.emptied()
    assert taken.log == []
