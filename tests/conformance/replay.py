"""A replay: the client's side of a transcript against our server and our sandbox, at the recorded times."""

from __future__ import annotations

import asyncio
import http.client
from contextlib import AsyncExitStack
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, urlencode, urlsplit

from lsp_codex.sandbox import replies
from lsp_codex.sandbox.codex import CLIENT_ID, SandboxCodex
from lsp_codex.sandbox.limits import Limits
from lsp_codex.sandbox.tokens import SCOPE, Person, Workspace
from lsp_codex.sandbox.transport import SandboxTransport
from lsp_codex.server.app import build
from lsp_codex.server.world import World
from tests.auth.backends import NoKeyring
from tests.conformance.transcripts import OURS, filled, workspace
from tests.harness.ports import free_ports
from tests.harness.wire import connected

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from tests.conformance.transcripts import Entry, Transcript
    from tests.harness.wire import Client

A, B = workspace("11111111"), workspace("22222222")
TURNS = ("thread/start", "turn/start")
SHORTEST = 0.05
"""Seconds between two messages of the client, at least: what the server has to say is said in between."""


@dataclass(slots=True)
class Window:
    """What the server sent after one message of the client, and before the next."""

    sent: dict[str, Any] = field(default_factory=dict)
    expected: list[tuple[int, dict[str, Any]]] = field(default_factory=list)
    ours: list[dict[str, Any]] = field(default_factory=list)


@dataclass(slots=True)
class Cast:
    """What takes part in one replay; ``homes`` are files of the home, ``options`` settings beside the usual ones."""

    home: Path
    options: dict[str, Any] = field(default_factory=dict)
    notified: bool = False
    experimental: bool = True
    tokens: dict[str, str] = field(default_factory=dict)
    held: list[Any] = field(default_factory=list)
    by_status: bool = True
    """Whether the model answers with the recorded statuses; else a cue says what."""
    codex: SandboxCodex = field(init=False)
    ports: tuple[int, ...] = field(init=False)

    def __post_init__(self) -> None:
        self.ports = free_ports()
        person = Person("user@example.com", "User", "pro", A, "user-1")
        self.codex = SandboxCodex(person=person, redirect_ports=self.ports, device_interval=1)
        origin = "https://chatgpt.com"
        self.codex.backend.workspaces = (Workspace(A, "Workspace A", origin), Workspace(B, "Workspace B", origin))

    def world(self) -> World:
        """The world of one server."""
        return World(transport=SandboxTransport(self.codex), ports=self.ports, environ={}, open_keyring=NoKeyring)

    def initialization(self) -> dict[str, Any]:
        """The options that a client sends with ``initialize``."""
        auth = {"home": str(self.home), "store": "file", "issuer": "https://issuer.invalid"}
        given = dict(self.options)
        section = {
            "notifications": self.notified,
            "experimentalApi": self.experimental,
            "backend": {"transport": "sse", "chatgptBaseUrl": "https://fake.invalid/backend-api"},
            "completion": {"trigger": "manual"},
            "auth": auth | given.pop("auth", {}),
        }
        return {"codex": section | given}


