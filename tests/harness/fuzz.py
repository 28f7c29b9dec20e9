"""A client that says almost what it should: valid messages, mutated; and the judge of what a server answers."""

from __future__ import annotations

import copy
import json
from collections import Counter
from typing import TYPE_CHECKING, Any

from lsp_codex.server import framing

if TYPE_CHECKING:
    from random import Random

HERE = {"line": 1, "character": 4}
RANGE = {"start": {"line": 0, "character": 1}, "end": HERE}
URIS = ("file:///a.py", "file:///b%20c.py", "untitled:1")
CODE = "def add(a, b):\n    \r\r\n\u2028é😀\n"
NOTEBOOK = {
    "uri": "file:///n.ipynb",
    "notebookType": "jupyter",
    "version": 1,
    "cells": [{"kind": 2, "document": URIS[0]}],
}
INITIALIZE = {
    "processId": None,
    "rootUri": None,
    "clientInfo": {"name": "fuzz"},
    "capabilities": {"general": {"positionEncodings": ["utf-16"]}, "window": {"showDocument": {"support": True}}},
    "initializationOptions": {"codex": {"notifications": True}},
    "workspaceFolders": [{"uri": "file:///w", "name": "w"}],
}

# Every method that the server registers, with params as they should be.
REQUESTS: tuple[tuple[str, Any], ...] = (
    (
        "textDocument/inlineCompletion",
        {"textDocument": {"uri": URIS[0]}, "position": HERE, "context": {"triggerKind": 1}},
    ),
    ("workspace/executeCommand", {"command": "codex.status", "arguments": []}),
    ("workspace/executeCommand", {"command": "codex.cancelSignIn", "arguments": [{}]}),
    ("workspace/executeCommand", {"command": "codex.signOut"}),
    ("workspace/executeCommand", {"command": "codex.signIn", "arguments": [{"method": "browser"}]}),
    ("codex/none", {"a": [1, {"jsonrpc": "2.0"}]}),
    ("initialize", INITIALIZE),
)
NOTIFICATIONS: tuple[tuple[str, Any], ...] = (
    ("initialized", {}),
    ("textDocument/didOpen", {"textDocument": {"uri": URIS[0], "languageId": "python", "version": 1, "text": CODE}}),
    (
        "textDocument/didChange",
        {"textDocument": {"uri": URIS[0], "version": 2}, "contentChanges": [{"range": RANGE, "text": "x\r"}]},
    ),
    ("textDocument/didChange", {"textDocument": {"uri": URIS[0], "version": 3}, "contentChanges": [{"text": CODE}]}),
    ("textDocument/didClose", {"textDocument": {"uri": URIS[0]}}),
    (
        "workspace/didChangeConfiguration",
        {"settings": {"codex": {"completion": {"trigger": "automatic", "debounceMs": 0}}}},
    ),
    (
        "workspace/didChangeWorkspaceFolders",
        {"event": {"added": [{"uri": "file:///v", "name": "v"}], "removed": []}},
    ),
    ("$/setTrace", {"value": "verbose"}),
    ("$/cancelRequest", {"id": 1}),
    ("window/workDoneProgress/cancel", {"token": "t"}),
    (
        "notebookDocument/didOpen",
        {
            "notebookDocument": NOTEBOOK,
            "cellTextDocuments": [{"uri": URIS[0], "languageId": "", "version": 1, "text": ""}],
        },
    ),
    (
        "notebookDocument/didChange",
        {"notebookDocument": {"version": 2, "uri": "file:///n.ipynb"}, "change": {"cells": {"data": []}}},
    ),
    (
        "notebookDocument/didClose",
        {"notebookDocument": {"uri": "file:///n.ipynb"}, "cellTextDocuments": [{"uri": URIS[0]}]},
    ),
    ("$/none", None),
)
ODD: tuple[Any, ...] = (
    None, True, False, 0, -1, 1, 2**31 - 1, 2**31, 2**53 + 1, 10**30, 1.5, -0.0, 1e308, "", "x", "\ud800", "\0",
    *URIS, "utf-8", "2.0", "x" * 5_000, [],
    [None], [[[[]]]], {}, {"jsonrpc": "2.0"}, {"jsonrpc": "2.0", "method": "exit"},
    {"id": 1}, {"uri": 5}, {"__class__": "x"}, HERE, RANGE,
)  # fmt: skip
LARGEST = 5_000  # places of a value; what grows beyond is only slow
KEYS = ("jsonrpc", "id", "method", "uri", "x-vendor", "", "type_name", "class", "range", "__init__")
BROKEN: tuple[bytes, ...] = (
    b"", b"{", b"[]", b"5", b"null", b'"x"', b"{}", b"[[]]", b'{"jsonrpc":"2.0"}', b'{"jsonrpc":"2.0","id":', b"\xff",
    b'{"jsonrpc":"2.0","method":5,"id":"m"}', b'{"jsonrpc":"1.0","method":"x"}', b"NaN", b"[" * 3_000,
    b"\xef\xbb\xbf{}",
)  # fmt: skip


