"""Trouble of the protocol that is nobody's request, or hardly anybody's (lsp_codex/server/protocol.py)."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from pygls.exceptions import JsonRpcException

from lsp_codex.server import framing
from tests.harness.edge_server import edge_server
from tests.harness.wire import connected

if TYPE_CHECKING:
    import pytest


async def test_out_of_band_trouble_opens_no_message_box(caplog: pytest.LogCaptureFixture) -> None:
    """pygls shows each such error to the user; it is for the log, and without a traceback."""
    server = edge_server()
    async with connected(server) as client:
        await client.initialize()
        server.report_server_error(ValueError("odd"), JsonRpcException)
        await asyncio.sleep(1)
        assert (client.notifications, client.requests) == ([], [])
    (record,) = [each for each in caplog.records if "odd" in each.getMessage()]
    assert (record.levelname, record.exc_info) == ("ERROR", None)


async def test_a_number_without_end_is_refused_by_its_id() -> None:
    """The editor waits for an answer to its request, not for one to nobody."""
    async with connected(edge_server()) as client:
        await client.initialize()
        body = b'{"jsonrpc":"2.0","id":"long","method":"textDocument/hover","params":{"a":' + b"9" * 6_000 + b"}}"
        client.transport.write(framing.encode(body))
        await asyncio.sleep(1)
        (answer,) = [each for each in client.answers if each["id"] == "long"]
        assert answer["error"]["code"] == -32600
        assert "digits" in answer["error"]["message"]