class Replay:
    """One transcript, played. ``cues`` are called after the message with this id, or at the note with this text."""

    def __init__(self, transcript: Transcript, cast: Cast, cues: Mapping[Any, Callable[[Cast], Any]]) -> None:
        self.windows = [Window()]
        self.browser: list[tuple[int, int, int | None]] = []
        """Steps of the browser: index, recorded status, our status (None: refused)."""
        self.turns: list[tuple[int, str, str | None, str]] = []
        """Turns: index, recorded status and error, and the error of ours (empty: the model answered)."""
        self._transcript = transcript
        self._cast = cast
        self._cues = cues
        self.ports = cast.ports
        self._ids: dict[str, str] = {}
        self._address = ""
        self._turns: list[asyncio.Task[str]] = []
        self._ended: list[tuple[int, str, str | None]] = []
        self._seen = 0

    async def play(self) -> None:
        """From the first entry to the last."""
        self._cue("start")
        if self._cast.by_status:
            self._cast.codex.script(*(model(status) for status in self._transcript.statuses))
        entries = self._transcript.entries
        async with AsyncExitStack() as stack:
            for held in self._cast.held:
                stack.callback(held.close)
            client = await self._server(stack, wait="initialize" in map(_method, entries))
            for index, entry in enumerate(entries):
                if entry.note.get("note") == "RESTART with the same CODEX_HOME":
                    await stack.aclose()
                    client = await self._server(stack)
                elif entry.note:
                    await self._noted(index, entry)
                elif entry.direction == "<-":
                    self._recorded(index, entry.message)
                    continue
                else:
                    await self._sent(client, entry.message)
                await asyncio.sleep(self._gap(index))
                self._take(client)
            await asyncio.sleep(30)
            self._take(client)
            for (index, status, error), task in zip(self._ended, self._turns, strict=False):
                self.turns.append((index, status, error, await task))

    def _gap(self, index: int) -> float:
        """Seconds until the next step of the client: none between two that were sent together."""
        entries = self._transcript.entries
        later = [i for i in range(index + 1, len(entries)) if entries[i].direction == "->" or entries[i].note]
        gap = entries[later[0]].at - entries[index].at if later else 0.0
        return max(0.0, gap) if later and later[0] == index + 1 else max(SHORTEST, gap)

    async def _server(self, stack: AsyncExitStack, *, wait: bool = False) -> Client:
        """A server and its client, who says ``initialize`` at once, or ``wait``s until the recorded one does."""
        server = await stack.enter_async_context(build(self._cast.world()))
        client = await stack.enter_async_context(connected(server))
        client.replies["account/chatgptAuthTokens/refresh"] = None
        self._seen = 0
        self._log: list[dict[str, Any]] = []
        _listen(client, self._log)
        self.windows.append(Window())
        self._ready = False
        if not wait:
            await self._initialize(client)
        return client

    async def _initialize(self, client: Client) -> None:
        self._ready = True
        await client.initialize(initializationOptions=self._cast.initialization())
        await asyncio.sleep(1)
        self._take(client)

    def _take(self, client: Client) -> None:
        for message in self._log:
            method = message.get("method", "")
            if method in OURS or (not method and str(message.get("id", ""))[:2] == "r-"):
                self.windows[-1].ours.append(message)
                self._learn(message)
        self._log.clear()

    def _learn(self, message: dict[str, Any]) -> None:
        result = message.get("result")
        if isinstance(result, dict) and "authUrl" in result:
            self._address = result["authUrl"]

    def _recorded(self, index: int, message: dict[str, Any]) -> None:
        if message.get("method") == "turn/completed":
            turn = message["params"]["turn"]
            self._ended.append((index, turn["status"], (turn["error"] or {}).get("message")))
        self.windows[-1].expected.append((index, message))

    async def _sent(self, client: Client, message: dict[str, Any]) -> None:
        self._take(client)
        self.windows.append(Window(message))
        self._match_ids()
        message = filled(message, {**self._ids, **self._cast.tokens})
        self._lend(message)
        method, number = message.get("method"), message.get("id")
        self._cue(("before", number))
        if method == "turn/start":
            self._turns.append(asyncio.create_task(_turn(client, len(self._turns))))
        elif method == "initialize" and not self._ready and _is_good(message):
            await self._initialize(client)
        elif method in OURS:
            client.send({"jsonrpc": "2.0", **message, "id": f"r-{number}"})
        elif method is None and number is not None:
            self._answer(client, message)
        await asyncio.sleep(0)
        await asyncio.sleep(SHORTEST / 2)
        self._cue(number)

    def _answer(self, client: Client, message: dict[str, Any]) -> None:
        """The recorded answer to a question of ours: they are numbered from 0 there."""
        asked = [each for each in client.requests if each["method"] == OURS[-1]]
        if message["id"] < len(asked):
            client.send({"jsonrpc": "2.0", **message, "id": asked[message["id"]]["id"]})

    def _lend(self, message: dict[str, Any]) -> None:
        for given in (message.get("params"), message.get("result")):
            if isinstance(given, dict) and isinstance(given.get("accessToken"), str):
                self._cast.codex.lend(given["accessToken"])

    def _match_ids(self) -> None:
        """Which login id of ours stands for which recorded one."""
        for window in self.windows:
            recorded = {f"r-{m.get('id')}": m.get("result") for _, m in window.expected}
            for message in window.ours:
                theirs, ours = recorded.get(str(message.get("id", ""))), message.get("result")
                if isinstance(theirs, dict) and isinstance(ours, dict) and "loginId" in theirs and "loginId" in ours:
                    self._ids[theirs["loginId"]] = ours["loginId"]

    async def _noted(self, index: int, entry: Entry) -> None:
        text = entry.note["note"]
        self._cue(text)
        if not text.startswith("browser hit callback"):
            return
        target = urlsplit(entry.note["request"].split(" ")[1])
        query = {name: values[0] for name, values in parse_qs(target.query, keep_blank_values=True).items()}
        asked = {name: values[0] for name, values in parse_qs(urlsplit(self._address).query).items()}
        if len(query.get("state", "")) >= 43:
            query["state"] = asked["state"] + query["state"][43:]
        if query.get("code"):
            granted = (CLIENT_ID, asked["redirect_uri"], asked["code_challenge"], SCOPE)
            query["code"] = self._cast.codex.issuer.new_code(*granted)
        path = f"{target.path}?{urlencode(query)}"
        port = urlsplit(asked["redirect_uri"]).port or 0
        loop = asyncio.get_running_loop()
        status = await loop.run_in_executor(None, _get, port, path)
        self.browser.append((index, entry.note.get("status", 0), status))

    def _cue(self, key: Any) -> None:
        if (cue := self._cues.get(key)) is not None:
            cue(self._cast)


