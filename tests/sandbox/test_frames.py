"""RFC 6455 frames as a server sees them; the client's library is the other opinion."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from websockets.frames import Frame, Opcode
from websockets.protocol import CLIENT, Protocol
from websockets.utils import accept_key

from lsp_codex.sandbox.frames import Broken, Frames, Message, Op, accept, frame


def sent(op: Opcode, data: bytes, *, final: bool = True) -> bytes:
    """A frame as the client's library sends it."""
    return Frame(op, data, fin=final).serialize(mask=True)


def test_the_answer_to_a_key_is_that_of_the_rfc() -> None:
    """The example of RFC 6455 section 1.3."""
    key = "dGhlIHNhbXBsZSBub25jZQ=="
    assert accept(key) == "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=" == accept_key(key)


@pytest.mark.parametrize("size", [0, 1, 125, 126, 65_535, 65_536, 200_000])
def test_sizes_go_both_ways(size: int) -> None:
    """Each of the three forms of a length, in and out."""
    data = b"x" * size
    assert Frames().feed(sent(Opcode.TEXT, data)) == [Message(Op.TEXT, data)]
    protocol = Protocol(CLIENT)
    protocol.receive_data(frame(Op.TEXT, data))
    (received,) = protocol.events_received()
    assert isinstance(received, Frame)
    assert (received.opcode, bytes(received.data)) == (Opcode.TEXT, data)


@given(st.lists(st.binary(max_size=300), max_size=4), st.lists(st.integers(1, 50), min_size=1, max_size=8))
def test_bytes_may_be_split_anywhere(texts: list[bytes], cuts: list[int]) -> None:
    """Whatever the pieces, the messages are the same."""
    stream = b"".join(sent(Opcode.TEXT, text) for text in texts)
    frames, seen, at = Frames(), [], 0
    for index in range(len(stream)):
        size = cuts[index % len(cuts)]
        seen += frames.feed(stream[at : at + size])
        at += size
    assert [message.data for message in seen] == texts


def test_fragments_are_one_message_and_a_ping_may_come_between() -> None:
    """Control frames are not part of a message (section 5.4)."""
    stream = sent(Opcode.TEXT, b"a", final=False) + sent(Opcode.PING, b"!") + sent(Opcode.CONT, b"b")
    assert Frames().feed(stream) == [Message(Op.PING, b"!"), Message(Op.TEXT, b"ab")]


@pytest.mark.parametrize(
    "data",
    [
        Frame(Opcode.TEXT, b"a").serialize(mask=False),
        b"\xc1" + sent(Opcode.TEXT, b"a")[1:],
        b"\x83" + sent(Opcode.TEXT, b"a")[1:],
        sent(Opcode.CONT, b"a"),
        sent(Opcode.BINARY, b"a"),
        sent(Opcode.TEXT, b"a", final=False) + sent(Opcode.TEXT, b"b"),
        b"\x81\xff" + (1 << 40).to_bytes(8, "big"),
    ],
    ids=["no mask", "compressed", "unknown", "stray fragment", "binary", "two at once", "too large"],
)
def test_what_breaks_the_protocol_is_noticed(data: bytes) -> None:
    """A client that is wrong learns it here and not from the service."""
    with pytest.raises(Broken):
        Frames().feed(data)
