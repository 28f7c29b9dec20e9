"""The editor on standard input and output: private descriptors, a thread that reads, a thread that writes."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
import queue
import select
import sys
import threading
from typing import TYPE_CHECKING, Any

from lsp_codex.server.transport import FLUSH, MOST_WAITING, Ending

if TYPE_CHECKING:
    from collections.abc import Callable

log = logging.getLogger(__name__)

_CHUNK = 256 * 1024


class NoStandardStreams(OSError):
    """Standard input or output is closed: nobody started us as a language server."""

    def __init__(self) -> None:
        super().__init__("Standard input and output must be open: an editor speaks to the server through them")


def claim() -> tuple[int, int]:
    """Take descriptors 0 and 1 for the protocol alone: where to read and where to write from now on.

    Whatever else uses them, a stray print, a library, a child process, then reads nothing and writes to standard
    error. Raises :class:`NoStandardStreams`.
    """
    try:
        os.fstat(0), os.fstat(1)
    except OSError:
        raise NoStandardStreams from None
    # Before the copies: if standard error is closed this takes its number, which is no place for the protocol.
    nothing = os.open(os.devnull, os.O_RDWR)
    source, sink = os.dup(0), os.dup(1)
    if sys.platform == "win32":
        import msvcrt

        msvcrt.setmode(source, os.O_BINARY)
        msvcrt.setmode(sink, os.O_BINARY)
    os.dup2(nothing, 0)
    os.dup2(2, 1)
    if nothing == 2:
        os.set_inheritable(nothing, True)
    else:
        os.close(nothing)
    return source, sink


class StdioTransport:
    """Two descriptors that it owns. The threads are daemons: a read that never returns does not hold the process."""

    def __init__(self, source: int, sink: int) -> None:
        self._source = source
        self._sink = sink
        self._out: queue.SimpleQueue[bytes | None] = queue.SimpleQueue()
        self._closed = False
        self._loop: asyncio.AbstractEventLoop | None = None
        self._flushed: asyncio.Event | None = None
        self._ended: Callable[[Ending], None] | None = None
        # Bytes that the loop has handed to the writing thread, and that it has written: each counts its own.
        self._handed = 0
        self._written = 0
        self._room = _Room(sink) if hasattr(select, "poll") else None

    def start(self, received: Callable[[bytes], None], ended: Callable[[Ending], None]) -> None:
        """Start both threads."""
        self._loop = asyncio.get_running_loop()
        self._flushed = asyncio.Event()
        self._ended = ended
        threading.Thread(target=self._read, args=(received, ended), name="stdin", daemon=True).start()
        threading.Thread(target=self._write, args=(ended,), name="stdout", daemon=True).start()

    def write(self, data: bytes) -> None:
        """Write a small message that fits into the pipe; otherwise hand ``data`` to the writing thread."""
        if self._closed:
            return
        if self._handed == self._written and self._room is not None and self._room.fits(data):
            try:
                data = data[os.write(self._sink, data) :]
            except OSError:
                log.debug("nobody reads the output")  # the reading thread notices and tells
                return
            if not data:
                return
        if self._handed - self._written > MOST_WAITING:
            if self._ended is not None:
                self._ended(Ending.NOT_READING)
            return
        self._handed += len(data)
        self._out.put(data)

    async def aclose(self) -> None:
        """Let the writing thread finish, for a bounded time, and take no more."""
        if self._closed:
            return
        self._closed = True
        self._out.put(None)
        if self._flushed is not None:
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._flushed.wait(), FLUSH)

    def _read(self, received: Callable[[bytes], None], ended: Callable[[Ending], None]) -> None:
        how = Ending.END_OF_INPUT
        try:
            readable = _Readable(self._source, self._sink)
            while True:
                if not readable.wait():
                    how = Ending.CLOSED_OUTPUT
                    break
                data = os.read(self._source, _CHUNK)
                if not data:
                    break
                self._post(received, data)
        except OSError as error:
            log.warning("reading from the editor failed: %s", error)
        self._post(ended, how)

    def _write(self, ended: Callable[[Ending], None]) -> None:
        try:
            while data := self._next():
                size = len(data)
                while data:
                    data = data[os.write(self._sink, data) :]
                self._written += size
        except OSError:
            self._post(ended, Ending.CLOSED_OUTPUT)
        os.close(self._sink)
        if self._flushed is not None:
            self._post(self._flushed.set)

    def _next(self) -> memoryview:
        """What is to be written next, as much as is there; empty when that was all."""
        first = self._out.get()
        if first is None:
            return memoryview(b"")
        pieces = [first]
        while not self._out.empty():
            piece = self._out.get()
            if piece is None:
                self._out.put(None)
                break
            pieces.append(piece)
        return memoryview(b"".join(pieces))

    def _post(self, call: Callable[..., None], *arguments: Any) -> None:
        # The loop is closed when the session has ended before this thread has.
        with contextlib.suppress(RuntimeError):
            if self._loop is not None:
                self._loop.call_soon_threadsafe(call, *arguments)


class _Readable:
    """Waits for input, and notices meanwhile that nobody reads the output any more."""

    def __init__(self, source: int, sink: int) -> None:
        self._source = source
        self._poll: Any = None
        if hasattr(select, "poll"):
            self._poll = select.poll()
            self._poll.register(source, select.POLLIN)
            self._poll.register(sink, 0)  # errors and hang-ups are always reported

    def wait(self) -> bool:
        """Whether a read will not block; false when only the output has gone."""
        return self._poll is None or any(descriptor == self._source for descriptor, _ in self._poll.poll())


class _Room:
    """Tells whether a write will be taken at once: a pipe that is writable takes PIPE_BUF bytes (POSIX, write)."""

    def __init__(self, sink: int) -> None:
        self._sink = sink
        self._poll: Any = select.poll()
        self._poll.register(sink, select.POLLOUT)

    def fits(self, data: bytes) -> bool:
        """Whether all of ``data`` can be written now without blocking."""
        return len(data) <= select.PIPE_BUF and self._poll.poll(0) == [(self._sink, select.POLLOUT)]