def mutated(random: Random, value: Any) -> Any:
    """``value`` with a few things in it replaced, removed, added or doubled."""
    holder = {"value": copy.deepcopy(value)}
    for _ in range(random.choice((0, 1, 1, 1, 2, 5))):
        places = list(_places(holder))
        if len(places) > LARGEST:
            break
        place, key = random.choice(places)
        match random.randrange(6):
            case 0 if place is not holder:
                del place[key]
            case 1 if isinstance(place[key], list):
                place[key] = place[key] * random.choice((2, 50))
            case 2 if isinstance(place[key], dict):
                place[key][random.choice(KEYS)] = copy.deepcopy(random.choice(ODD))
            case 3:
                place[key] = copy.deepcopy(random.choice(list(_places(holder)))[0])
            case _:
                place[key] = copy.deepcopy(random.choice(ODD))
    return holder["value"]


def _places(tree: Any) -> Any:
    items = tree.items() if isinstance(tree, dict) else enumerate(tree) if isinstance(tree, list) else ()
    for key, value in items:
        yield tree, key
        yield from _places(value)


class Fuzz:
    """Messages of one session; ``wanted`` counts the answers that each id must get, ``asked`` says for what."""

    def __init__(self, random: Random) -> None:
        self.random = random
        self.wanted: Counter[int | str] = Counter()
        self.asked: dict[int | str, Any] = {}
        self._last = 0

    def bodies(self, count: int) -> bytes:
        """Framed messages, each of them a whole body: good, mutated, broken, or a batch."""
        return b"".join(framing.encode(self._body()) for _ in range(count))

    def ping(self) -> bytes:
        """A request that is answered in every phase."""
        return framing.encode(_json(self._request("fuzz/ping", None)))

    def request(self, method: str, params: Any) -> bytes:
        """A framed request as it should be."""
        return framing.encode(_json(self._request(method, params)))

    def _body(self) -> bytes:
        match self.random.randrange(20):
            case 0:
                return self.random.choice(BROKEN)
            case 1:
                return _json([self._message() for _ in range(self.random.randrange(1, 5))])
            case _:
                return _json(self._message())

    def _message(self) -> Any:
        match self.random.randrange(12):
            case 0:
                numbers = [self._last, self.random.randrange(self._last + 2), "codex-1", None, 1.5]
                return _notification("$/cancelRequest", {"id": self.random.choice(numbers)})
            case 1:
                return self._response()
            case 2 | 3 | 4 | 5:
                return self._request(*self._some(REQUESTS))
            case _:
                return _notification(*self._some(NOTIFICATIONS))

    def _some(self, table: tuple[tuple[str, Any], ...]) -> tuple[str, Any]:
        method, params = self.random.choice(table)
        return method, mutated(self.random, params)

    def _request(self, method: str, params: Any) -> dict[str, Any]:
        self._last += 1
        number: int | str = self._last if self.random.randrange(4) else f"n{self._last}"
        self.wanted[number] += 1
        self.asked[number] = (method, params)
        message = {"jsonrpc": "2.0", "id": number, "method": method}
        return message if params is None else {**message, "params": params}

    def _response(self) -> dict[str, Any]:
        number = self.random.choice([f"codex-{self.random.randrange(5)}", 1, None, "x"])
        what = self.random.choice(
            ({"result": None}, {"result": {"success": 5}}, {"error": 5}, {"error": {"code": "x"}})
        )
        return {"jsonrpc": "2.0", "id": number, **what}

    def noise(self) -> bytes:
        """Bytes whose framing is broken; what they announce falsely is at most 2,000 bytes."""
        good = bytearray(framing.encode(self.random.choice((b"{}", b'{"jsonrpc":"2.0","method":"x"}', b"x" * 500))))
        for _ in range(self.random.randrange(1, 6)):
            at = self.random.randrange(len(good) + 1)
            match self.random.randrange(5):
                case 0:
                    del good[at : at + self.random.randrange(1, 20)]
                case 1:
                    good[at:at] = self.random.randbytes(self.random.randrange(1, 40))
                case 2:
                    good[at:at] = self.random.choice((b"\r\n", b"\n", b"\r\n\r\n", b": ", b"Content-Length", b"\0"))
                case 3:
                    good[at:at] = b"Content-Length: %d\r\n\r\n" % self.random.choice((0, 1, 30, 2_000, 10**9))
                case _:
                    good[at : at + 1] = self.random.randbytes(1)
        return _harmless(bytes(good))


