"""Every end of the process while a sign-in waits or a renewal is under way: the port is free, the token is saved."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import socket
import subprocess
import sys
import threading
from contextlib import AsyncExitStack, asynccontextmanager
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, urlsplit

import pytest

from lsp_codex.sandbox import loopback
from lsp_codex.sandbox.codex import SandboxCodex
from tests.e2e.test_one_refresh import CODE, home, pointed_at, refreshes, store_expired
from tests.harness.raw_client import EXIT, INITIALIZED, RawClient, notification, request

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Mapping

    from lsp_codex.sandbox.exchange import Answer

pytestmark = [pytest.mark.real_time, pytest.mark.timeout(60)]

SERVE = (sys.executable, "-m", "lsp_codex", "serve")
ENDS_WITHIN = 2.0
ENDS = ("exit", "end of input", "SIGTERM", "SIGTERM twice", "the editor's death")


class Server:
    """A server process, its editor's process, and how they end."""

    def __init__(self, client: RawClient, editor: subprocess.Popen[bytes]) -> None:
        self.client = client
        self._editor = editor

    def run(self, number: int, command: str) -> Any:
        """A command's answer."""
        return self.client.ask(number, "workspace/executeCommand", {"command": command, "arguments": []})["result"]

    def ask_for_ghost_text(self) -> None:
        """Send the request; nobody waits for the answer."""
        document = {"uri": "file:///demo.py", "languageId": "python", "version": 1, "text": CODE}
        place = {"textDocument": {"uri": "file:///demo.py"}, "position": {"line": 2, "character": 4}}
        self.client.send(
            notification("textDocument/didOpen", {"textDocument": document})
            + request(7, "textDocument/inlineCompletion", {**place, "context": {"triggerKind": 1}})
        )

    def end(self, how: str) -> None:
        """One of ENDS."""
        match how:
            case "exit":
                self.client.send(EXIT)
            case "end of input":
                self.client.close_input()
            case "the editor's death":
                self._editor.kill()
            case _:
                self.client.process.send_signal(signal.SIGTERM)
                if how.endswith("twice"):
                    self.client.process.send_signal(signal.SIGTERM)


@asynccontextmanager
async def serving(environ: Mapping[str, str]) -> AsyncIterator[Server]:
    """An initialised server whose editor is a process of its own; what it says is read in a thread."""
    async with AsyncExitStack() as stack:
        editor = stack.enter_context(subprocess.Popen(["sleep", "60"]))  # noqa: ASYNC220 — it only has to die
        stack.callback(editor.kill)
        client = stack.enter_context(RawClient(SERVE, env=dict(environ)))
        params: dict[str, Any] = {"processId": editor.pid, "rootUri": None, "capabilities": {}}
        await asyncio.to_thread(client.ask, 0, "initialize", params)
        client.send(INITIALIZED)
        yield Server(client, editor)


class SlowSandbox(SandboxCodex):
    """Answers a refresh when it is told to, half a second later."""

    def __init__(self) -> None:
        super().__init__()
        self.asked = threading.Event()
        self.told = asyncio.Event()

    async def handle(self, method: str, target: str, headers: Mapping[str, str], body: bytes) -> Answer:
        """As usual, but for that."""
        answer = await super().handle(method, target, headers, body)
        if target.endswith("/oauth/token"):
            self.asked.set()
            await self.told.wait()
            await asyncio.sleep(0.5)
        return answer


@pytest.mark.parametrize("how", ENDS)
async def test_a_sign_in_that_waits_frees_its_port(how: str) -> None:
    """Within two seconds the process has gone, and the port can be had again."""
    async with loopback.serve(SandboxCodex()) as address, serving(pointed_at(address)) as server:
        started = await asyncio.to_thread(server.run, 1, "codex.signIn")
        asked = parse_qs(urlsplit(started["authUrl"]).query)
        port = urlsplit(asked["redirect_uri"][0]).port
        assert port in {1455, 1457}
        with pytest.raises(OSError, match="in use"), socket.socket() as taken:
            taken.bind(("127.0.0.1", port))
        server.end(how)
        code, _ = await asyncio.to_thread(server.client.wait, ENDS_WITHIN)
        assert code == 1
        with socket.socket() as free:
            free.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            free.bind(("127.0.0.1", port))
            free.listen()
    assert not os.path.exists(home() / "auth.json")  # noqa: ASYNC240, PTH110 — one look at the disk


@pytest.mark.parametrize("how", ENDS)
async def test_a_renewal_under_way_reaches_the_store(how: str) -> None:
    """The old refresh token is spent: the new one is saved before the process goes, and the next one uses it."""
    codex = SlowSandbox()
    store_expired(codex)
    before = stored()
    async with loopback.serve(codex) as address:
        async with serving(pointed_at(address)) as server:
            server.ask_for_ghost_text()
            assert await asyncio.to_thread(codex.asked.wait, 20)
            server.end(how)
            codex.told.set()
            code, _ = await asyncio.to_thread(server.client.wait, ENDS_WITHIN)
            assert code == 1
        assert stored() != before
        async with serving(pointed_at(address)) as server:
            assert (await asyncio.to_thread(server.run, 1, "codex.status"))["state"] == "signedIn"
            server.ask_for_ghost_text()
            answer = await asyncio.to_thread(server.client.answer, 7)
            assert answer["result"]["items"][0]["insertText"] == "return a + b"
    assert refreshes(codex) == 1


def stored() -> str:
    """The refresh token in the store."""
    token: str = json.loads((home() / "auth.json").read_bytes())["tokens"]["refresh_token"]
    return token
