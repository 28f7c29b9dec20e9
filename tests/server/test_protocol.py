"""Every request is answered, once, whatever it is; and the private names of pygls that we lean on."""

from __future__ import annotations

import asyncio
import logging
from importlib.metadata import version
from typing import TYPE_CHECKING, Any

import attrs
import pytest
from lsprotocol import types as lsp
from pygls.exceptions import JsonRpcException
from pygls.protocol import JsonRPCProtocol, LanguageServerProtocol
from pygls.workspace import Workspace

from lsp_codex.server.protocol import CodexProtocol, CodexServer
from tests.harness.edge_server import edge_server
from tests.harness.wire import Client, RefusedError, connected

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

URI = {"uri": "file:///a.py"}
HOVER = {"textDocument": URI, "position": {"line": 0, "character": 0}}


@attrs.frozen
class Ping:
    """Params of a method of our own."""

    some_number: int


@attrs.frozen
class Hover:
    """LSP's params with a field of a vendor."""

    text_document: lsp.VersionedTextDocumentIdentifier
    vendor_mood: str | None = None


@pytest.fixture
def events() -> list[str]:
    """What happened in the handlers."""
    return []


@pytest.fixture
async def client(events: list[str]) -> AsyncIterator[Client]:
    """A client that has initialised the edge's server and opened a document."""
    async with connected(edge_server(events)) as client:
        await client.initialize()
        client.notify(
            "textDocument/didOpen", {"textDocument": {**URI, "languageId": "py", "version": 1, "text": "a"}}
        )
        yield client


def command(name: str, *arguments: object) -> tuple[str, dict[str, object]]:
    """A request for a command of the edge's server."""
    return "workspace/executeCommand", {"command": f"edge.{name}", "arguments": list(arguments)}


async def alive(client: Client) -> bool:
    """Whether the server still answers."""
    return bool(await client.request(*command("echo", "still here")) == "still here")


@pytest.mark.parametrize(
    ("method", "params", "code", "message"),
    [
        ("textDocument/hover", None, -32602, "required field missing"),
        ("textDocument/hover", {}, -32602, "required field missing"),
        ("textDocument/hover", [], -32602, "Invalid params of textDocument/hover"),
        ("textDocument/hover", "x", -32602, "Invalid params of textDocument/hover"),
        ("textDocument/hover", {**HOVER, "position": {"line": "a", "character": 0}}, -32602, "params.position"),
        ("textDocument/hover", {**HOVER, "position": {"line": -1, "character": 0}}, -32602, "params.position"),
        ("textDocument/hover", {**HOVER, "textDocument": {"uri": None}}, -32602, "params.text_document.uri"),
        ("workspace/executeCommand", {"command": "nope"}, -32602, "There is no command nope"),
        ("workspace/executeCommand", {"command": "edge.echo", "arguments": [1, 2]}, -32602, "too many positional"),
        ("made/up", {}, -32601, "made/up"),
        ("$/made/up", {}, -32601, "made/up"),
        ("initialize", {"processId": None, "rootUri": None, "capabilities": {}}, -32600, "sent once"),
    ],
)
async def test_a_request_that_cannot_be_served_is_refused(
    client: Client, method: str, params: Any, code: int, message: str
) -> None:
    """Undecodable or missing params, unknown methods and commands: an error with its code, and life goes on."""
    with pytest.raises(RefusedError, match=message) as refused:
        await client.request(method, params)
    assert refused.value.code == code
    assert refused.value.data is None
    assert await alive(client)


@pytest.mark.parametrize(
    ("body", "code"),
    [
        (b"{", -32700),
        (b"\xff", -32700),
        (b"[" * 100_000, -32700),
        (b"{}", -32600),
        (b"[]", -32600),
        (b"7", -32600),
        (b'{"jsonrpc":"2.0","method":"a","id":null}', -32600),
    ],
)
async def test_what_is_no_message_is_answered_with_a_null_id(client: Client, body: bytes, code: int) -> None:
    """Parse errors and invalid requests have nobody to go to but everybody (JSON-RPC 2.0 section 5)."""
    client.transport.write(b"Content-Length: %d\r\n\r\n%b" % (len(body), body))
    assert await alive(client)
    refused = [answer for answer in client.answers if answer["id"] is None]
    assert [answer["error"]["code"] for answer in refused] == [code]


