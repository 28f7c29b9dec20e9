"""From bytes to messages in their turn, and back."""

from __future__ import annotations

import asyncio
import json
from typing import TYPE_CHECKING, Any

from lsp_codex.server.connection import Connection
from lsp_codex.server.framing import MAX_BODY, Body, Decoder, encode
from lsp_codex.server.messages import Message, Request, Response, answer
from tests.harness.wire import pair

if TYPE_CHECKING:
    from lsp_codex.server.inbox import Reply


class Line:
    """A connection whose requests are answered with their method; responses overtake."""

    def __init__(self) -> None:
        self.overtook: list[Message] = []
        self.connection = Connection(self._take, self._overtake)
        ours, theirs = pair()
        self.connection.over(ours)
        self._sent = bytearray()
        theirs.start(self._sent.extend, lambda _: None)

    def _take(self, message: Message, reply: Reply) -> None:
        if isinstance(message, Request):
            reply(answer(message.id, message.method))

    def _overtake(self, message: Message) -> bool:
        if isinstance(message, Response):
            self.overtook.append(message)
            return True
        return False

    async def say(self, *bodies: bytes) -> list[Any]:
        """What comes back."""
        for body in bodies:
            self.connection.data_received(encode(body))
        await asyncio.sleep(1)
        frames = list(Decoder().feed(bytes(self._sent)))
        return [json.loads(frame.data) for frame in frames if isinstance(frame, Body)]


async def test_a_request_is_answered_where_it_came_from() -> None:
    """Alone or in a batch, whose answers come as one message."""
    one = b'{"jsonrpc":"2.0","id":%d,"method":"m"}'
    single, batch = await Line().say(one % 1, b"[" + one % 2 + b"," + one % 3 + b"]")
    assert single == {"jsonrpc": "2.0", "id": 1, "result": "m"}
    assert [answer["id"] for answer in batch] == [2, 3]


async def test_what_may_overtake_is_seen_first() -> None:
    """A response does not wait behind a request."""
    line = Line()
    line.connection.data_received(encode(b'{"jsonrpc":"2.0","id":1,"method":"m"}'))
    line.connection.data_received(encode(b'{"jsonrpc":"2.0","id":"x","result":1}'))
    assert len(line.overtook) == 1


async def test_a_batch_of_notifications_is_not_answered() -> None:
    """Nothing is not an empty list (JSON-RPC 2.0 section 6)."""
    assert await Line().say(b'[{"jsonrpc":"2.0","method":"m"}]') == []


async def test_too_much_is_refused_with_the_limit() -> None:
    """The size and the limit are said."""
    line = Line()
    line.connection.data_received(b"Content-Length: %d\r\n\r\n" % (MAX_BODY + 1))
    (refused,) = await line.say()
    assert (refused["id"], refused["error"]["code"]) == (None, -32600)
    assert str(MAX_BODY) in refused["error"]["message"]
