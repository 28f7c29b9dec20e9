"""Our requests to the editor: answered, cancelled or given up."""

from __future__ import annotations

from typing import Any

import pytest
from pygls.exceptions import JsonRpcException

from lsp_codex.server.asked import Asked
from lsp_codex.server.decoding import converter
from lsp_codex.server.messages import Response


@pytest.fixture
def sent() -> list[Any]:
    """What went to the editor."""
    return []


@pytest.fixture
def asked(sent: list[Any]) -> Asked:
    """Nothing asked yet."""
    return Asked(sent.append, converter(), lambda method: int if method == "own/number" else None)


def test_each_request_has_its_own_id_and_gets_its_own_answer(asked: Asked, sent: list[Any]) -> None:
    """Answers may come in any order; a result of ours is typed by us."""
    first, second = asked.ask("own/number", None), asked.ask("own/plain", {"a": 1})
    assert [set(message) for message in sent] == [{"jsonrpc", "id", "method"}, {"jsonrpc", "id", "method", "params"}]
    for message, result in ((sent[1], {"b": 2}), (sent[0], 5)):
        asked.answered(Response(message["id"], {**message, "result": result}))
    assert (first.result(0), second.result(0)) == (5, {"b": 2})


def test_cancelling_tells_the_editor_once(asked: Asked, sent: list[Any]) -> None:
    """Whatever it answers then, or asks us to believe it was asked, is ignored."""
    future = asked.ask("own/plain", None)
    future.cancel()
    number = sent[0]["id"]
    assert sent[1:] == [{"jsonrpc": "2.0", "method": "$/cancelRequest", "params": {"id": number}}]
    asked.answered(Response(number, {"result": 1}))
    asked.answered(Response("never asked", {"result": 1}))
    assert len(sent) == 2


def test_giving_up_fails_what_is_open_and_tells_nobody(asked: Asked, sent: list[Any]) -> None:
    """The connection has gone."""
    future, cancelled = asked.ask("own/plain", None), asked.ask("own/plain", None)
    cancelled.cancel()
    asked.give_up()
    with pytest.raises(JsonRpcException, match="The editor has gone without an answer to own/plain"):
        future.result(0)
    assert len(sent) == 3
