"""WebSocket frames as a server sees them (RFC 6455): masked bytes in, unmasked bytes out; pure, and split anywhere.

Written by hand and not with the client's library: a fake that shares the client's code agrees with its mistakes.
"""

from __future__ import annotations

import base64
import hashlib
from dataclasses import dataclass
from enum import IntEnum

GUID = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"
LARGEST = 32 * 1024 * 1024


class Op(IntEnum):
    """What a frame is (RFC 6455 section 5.2)."""

    CONTINUATION = 0
    TEXT = 1
    BINARY = 2
    CLOSE = 8
    PING = 9
    PONG = 10


class Broken(Exception):
    """The other side does not keep to the protocol; the text says how."""


@dataclass(frozen=True, slots=True)
class Message:
    """A whole text message, or a control frame."""

    op: Op
    data: bytes


def accept(key: str) -> str:
    """The value of ``sec-websocket-accept`` for the client's key (section 4.2.2)."""
    return base64.b64encode(hashlib.sha1((key + GUID).encode()).digest()).decode()  # noqa: S324  (as the RFC says)


def frame(op: Op, data: bytes) -> bytes:
    """One whole frame from the server, which never masks (section 5.1)."""
    size = len(data)
    if size < 126:
        head = bytes([0x80 | op, size])
    elif size < 1 << 16:
        head = bytes([0x80 | op, 126]) + size.to_bytes(2, "big")
    else:
        head = bytes([0x80 | op, 127]) + size.to_bytes(8, "big")
    return head + data


class Frames:
    """The client's bytes from after the handshake, as messages."""

    def __init__(self) -> None:
        self._rest = bytearray()
        self._begun: bytearray | None = None  # a text in fragments

    def feed(self, data: bytes) -> list[Message]:
        """Every message that ``data`` ends. Raises :class:`Broken`."""
        self._rest += data
        done: list[Message] = []
        while (found := self._next()) is not None:
            final, op, payload = found
            if op >= Op.CLOSE:
                done.append(Message(op, payload))
            elif (whole := self._assembled(final, op, payload)) is not None:
                done.append(Message(Op.TEXT, whole))
        return done

    def _next(self) -> tuple[bool, Op, bytes] | None:
        """One frame off the front, if it is all there."""
        rest = self._rest
        if len(rest) < 2:
            return None
        if rest[0] & 0x70 or not rest[1] & 0x80:
            raise Broken("an extension that was not agreed on, or a frame without a mask")
        size, at = rest[1] & 0x7F, 2
        if size > 125:
            at += 2 if size == 126 else 8
            if len(rest) < at:
                return None
            size = int.from_bytes(rest[2:at], "big")
        if size > LARGEST:
            raise Broken("a frame that is too large")
        if len(rest) < at + 4 + size:
            return None
        mask, masked = rest[at : at + 4], rest[at + 4 : at + 4 + size]
        final, number = bool(rest[0] & 0x80), rest[0] & 0x0F
        del rest[: at + 4 + size]
        if number not in Op.__members__.values():
            raise Broken("a frame of an unknown kind")
        return final, Op(number), _unmasked(bytes(masked), bytes(mask))

    def _assembled(self, final: bool, op: Op, payload: bytes) -> bytes | None:
        if op is Op.BINARY or (op is Op.CONTINUATION) != (self._begun is not None):
            raise Broken("a binary message, or fragments out of order")
        whole = payload if self._begun is None else bytes(self._begun) + payload
        self._begun = None if final else bytearray(whole)
        return whole if final else None


def _unmasked(masked: bytes, mask: bytes) -> bytes:
    # One operation on two large integers: byte by byte takes seconds for a large document.
    size = len(masked)
    pattern = (mask * (size // 4 + 1))[:size]
    return (int.from_bytes(masked, "big") ^ int.from_bytes(pattern, "big")).to_bytes(size, "big")
