"""A byte-level client of a server process: it can say what no proper client says, and it believes nothing."""

from __future__ import annotations

import contextlib
import json
import logging
import os
import selectors
import subprocess
import sys
import time
from typing import TYPE_CHECKING, Any, Self

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

PATIENCE = 10.0

log = logging.getLogger(__name__)  # heard by Leaks


def frame(message: Any) -> bytes:
    """A message as a proper client sends it; bytes are a body as it is."""
    body = message if isinstance(message, bytes) else json.dumps(message).encode()
    return b"Content-Length: %d\r\n\r\n%b" % (len(body), body)


def request(number: int | str, method: str, params: Any = None) -> bytes:
    """A framed request."""
    return frame({"jsonrpc": "2.0", "id": number, "method": method, "params": params})


def notification(method: str, params: Any = None) -> bytes:
    """A framed notification."""
    return frame({"jsonrpc": "2.0", "method": method, "params": params})


INITIALIZE = request(0, "initialize", {"processId": None, "rootUri": None, "capabilities": {}})
INITIALIZED = notification("initialized", {})
SHUTDOWN = request("shutdown", "shutdown")
EXIT = notification("exit")


class RawClient:
    """A process whose standard input and output are pipes of ours."""

    def __init__(self, command: Sequence[str | Path], *, errors: int = subprocess.PIPE, **options: Any) -> None:
        self.process = subprocess.Popen(
            [os.fspath(part) for part in command],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=errors,
            **options,
        )
        assert self.process.stdin
        assert self.process.stdout
        self._in = self.process.stdin.fileno()
        self._out = self.process.stdout.fileno()
        os.set_blocking(self._in, False)
        self._buffer = bytearray()
        self.seen: list[Any] = []

    @classmethod
    def python(cls, script: Path, *arguments: str, **options: Any) -> RawClient:
        """A server that is a Python script."""
        return cls([sys.executable, script, *arguments], **options)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        if self.process.poll() is None:
            self.process.kill()
        for stream in (self.process.stdin, self.process.stdout, self.process.stderr):
            if stream:
                with contextlib.suppress(OSError):
                    stream.close()
        self.process.wait(PATIENCE)

    def send(self, data: bytes, *, one_by_one: bool = False) -> None:
        """Write ``data``; what the server answers meanwhile is read, so that nobody waits for the other."""
        left = memoryview(data)
        end = time.monotonic() + 6 * PATIENCE
        with selectors.DefaultSelector() as selector:
            selector.register(self._in, selectors.EVENT_WRITE)
            selector.register(self._out, selectors.EVENT_READ)
            while left:
                assert time.monotonic() < end, "the server does not read"
                for key, _ in selector.select(1.0):
                    if key.fd == self._out:
                        piece = os.read(self._out, 1 << 20)
                        self._buffer += piece
                        if not piece:
                            selector.unregister(self._out)
                    else:
                        left = left[os.write(self._in, left[:1] if one_by_one else left) :]

    def receive(self, patience: float = PATIENCE) -> Any:
        """The next message, decoded. Raises ``EOFError`` when the server has closed its output."""
        end = time.monotonic() + patience
        with selectors.DefaultSelector() as selector:
            selector.register(self._out, selectors.EVENT_READ)
            while (message := self._next()) is None:
                left = end - time.monotonic()
                if left <= 0 or not selector.select(left):
                    raise TimeoutError(f"no message in {patience} s; so far {self.seen}")
                piece = os.read(self._out, 1 << 20)
                if not piece:
                    raise EOFError
                self._buffer += piece
        log.debug("to the editor: %s", message)
        self.seen.append(message)
        return message

    def answer(self, number: int | str | None, patience: float = PATIENCE) -> Any:
        """The answer with this id; what comes before it is kept in ``seen``."""
        while True:
            message = self.receive(patience)
            if isinstance(message, dict) and "method" not in message and message["id"] == number:
                return message

    def ask(self, number: int | str, method: str, params: Any = None) -> Any:
        """Send a request and wait for its answer."""
        self.send(request(number, method, params))
        return self.answer(number)

    def initialize(self) -> Any:
        """The usual beginning."""
        self.send(INITIALIZE)
        answer = self.answer(0)
        self.send(INITIALIZED)
        return answer

    def close_input(self) -> None:
        """Close the server's standard input."""
        assert self.process.stdin
        self.process.stdin.close()

    def close_output(self) -> None:
        """Stop reading the server's standard output."""
        assert self.process.stdout
        self.process.stdout.close()

    def error_line(self, word: str) -> str:
        """The next line on standard error that has ``word`` in it; waits for it."""
        assert self.process.stderr
        for line in self.process.stderr:
            log.debug("standard error: %s", line)
            if word in (text := str(line, "utf-8")):
                return text
        raise EOFError(word)

    def wait(self, patience: float = PATIENCE) -> tuple[int, float]:
        """Wait for the end of the process: its exit code and the seconds it took."""
        start = time.monotonic()
        return self.process.wait(patience), time.monotonic() - start

    def errors(self) -> str:
        """What the process wrote to standard error; it must have ended."""
        assert self.process.stderr
        text = str(self.process.stderr.read(), "utf-8")
        log.debug("standard error: %s", text)
        return text

    def _next(self) -> Any:
        end = self._buffer.find(b"\r\n\r\n") + 4
        if end < 4:
            return None
        first, *_ = self._buffer[:end].splitlines()
        length = int(first.removeprefix(b"Content-Length: "))
        if len(self._buffer) < end + length:
            return None
        body = self._buffer[end : end + length]
        del self._buffer[: end + length]
        return json.loads(body)
