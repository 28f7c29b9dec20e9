"""One editor over a loopback socket."""

from __future__ import annotations

import asyncio

import pytest

from lsp_codex.server.tcp import ExposedAddress, SocketTransport, accept_one
from lsp_codex.server.transport import Ending

pytestmark = pytest.mark.real_time


class Editor:
    """A connection and what the server's end of it saw."""

    def __init__(self) -> None:
        self.reader: asyncio.StreamReader
        self.writer: asyncio.StreamWriter
        self.transport: SocketTransport
        self.received = bytearray()
        self.ended: asyncio.Queue[Ending] = asyncio.Queue()

    async def connect(self, host: str = "127.0.0.1") -> None:
        """Connect to a server that waits for one editor."""
        address: asyncio.Future[tuple[str, int]] = asyncio.get_running_loop().create_future()
        waiting = asyncio.create_task(accept_one(host, 0, ready=lambda *bound: address.set_result(bound)))
        self.reader, self.writer = await asyncio.open_connection(*await address)
        self.transport = await waiting

    def start(self) -> None:
        """Let the server's end read."""
        self.transport.start(self.received.extend, self.ended.put_nowait)


def test_bytes_that_come_before_the_start_are_kept() -> None:
    """Not every CPython stops reading when it is told to pause; nothing may be lost by that."""
    transport, received = SocketTransport(lambda _: True), bytearray()
    transport.data_received(b"ear")
    transport.data_received(b"ly")
    transport.start(received.extend, lambda _: None)
    transport.data_received(b" and late")
    assert received == b"early and late"


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost"])
async def test_bytes_go_both_ways_and_closing_sends_what_is_left(host: str) -> None:
    """What came before the start is not lost; what was written leaves before the end."""
    editor = Editor()
    await editor.connect(host)
    editor.writer.write(b"early")
    await asyncio.sleep(0.05)
    editor.start()
    await asyncio.sleep(0.05)
    editor.transport.write(b"x" * 1_000_000)
    reading = asyncio.create_task(editor.reader.read(-1))
    await editor.transport.aclose()
    assert len(await reading) == 1_000_000
    assert editor.received == b"early"
    editor.writer.close()


async def test_the_end_of_the_connection_is_the_end_of_input() -> None:
    """Before or after the start."""
    for late in (False, True):
        editor = Editor()
        await editor.connect()
        if not late:
            editor.start()
        editor.writer.close()
        await asyncio.sleep(0.05)
        if late:
            editor.start()
        assert await asyncio.wait_for(editor.ended.get(), 2) is Ending.END_OF_INPUT
        await editor.transport.aclose()


async def test_an_editor_that_does_not_read_does_not_hold_the_end() -> None:
    """Closing is cut off."""
    editor = Editor()
    await editor.connect()
    editor.start()
    editor.transport.write(b"x" * 50_000_000)
    begin = asyncio.get_running_loop().time()
    await editor.transport.aclose()
    assert asyncio.get_running_loop().time() - begin < 1.0
    editor.writer.close()


@pytest.mark.parametrize("host", ["0.0.0.0", "::"])  # noqa: S104 — what is refused
async def test_other_machines_are_kept_out(host: str) -> None:
    """The error says what an open address risks."""
    with pytest.raises(ExposedAddress, match="uses your account"):
        await accept_one(host, 0)


async def test_other_machines_are_let_in_only_when_forced() -> None:
    """With ``exposed`` any address can be bound."""
    waiting = asyncio.create_task(accept_one("0.0.0.0", 0, exposed=True))  # noqa: S104 — what is forced
    await asyncio.sleep(0.05)
    assert not waiting.done()
    waiting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await waiting
