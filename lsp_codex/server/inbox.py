"""What has arrived and is not yet handled: one message per turn of the loop, and none that was cancelled before."""

from __future__ import annotations

import asyncio
from collections import deque
from typing import TYPE_CHECKING

from lsp_codex.server.messages import Message, MessageId, Request

if TYPE_CHECKING:
    from collections.abc import Callable

    Reply = Callable[[str], None]
    Entry = tuple[Message, Reply]


class Inbox:
    """A queue between the connection and the handlers.

    The first step of a message's task runs before the next message is taken, so a request sees the documents
    as they were when the client sent it, even if the next change has already arrived.
    """

    def __init__(self, take: Callable[[Message, Reply], None]) -> None:
        self._take = take
        self._waiting: deque[Entry] = deque()
        self._scheduled = False
        self._held = False
        self._empty = asyncio.Event()

    def put(self, message: Message, reply: Reply) -> None:
        """Handle ``message`` when its turn has come."""
        self._waiting.append((message, reply))
        self._schedule()

    def withdraw(self, request: MessageId) -> Reply | None:
        """Forget the request that was cancelled while it waited: how it is to be answered, or ``None``."""
        for index, (message, reply) in enumerate(self._waiting):
            if isinstance(message, Request) and message.id == request:
                del self._waiting[index]
                return reply
        return None

    def hold(self) -> None:
        """Take nothing until :meth:`go_on`."""
        self._held = True

    def go_on(self) -> None:
        """Take messages again."""
        self._held = False
        self._schedule()

    async def emptied(self) -> None:
        """Wait until every message has been taken, and the last one's first step has run."""
        while self._waiting:
            self._empty.clear()
            await self._empty.wait()
        await asyncio.sleep(0)
        await asyncio.sleep(0)

    def clear(self) -> None:
        """Forget everything."""
        self._waiting.clear()

    def _schedule(self) -> None:
        if self._waiting and not self._scheduled and not self._held:
            self._scheduled = True
            asyncio.get_running_loop().call_soon(self._turn)

    def _turn(self) -> None:
        self._scheduled = False
        if self._waiting and not self._held:
            message, reply = self._waiting.popleft()
            self._take(message, reply)
            self._schedule()
        if not self._waiting:
            self._empty.set()
