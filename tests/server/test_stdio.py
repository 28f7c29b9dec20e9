"""Standard input and output as a transport, in a process that meets every bad client, and in this one."""

from __future__ import annotations

import asyncio
import os
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from lsp_codex.server.stdio import StdioTransport
from lsp_codex.server.transport import Ending
from tests.harness import edge_server as edge
from tests.harness import raw_client as raw
from tests.harness.raw_client import RawClient

if TYPE_CHECKING:
    from collections.abc import Iterator

pytestmark = pytest.mark.real_time

SCRIPT = Path(edge.__file__)
ROOT = SCRIPT.parent.parent.parent


def start(**options: Any) -> RawClient:
    """The edge's server in a process."""
    return RawClient.python(SCRIPT, env={**os.environ, "PYTHONPATH": str(ROOT)}, **options)


def command(number: int | str, name: str, *arguments: object) -> bytes:
    """A framed request for a command of the edge's server."""
    return raw.request(number, "workspace/executeCommand", {"command": f"edge.{name}", "arguments": list(arguments)})


@pytest.fixture(scope="module")
def server() -> Iterator[RawClient]:
    """One process for all bad clients: each must leave it in order."""
    with start() as client:
        client.initialize()
        yield client


def split_in_the_header(data: bytes) -> tuple[bytes, bytes]:
    """Two reads with the cut inside the header."""
    return data[:9], data[9:]


def still_works(server: RawClient, number: str) -> bool:
    """Whether a proper request is answered."""
    server.send(command(number, "echo", number))
    return bool(server.answer(number)["result"] == number)


@pytest.mark.parametrize(
    "data",
    [
        pytest.param(command(1, "echo", 5).replace(b"Content-Length", b"content-length"), id="lower-case header"),
        pytest.param(command(1, "echo", 5).replace(b": ", b":", 1), id="no space"),
        pytest.param(b"Content-Type: text/plain\r\n" + command(1, "echo", 5), id="two headers"),
        pytest.param(b"hello\r\n" + command(1, "echo", 5), id="garbage before"),
    ],
)
def test_odd_but_clear_messages_are_answered(server: RawClient, data: bytes) -> None:
    """Header names in any case, any spacing, extra headers, garbage lines before."""
    server.send(data)
    assert server.answer(1)["result"] == 5
    assert still_works(server, "after")


def test_a_header_split_over_reads(server: RawClient) -> None:
    """A message is what its bytes say, however they come."""
    first, second = split_in_the_header(command(2, "echo", 6))
    server.send(first)
    with pytest.raises(TimeoutError):
        server.receive(0.05)
    server.send(second)
    assert server.answer(2)["result"] == 6


def test_one_byte_at_a_time(server: RawClient) -> None:
    """Every byte in a write of its own."""
    server.send(command(3, "echo", "é😀"), one_by_one=True)
    assert server.answer(3)["result"] == "é😀"


def test_three_thousand_pipelined_requests(server: RawClient) -> None:
    """All are answered, each with its own."""
    numbers = range(10_000, 13_000)
    server.send(b"".join(command(number, "echo", number) for number in numbers))
    answers = [server.receive() for _ in numbers]
    assert [(answer["id"], answer["result"]) for answer in answers] == [(number, number) for number in numbers]


@pytest.mark.parametrize(
    ("data", "code", "message"),
    [
        pytest.param(b"\xff\x00rubbish\r\n\r\n", -32700, "Content-Length", id="garbage"),
        pytest.param(b"Content-Length: 200000000\r\n\r\n", -32600, "200000000 bytes", id="200 MB announced"),
        pytest.param(raw.frame(b'{"jsonrpc":"\xff"}'), -32700, "UTF-8", id="invalid UTF-8"),
        pytest.param(raw.frame(b'{"jsonrpc":"2.0",'), -32700, "JSON", id="truncated JSON"),
        pytest.param(raw.frame(b'{"a":' * 50_000 + b"1" + b"}" * 50_000), -32700, "deep", id="deep nesting"),
        pytest.param(raw.frame(b""), -32700, "JSON", id="no content"),
    ],
)
def test_broken_messages_are_refused_and_cost_nothing_else(
    server: RawClient, data: bytes, code: int, message: str
) -> None:
    """The answer names the trouble, with a null id; the next request is served."""
    server.send(data)
    refused = server.answer(None)["error"]
    assert refused["code"] == code
    assert message in refused["message"]
    assert still_works(server, "after")


def test_200_megabytes_are_thrown_away(server: RawClient) -> None:
    """They are refused at once, and the message behind them is served."""
    server.send(b"Content-Length: 200000000\r\n\r\n")
    assert server.answer(None)["error"]["code"] == -32600
    for _ in range(200):
        server.send(b"x" * 1_000_000)
    assert still_works(server, "after")