async def test_a_batch_is_answered_as_one(client: Client) -> None:
    """The answers of a batch come together, when the last is there; its notifications have none."""
    client.send(
        [
            {"jsonrpc": "2.0", "id": "a", "method": "workspace/executeCommand", "params": command("wait", 5)[1]},
            {"jsonrpc": "2.0", "method": "made/up"},
            {"jsonrpc": "2.0", "id": "b", "method": "made/up"},
            {"id": "c"},
        ]
    )
    await asyncio.sleep(4)
    assert await alive(client)
    assert not any(isinstance(answer, list) for answer in client.answers)
    await asyncio.sleep(2)
    batch = next(answer for answer in client.answers if isinstance(answer, list))
    assert {one["id"]: one.get("result", one.get("error", {}).get("code")) for one in batch} == {
        "a": 5,
        "b": -32601,
        "c": -32600,
    }


async def test_nested_jsonrpc_keys_are_plain_data(client: Client) -> None:
    """Arguments that look like messages are arguments."""
    argument = {"jsonrpc": "2.0", "id": 1, "method": "x", "params": [{"jsonrpc": "9"}], "class": 1, "type_name": "T"}
    assert await client.request(*command("echo", argument)) == argument


async def test_an_unknown_enumeration_value_arrives_as_it_is() -> None:
    """A newer client may send what this LSP does not know, also in its capabilities."""
    server = CodexServer("test", "1")

    async def complete(params: lsp.InlineCompletionParams) -> lsp.InlineCompletionList:
        assert params.context.trigger_kind == 0
        return lsp.InlineCompletionList(items=[])

    server.feature(lsp.TEXT_DOCUMENT_INLINE_COMPLETION, lsp.InlineCompletionOptions())(complete)
    capabilities = {
        "general": {"positionEncodings": ["utf-99", "utf-32"]},
        "textDocument": {"inlineCompletion": None, "completion": {"completionItemKind": {"valueSet": [1, 99]}}},
    }
    async with connected(server) as client:
        answer = await client.initialize(capabilities=capabilities, trace="shout")
        assert answer["capabilities"]["positionEncoding"] == "utf-32"
        assert answer["capabilities"]["inlineCompletionProvider"] == {}
        params = {**HOVER, "context": {"triggerKind": 0}}
        assert await client.request("textDocument/inlineCompletion", params) == {"items": []}


async def test_cancelling_a_command_stops_its_coroutine(client: Client, events: list[str]) -> None:
    """The command itself is cancelled, not only its answer."""
    number, answer = client.start(*command("wait"))
    assert await alive(client)
    client.cancel(number)
    with pytest.raises(RefusedError) as refused:
        await answer
    assert refused.value.code == -32800
    assert events == ["wait began", "wait cancelled"]


async def test_a_request_cancelled_in_the_queue_is_not_run(client: Client, events: list[str]) -> None:
    """When the cancellation arrives before the request's turn, the handler never sees it."""
    answers = [client.start(*command("wait"))[1] for _ in range(3)]
    number, answer = client.start(*command("wait"))
    client.cancel(number)
    with pytest.raises(RefusedError, match="-32800"):
        await answer
    assert await alive(client)
    assert len(events) <= 3
    assert not any(one.done() for one in answers)


async def test_the_cancellation_of_nothing_is_ignored(client: Client) -> None:
    """Unknown ids, finished requests, params that are none."""
    for params in ({"id": 77}, {"id": "x"}, {"id": None}, {}, None, [1]):
        client.notify("$/cancelRequest", params)
    assert await alive(client)


async def test_an_unexpected_error_says_nothing_of_itself(client: Client, caplog: pytest.LogCaptureFixture) -> None:
    """-32603 without message, traceback or data of the exception; the log has them."""
    with pytest.raises(RefusedError) as refused:
        await client.request(*command("fail"))
    assert (refused.value.code, refused.value.message, refused.value.data) == (
        -32603,
        "Internal error, see the log",
        None,
    )
    assert "a line of the user's source" in caplog.text
    assert client.notifications == []


