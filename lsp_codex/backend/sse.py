"""EventParser: bytes of a text/event-stream body in, the data of each event out; pure, and split anywhere.

Why not ``httpx2.EventSource``: a byte order mark makes it lose the first event, and a line end in the form of one CR
at the end of a chunk waits there for the next chunk. Lines are cut before they are decoded, so that a character split
between chunks needs no state. Only ``data`` matters: the type of an event stands in its JSON (spec/backend.md 2.1).
"""

from __future__ import annotations

import re

from lsp_codex.errors import Unreadable

LARGEST_EVENT = 16 * 1024 * 1024
"""Bytes; ``response.completed`` may repeat the whole answer, but not more than this."""

LINE_COST = 64
"""Bytes that a line counts beside its text, as it does in memory: endless empty lines are not for nothing."""

_LINE_END = re.compile(rb"\r\n|\r|\n")
_BYTE_ORDER_MARK = b"\xef\xbb\xbf"


class EventParser:
    """One body, from its first byte to :meth:`finish`."""

    def __init__(self) -> None:
        self._rest = bytearray()  # the line that has begun
        self._searched = 0  # so far there is no line end in it
        self._data: list[bytes] = []  # the lines of the event that has begun
        self._size = 0
        self._at_start = True
        self._after_cr = False

    def feed(self, chunk: bytes) -> list[str]:
        """The data of every event that ``chunk`` ends. Raises ``Unreadable`` if one is too large."""
        if not chunk:
            return []
        if self._after_cr:
            chunk = chunk.removeprefix(b"\n")  # the rest of a CRLF whose CR has ended the line already
        self._rest += chunk
        if self._at_start and not self._skip_mark():
            return []
        done: list[str] = []
        begin = 0
        for match in _LINE_END.finditer(self._rest, self._searched):
            self._line(bytes(self._rest[begin : match.start()]), done)
            begin = match.end()
        self._after_cr = begin == len(self._rest) and self._rest.endswith(b"\r")
        del self._rest[:begin]
        self._searched = len(self._rest)
        if self._size + len(self._rest) > LARGEST_EVENT:
            raise Unreadable("The Codex backend sent an event that is too large")
        return done

    def finish(self) -> list[str]:
        """The data of the event that the end of the body left open: the last blank line may be missing."""
        done: list[str] = []
        self._line(bytes(self._rest), done)
        self._rest.clear()
        self._line(b"", done)
        return done

    def _skip_mark(self) -> bool:
        # Wait while the beginning of the body could still become a byte order mark.
        if len(self._rest) < len(_BYTE_ORDER_MARK) and _BYTE_ORDER_MARK.startswith(self._rest):
            return False
        if self._rest.startswith(_BYTE_ORDER_MARK):
            del self._rest[: len(_BYTE_ORDER_MARK)]
        self._at_start = False
        return True

    def _line(self, line: bytes, done: list[str]) -> None:
        if not line:
            if self._data:
                done.append(b"\n".join(self._data).decode("utf-8", "replace"))
            self._data.clear()
            self._size = 0
            return
        field, _, value = line.partition(b":")
        if field == b"data":
            self._data.append(value.removeprefix(b" "))
            self._size += len(value) + LINE_COST