def _harmless(data: bytes) -> bytes:
    """``data`` without lengths that a proper server would wait for: large ones that are within its limit."""
    decoder = framing.Decoder()
    for frame in decoder.feed(data):
        # As the server does it: what is no JSON may hold the beginning of the next message, and its length.
        if isinstance(frame, framing.Body) and not _is_json(frame.data):
            decoder.unread(frame.data)
    announced = (decoder._need, decoder._length, decoder._skip)
    return data if max(length or 0 for length in announced) <= 2_000 else b""


def _is_json(data: bytes) -> bool:
    try:
        json.loads(data)
    except (ValueError, RecursionError):
        return False
    return True


def _notification(method: str, params: Any) -> dict[str, Any]:
    message: dict[str, Any] = {"jsonrpc": "2.0", "method": method}
    return message if params is None else {**message, "params": params}


def _json(message: Any) -> bytes:
    return json.dumps(message).encode()


class Judge:
    """Reads what the server writes: whole messages, proper ones, without tracebacks; counts the answers by id."""

    def __init__(self) -> None:
        self.answers: Counter[int | str | None] = Counter()
        self.internal: list[Any] = []
        self._decoder = framing.Decoder()

    def feed(self, data: bytes) -> None:
        """More bytes from the server."""
        for frame in self._decoder.feed(data):
            assert isinstance(frame, framing.Body), frame
            self.message(json.loads(frame.data))

    def message(self, message: Any) -> None:
        """A message from the server, or a batch of answers."""
        for one in message if isinstance(message, list) else [message]:
            self._judge(one)

    def _judge(self, message: dict[str, Any]) -> None:
        assert message["jsonrpc"] == "2.0"
        if "method" in message:
            return
        said = json.dumps(message)
        assert "Traceback" not in said, said
        assert '.py\\", line' not in said, said
        assert ("result" in message) != ("error" in message), message
        self.answers[message["id"]] += 1
        if "error" in message and message["error"]["code"] == -32603:
            self.internal.append(message["id"])

    def missing(self, fuzz: Fuzz) -> list[Any]:
        """What was asked and has no answer yet. Fails if something was answered too often."""
        for number, count in self.answers.items():
            if number is not None and number != "m":
                assert count <= fuzz.wanted[number], f"{number} was answered {count} times: {fuzz.asked.get(number)}"
        return [fuzz.asked[number] for number, count in fuzz.wanted.items() if self.answers[number] < count]

    def forget(self, fuzz: Fuzz) -> None:
        """Everything was answered; one more answer would be one too many."""
        fuzz.wanted.clear()
        fuzz.asked.clear()
        self.answers.clear()