async def test_an_error_made_for_the_client_passes_as_it_is() -> None:
    """Code, message and data of a JsonRpcException are the answer."""
    server = CodexServer("test", "1")

    async def fail() -> None:
        raise JsonRpcException("why", -32803, {"hint": 1})

    server.command("fail")(fail)
    async with connected(server) as client:
        await client.initialize()
        with pytest.raises(RefusedError) as refused:
            await client.request("workspace/executeCommand", {"command": "fail"})
        assert (refused.value.code, refused.value.message, refused.value.data) == (-32803, "why", {"hint": 1})


async def test_a_result_that_is_not_json_is_an_internal_error() -> None:
    """The request is answered even so."""
    server = CodexServer("test", "1")

    async def strange() -> object:
        return {"a": object()}

    server.command("strange")(strange)
    async with connected(server) as client:
        await client.initialize()
        with pytest.raises(RefusedError, match="-32603"):
            await client.request("workspace/executeCommand", {"command": "strange"})


async def test_there_are_no_message_boxes(client: Client, caplog: pytest.LogCaptureFixture) -> None:
    """Trouble with a notification is logged; the user is not interrupted."""
    caplog.set_level(logging.WARNING)
    change = {"range": None, "text": "b"}
    other = {"uri": "file:///other", "version": 1}
    client.notify("textDocument/didChange", {"textDocument": other, "contentChanges": [change]})
    client.notify("textDocument/didChange", {"contentChanges": 5})
    client.notify("textDocument/didOpen", {"textDocument": {**URI, "languageId": "", "version": 1, "text": None}})
    client.notify("made/up", {})
    assert await alive(client)
    assert client.notifications == []
    assert "not open" in caplog.text
    assert "Invalid params of textDocument/didChange" in caplog.text


async def test_a_request_sees_the_documents_as_they_were_when_it_was_sent(client: Client) -> None:
    """A change that is already in the same chunk comes after the request's first step."""
    answers = []
    for number in range(2, 5):
        change = {"text": "a" * number}
        client.notify(
            "textDocument/didChange", {"textDocument": {**URI, "version": number}, "contentChanges": [change]}
        )
        answers.append(client.start("textDocument/hover", HOVER)[1])
    assert [(await answer)["contents"] for answer in answers] == ["2:aa", "3:aaa", "4:aaaa"]


async def test_a_change_that_cannot_be_read_closes_the_document(client: Client) -> None:
    """Its text is unknown from then on, so nothing is offered for it until it is opened again."""
    change = {"textDocument": {**URI, "version": 2}, "contentChanges": [{"range": "?", "text": "b"}]}
    client.notify("textDocument/didChange", change)
    with pytest.raises(RefusedError, match="-32603"):
        await client.request("textDocument/hover", HOVER)
    client.notify("textDocument/didOpen", {"textDocument": {**URI, "languageId": "py", "version": 3, "text": "c"}})
    assert await client.request("textDocument/hover", HOVER) == {"contents": "3:c"}


async def test_our_own_types_and_plain_json() -> None:
    """Methods of ours are typed both ways if they say how, LSP's may get fields of a vendor, others get JSON."""
    server = CodexServer(
        "test", "1", own_types={"codex/ping": (Ping, Ping), "textDocument/hover": (Hover, None), "ask": (None, Ping)}
    )
    seen: list[Any] = []

    async def take(params: Any) -> Any:
        seen.append(params)
        return params

    for method in ("codex/ping", "codex/plain", "textDocument/hover"):
        server.feature(method)(take)
    async with connected(server) as client:
        await client.initialize()
        assert await client.request("codex/ping", {"someNumber": 5}) == {"someNumber": 5}
        assert await client.request("codex/plain", {"class": {"a": 1}}) == {"class": {"a": 1}}
        await client.request("textDocument/hover", {"textDocument": {**URI, "version": 9}, "vendorMood": "good"})
        assert seen[0] == Ping(5)
        assert (seen[2].text_document.version, seen[2].vendor_mood) == (9, "good")
        client.handlers["ask"] = lambda params: {"someNumber": params["n"]}
        assert await server.protocol.send_request_async("ask", {"n": 3}) == Ping(3)


