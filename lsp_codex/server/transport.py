"""What a connection to an editor must do for the server, and the ways a session ends."""

from __future__ import annotations

from enum import Enum
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Callable

# How long, in seconds, the end of a session may wait for what has been written to leave.
FLUSH = 0.5
# How many bytes may wait for an editor that does not read, before one more message ends the session. A single message
# may be larger; nothing that we send comes near, so such an editor hangs or is gone.
MOST_WAITING = 64 * 1024 * 1024


class Ending(Enum):
    """Why a session is over; the value is how the log says it."""

    EXIT = "the editor said exit"
    END_OF_INPUT = "the input has ended"
    CLOSED_OUTPUT = "nobody reads the output"
    NOT_READING = "the editor does not read what it is sent"
    SIGNAL = "a signal asked for it"
    PARENT_GONE = "the editor's process has ended"


class Transport(Protocol):
    """Bytes to and from one editor. All of it is called on the event loop's thread."""

    def start(self, received: Callable[[bytes], None], ended: Callable[[Ending], None]) -> None:
        """Begin to read: ``received`` gets the bytes as they come, ``ended`` is told when no more will."""
        ...

    def write(self, data: bytes) -> None:
        """Send ``data`` after all that was written before; returns at once, however slow the editor reads.

        With :data:`MOST_WAITING` bytes unread ``data`` is dropped, and the session ends.
        """
        ...

    async def aclose(self) -> None:
        """Send what is still to be sent, for at most :data:`FLUSH` seconds, and close."""
        ...