def _listen(client: Client, log: list[dict[str, Any]]) -> None:
    """Keep every message of the server in its order."""
    client.overheard = log


def _method(entry: Entry) -> str:
    return str(entry.message.get("method", ""))


def _is_good(initialize: dict[str, Any]) -> bool:
    """Whether the recorded program took it."""
    who = initialize["params"].get("clientInfo", {})
    return "version" in who and "\r" not in who["name"]


def _get(port: int, path: str) -> int | None:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
    try:
        connection.request("GET", path)
        return connection.getresponse().status
    except OSError:
        return None
    finally:
        connection.close()


def model(status: int, **limits: str) -> replies.Reply:
    """What the model's endpoint answers, saying of the plan's limits what is given and no more."""
    headers = {**dict.fromkeys(Limits().headers(0, "pro"), ""), **{k.replace("_", "-"): v for k, v in limits.items()}}
    match status:
        case 200:
            return replace(replies.text("answer()"), headers=headers)
        case 401:
            return replies.unauthorised()
        case 429:
            return replies.raw(429, headers, {"error": {"type": "usage_limit_reached", "resets_at": 1_800_000_000}})
        case _:
            return replies.overloaded(status)


async def _turn(client: Client, number: int) -> str:
    """One request of the model, as a person asks for it: what ghost text is there; the reason if there is none."""
    uri = f"file:///turn{number}.py"
    document = {"uri": uri, "languageId": "python", "version": 1, "text": f"def turn_{number}():\n    "}
    client.notify("textDocument/didOpen", {"textDocument": document})
    params = {"textDocument": {"uri": uri}, "position": {"line": 1, "character": 4}, "context": {"triggerKind": 1}}
    found = await client.request("textDocument/inlineCompletion", params)
    if found["items"]:
        return ""
    status = await client.request("workspace/executeCommand", {"command": "codex.status"})
    return status["completion"]["reason"] or "no text, no reason"
