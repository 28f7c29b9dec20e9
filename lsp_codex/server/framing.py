"""Content-Length framing of the base protocol (LSP 3.18): bytes in any pieces to bodies, tolerant, with a limit."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

# A document of 10 MB, every character escaped, fits.
MAX_BODY = 64 * 1024 * 1024
# No header line of any client comes near.
MAX_LINE = 64 * 1024

_NAME = b"content-length"
# The header in its own line, or glued to the end of something that should not be there.
_LENGTH = re.compile(rb"content-length[ \t]*:[ \t]*(\d{1,18})[ \t]*$", re.IGNORECASE)
# What cannot stand in a JSON text outside of a string, nor, for its line end, inside of one.
_NEXT_MESSAGE = re.compile(
    rb"content-length[ \t]{0,9}(?::[ \t]{0,9}(?:\d{1,18}[ \t]{0,9}[\r\n]|\d{0,18}[ \t]{0,9}\Z)|\Z)", re.IGNORECASE
)


@dataclass(frozen=True, slots=True)
class Body:
    """The content of one message, still undecoded."""

    data: bytes


@dataclass(frozen=True, slots=True)
class TooLarge:
    """A message over the limit; its body is thrown away as it comes."""

    length: int
    limit: int


@dataclass(frozen=True, slots=True)
class Garbage:
    """Bytes that belong to no message; reading goes on at the next header that can be made out."""


Frame = Body | TooLarge | Garbage


def encode(body: bytes) -> bytes:
    """One message as it goes over the wire."""
    return b"Content-Length: %d\r\n\r\n%b" % (len(body), body)


class Decoder:
    """What has arrived and is not yet a whole message."""

    def __init__(self, limit: int = MAX_BODY) -> None:
        self._limit = limit
        self._buffer = bytearray()
        self._need: int | None = None  # the length of the body that is being read
        self._skip = 0  # how much of a body over the limit is still to come
        self._length: int | None = None  # what the header that is being read says
        self._header_begun = False
        self._garbage = False

    def feed(self, data: bytes) -> Iterator[Frame]:
        """The frames that ``data`` completes; :meth:`unread` may be called between two of them."""
        self._buffer += data
        while True:
            if self._skip and not self._skipped():
                return
            if self._need is None:
                yield from self._header()
                if self._need is None:
                    if self._skip:
                        continue
                    return
            if len(self._buffer) < self._need:
                return
            body = bytes(self._buffer[: self._need])
            del self._buffer[: self._need]
            self._need = None
            yield Body(body)

    def unread(self, body: bytes) -> bool:
        """Take back from a body that is no JSON what belongs to the next message; whether there was any.

        A client that was cut off, or counts characters instead of bytes, announces more than it sends.
        """
        found = _NEXT_MESSAGE.search(body)
        start = found.start() if found else len(body) - _begun_name(body)
        if start == len(body):
            return False
        self._buffer[:0] = body[start:]
        return True

    def _header(self) -> Iterator[Frame]:
        """Read header lines until the empty one; leaves ``_need`` or ``_skip`` set if a message begins."""
        while (end := self._buffer.find(b"\n")) >= 0:
            line = bytes(self._buffer[:end]).strip()
            del self._buffer[: end + 1]
            if line:
                self._header_line(line)
                continue
            length, garbage = self._length, self._garbage or (self._header_begun and self._length is None)
            self._length, self._header_begun, self._garbage = None, False, False
            if garbage:
                yield Garbage()
            if length is not None and length > self._limit:
                self._skip = length
                yield TooLarge(length, self._limit)
                return
            if length is not None:
                self._need = length
                return
        if len(self._buffer) > MAX_LINE:
            # Keep what may be the beginning of a header.
            del self._buffer[: -len(_NAME)]
            self._header_begun = self._garbage = True

    def _header_line(self, line: bytes) -> None:
        self._header_begun = True
        name, colon, _ = line.partition(b":")
        exact = name.rstrip().lower() == _NAME
        found = _LENGTH.search(line)
        if found and (exact or self._length is None):
            # Of several the last counts: the earlier ones are what is left of a broken message.
            self._length = int(found[1])
        if exact != bool(found) or not colon:
            self._garbage = True

    def _skipped(self) -> bool:
        """Throw away what is here of a body over the limit; whether that is done with.

        If the next header comes before its end, the body was only announced, or was cut off.
        """
        here = min(self._skip, len(self._buffer))
        found = _NEXT_MESSAGE.search(self._buffer, 0, here)
        if found and found.end() < len(self._buffer):
            del self._buffer[: found.start()]
            self._skip = 0
            return True
        if here < self._skip:  # the end of what is here may be the beginning of a header
            here = found.start() if found else here - _begun_name(self._buffer)
        del self._buffer[:here]
        self._skip -= here
        return not self._skip


def _begun_name(body: bytes | bytearray) -> int:
    """How many bytes at the end of ``body`` may be the beginning of the next header."""
    tail = body[-len(_NAME) :].lower()
    return next((size for size in range(len(tail), 0, -1) if _NAME.startswith(tail[-size:])), 0)