def test_a_truncated_body_takes_one_message_with_it_at_most() -> None:
    """What was announced too long is refused when more has come, and nothing hangs."""
    with start() as server:
        server.initialize()
        server.send(command(1, "echo", 1)[:-5] + command(2, "echo", 2) + command(3, "echo", 3))
        assert server.answer(None)["error"]["code"] == -32700
        assert server.answer(2)["result"] == 2
        assert server.answer(3)["result"] == 3


def test_nothing_else_can_touch_the_stream() -> None:
    """A print goes to standard error, a child's output too, and a child that reads standard input reads nothing."""
    with start() as server:
        server.initialize()
        server.send(command(1, "noise"))
        assert server.answer(1)["result"] == 0
        server.send(raw.SHUTDOWN + raw.EXIT)
        assert server.wait()[0] == 0
        errors = server.errors()
        assert "a stray print" in errors
        assert "a child's output" in errors
        assert all(message["jsonrpc"] == "2.0" for message in server.seen)


def test_with_standard_error_closed_the_protocol_does_not_take_its_place() -> None:
    """A child's output then goes nowhere, and the editor's descriptors are none of the standard three."""
    shell = f"exec {sys.executable} {SCRIPT} 2>&-"
    with RawClient(["sh", "-c", shell], env={**os.environ, "PYTHONPATH": str(ROOT)}) as server:
        server.initialize()
        if sys.platform == "linux":
            places = [Path(f"/proc/{server.process.pid}/fd/{number}").readlink() for number in range(3)]
            assert places == [Path(os.devnull)] * 3
        server.send(command(1, "noise"))
        assert server.answer(1)["result"] == 0
        assert all(message["jsonrpc"] == "2.0" for message in server.seen)


@pytest.mark.parametrize("closed", ["<&-", ">&-", "<&- >&-"])
def test_without_standard_streams_it_says_so(closed: str) -> None:
    """Nobody started the process as a language server."""
    shell = f"exec {sys.executable} {SCRIPT} {closed}"
    with RawClient(["sh", "-c", shell], env={**os.environ, "PYTHONPATH": str(ROOT)}) as server:
        assert server.wait()[0] == 1
        assert "Standard input and output must be open" in server.errors()


class Pipes:
    """A transport in this process, with pipes at both ends."""

    def __init__(self) -> None:
        source, self.input = os.pipe()
        self.output, sink = os.pipe()
        self.transport = StdioTransport(source, sink)
        self.received = bytearray()
        self.ended: asyncio.Queue[Ending] = asyncio.Queue()

    def start(self) -> None:
        """Start the threads."""
        self.transport.start(self.received.extend, self.ended.put_nowait)


async def test_what_is_written_arrives_in_order_and_all_of_it() -> None:
    """Also when it is more than a pipe holds: closing waits for it."""
    pipes = Pipes()
    pipes.start()
    pieces = [bytes([number % 256]) * 10_000 for number in range(100)]
    for piece in pieces:
        pipes.transport.write(piece)

    def read() -> bytes:
        data = b""
        while len(data) < 1_000_000:
            data += os.read(pipes.output, 1 << 16)
        return data

    reading = asyncio.create_task(asyncio.to_thread(read))
    await pipes.transport.aclose()
    pipes.transport.write(b"too late")
    assert await reading == b"".join(pieces)
    os.close(pipes.input)
    assert await asyncio.wait_for(pipes.ended.get(), 2) is Ending.END_OF_INPUT


async def test_writing_returns_at_once_and_closing_in_time_when_nobody_reads() -> None:
    """A full pipe blocks neither the loop nor the end."""
    pipes = Pipes()
    pipes.start()
    begin = time.monotonic()
    pipes.transport.write(b"x" * 10_000_000)
    assert time.monotonic() - begin < 0.1
    await pipes.transport.aclose()
    assert time.monotonic() - begin < 1.0
    os.close(pipes.output)
    os.close(pipes.input)


async def test_an_output_that_nobody_reads_any_more_ends_the_session() -> None:
    """Whether something is written or not."""
    for writes in (True, False):
        pipes = Pipes()
        pipes.start()
        os.close(pipes.output)
        if writes:
            pipes.transport.write(b"x")
        assert await asyncio.wait_for(pipes.ended.get(), 2) is Ending.CLOSED_OUTPUT
        os.close(pipes.input)
        await pipes.transport.aclose()


async def test_what_was_sent_before_the_end_is_received() -> None:
    """The end of the input comes after all of it."""
    pipes = Pipes()
    os.write(pipes.input, b"last words")
    os.close(pipes.input)
    os.close(pipes.output)
    pipes.start()
    assert await asyncio.wait_for(pipes.ended.get(), 2) is Ending.END_OF_INPUT
    assert pipes.received == b"last words"
    await pipes.transport.aclose()
