"""The connection to the editor: bytes to messages in their turn, answers to bytes, whatever the bytes are."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from lsp_codex.server import framing, messages
from lsp_codex.server.inbox import Inbox
from lsp_codex.server.messages import Batch, Invalid, Message, Request

if TYPE_CHECKING:
    from collections.abc import Callable

    from lsp_codex.server.inbox import Reply
    from lsp_codex.server.transport import Transport

log = logging.getLogger(__name__)


class Connection:
    """``take`` gets each message in its turn; ``overtake`` sees it first, and says whether it is done with it."""

    def __init__(self, take: Callable[[Message, Reply], None], overtake: Callable[[Message], bool]) -> None:
        self.inbox = Inbox(take)
        self._overtake = overtake
        self._transport: Transport | None = None
        self._frames = framing.Decoder()

    def over(self, transport: Transport) -> None:
        """Write to ``transport`` from now on."""
        self._transport = transport

    def send(self, message: object) -> None:
        """Send a message that is JSON. Raises ``TypeError`` or ``ValueError`` if it is not."""
        self.write(messages.dump(message))

    def write(self, text: str) -> None:
        """Send a message that is JSON text already."""
        if self._transport is not None:
            self._transport.write(framing.encode(text.encode("ascii")))

    def data_received(self, data: bytes) -> None:
        """Take bytes from the editor, in any pieces."""
        for frame in self._frames.feed(data):
            match frame:
                case framing.Body(body):
                    self._body(body)
                case framing.TooLarge(length, limit):
                    what = f"A message of {length} bytes is refused; the limit is {limit} bytes"
                    self._refuse(messages.INVALID_REQUEST, what)
                case framing.Garbage():
                    what = "Bytes that belong to no message were skipped: a Content-Length header is expected"
                    self._refuse(messages.PARSE_ERROR, what)

    def _body(self, body: bytes) -> None:
        try:
            message = messages.read(body)
        except messages.NotJson as error:
            self._refuse(messages.PARSE_ERROR, f"Parse error: {error}")
            self._frames.unread(body)
            return
        if not isinstance(message, Batch):
            self._arrived(message, self.write)
            return
        answers = _Answers(sum(isinstance(one, Request | Invalid) for one in message.messages), self.write)
        for member in message.messages:
            self._arrived(member, answers.add)

    def _arrived(self, message: Message, reply: Reply) -> None:
        if not self._overtake(message):
            self.inbox.put(message, reply)

    def _refuse(self, code: int, what: str) -> None:
        log.error(what)
        self.write(messages.refusal(None, code, what))


class _Answers:
    """The answers of a batch, sent together when the last is there."""

    def __init__(self, expected: int, write: Callable[[str], None]) -> None:
        self._expected = expected
        self._write = write
        self._answers: list[str] = []

    def add(self, answer: str) -> None:
        self._answers.append(answer)
        if len(self._answers) == self._expected:
            self._write(f"[{','.join(self._answers)}]")