async def test_the_fields_of_vendors_are_kept() -> None:
    """The params as the client sent them are at hand while a message is handled."""
    server = CodexServer("test", "1")

    async def look() -> Any:
        return [server.protocol.raw_params(), server.protocol.msg_id]

    server.command("look")(look)
    async with connected(server) as client:
        await client.initialize()
        params = {"command": "look", "arguments": [], "x-vendor": {"a": 1}}
        number, answer = client.start("workspace/executeCommand", params)
        assert await answer == [params, number]
        assert server.protocol.raw_params() is None


async def test_cancelling_a_request_of_ours_tells_the_editor_and_a_late_answer_is_ignored() -> None:
    """``$/cancelRequest`` goes out; what the editor then answers is nobody's."""
    server = edge_server()
    async with connected(server) as client:
        await client.initialize()
        client.replies["window/showDocument"] = None
        asked = asyncio.ensure_future(server.window_show_document_async(lsp.ShowDocumentParams("file:///a")))
        await asyncio.sleep(1)
        asked.cancel()
        await asyncio.sleep(1)
        number = client.requests[0]["id"]
        assert client.notifications == [("$/cancelRequest", {"id": number})]
        client.send({"jsonrpc": "2.0", "id": number, "result": {"success": True}})
        client.send({"jsonrpc": "2.0", "id": number, "error": {"code": -32800, "message": "cancelled"}})
        assert await alive(client)


@pytest.mark.parametrize(
    ("reply", "expected"),
    [
        ({"result": {"success": True}}, "ShowDocumentResult(success=True)"),
        ({"error": {"code": -32601, "message": "no such thing"}}, "no such thing"),
        ({"error": 5}, "The editor refused without saying why"),
        ({"result": {}}, "The editor's answer to window/showDocument: required field missing"),
        ({"result": 5}, "The editor's answer to window/showDocument"),
    ],
)
async def test_what_the_editor_answers(reply: dict[str, Any], expected: str) -> None:
    """A result is typed; a refusal and an answer that is none are exceptions for who asked."""
    server = edge_server()
    async with connected(server) as client:
        await client.initialize()
        client.replies["window/showDocument"] = reply
        try:
            said = str(await server.window_show_document_async(lsp.ShowDocumentParams("file:///a")))
        except JsonRpcException as error:
            said = str(error)
        assert said.startswith(expected)


async def test_when_the_editor_goes_its_open_questions_fail() -> None:
    """Nobody waits for an answer that cannot come."""
    server = edge_server()
    async with connected(server) as client:
        await client.initialize()
        client.replies["window/showDocument"] = None
        asked = asyncio.ensure_future(server.window_show_document_async(lsp.ShowDocumentParams("file:///a")))
        await asyncio.sleep(1)
        await client.transport.aclose()
        await client.wait_closed()
        with pytest.raises(JsonRpcException, match="The editor has gone"):
            await asked


def test_what_we_lean_on_in_pygls() -> None:
    """pygls is pinned below 2.2; these are the names that are not its documented interface."""
    assert version("pygls").startswith("2.1.")
    server = CodexServer("test", "1")
    protocol = server.protocol
    assert isinstance(protocol, CodexProtocol)
    assert isinstance(protocol, LanguageServerProtocol | JsonRPCProtocol)
    for name in ("_server", "_converter", "_workspace"):
        assert hasattr(protocol, name), name
    for name in ("_text_documents", "_create_text_document", "put_text_document", "remove_text_document"):
        assert hasattr(Workspace(None), name), name
    assert {"initialize", "shutdown", "exit", "textDocument/didOpen"} <= protocol.fm.builtin_features.keys()
    for method in ("initialize", "shutdown", "exit", "workspace/executeCommand"):
        assert protocol.fm.builtin_features[method].__func__.__module__.startswith("lsp_codex."), method
    # What pygls sends must go through our notify and send_request, and nothing else may write.
    assert protocol.writer is None
