"""FakeEditor: an editor at the other end of the in-memory wire, with the verbs a person uses."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

from lsp_codex.auth.store import MemoryStore
from lsp_codex.auth.tokens import Provenance, TokenAnswer, new_login
from lsp_codex.sandbox.codex import SandboxCodex
from lsp_codex.sandbox.transport import SandboxTransport
from lsp_codex.secret import Secret
from lsp_codex.server.app import build
from lsp_codex.server.ghost_text import FIRST_USE
from lsp_codex.server.world import World
from tests.harness.bodies import faults, frame_faults
from tests.harness.sentinels import PLANTED
from tests.harness.wire import Client, connected

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Mapping

    from lsp_codex.auth.tokens import Tokens

URI = "file:///work/demo.py"
KEPT_HERE = "file:///work/.env"


class FakeEditor:
    """One client with one document at a time; counts characters in UTF-32 units, that is as Python does."""

    def __init__(self, client: Client) -> None:
        self.client = client
        self.text = ""
        self.cursor = 0
        self.uri = URI
        self._version = 0

    @property
    def messages(self) -> list[str]:
        """Every message that was shown to the user, but the notice of first use."""
        return [message for message in self.every_message if message != FIRST_USE]

    @property
    def every_message(self) -> list[str]:
        """Every message that was shown to the user."""
        return [params["message"] for method, params in self.client.notifications if method == "window/showMessage"]

    @property
    def statuses(self) -> list[dict[str, Any]]:
        """Every status that was announced."""
        return [params for method, params in self.client.notifications if method == "codex/didChangeStatus"]

    def open(self, marked: str, language: str = "python") -> None:
        """Open the document ``marked``, with the cursor where ``┃`` stands."""
        self.cursor = marked.index("┃")
        self.text = marked.replace("┃", "")
        # In every test a document lies open that must not leave the machine (tests/harness/leaks.py).
        kept_here = {"uri": KEPT_HERE, "languageId": language, "version": 1, "text": f"demo = '{PLANTED}'\n"}
        self.client.notify("textDocument/didOpen", {"textDocument": kept_here})
        document = {"uri": self.uri, "languageId": language, "version": 1, "text": self.text}
        self._version = 1
        self.client.notify("textDocument/didOpen", {"textDocument": document})

    def close(self) -> None:
        """Close the document."""
        self.client.notify("textDocument/didClose", {"textDocument": {"uri": self.uri}})

    def type(self, text: str) -> None:
        """Insert ``text`` at the cursor."""
        self._replace(self.cursor, self.cursor, text)

    def delete(self, count: int) -> None:
        """Delete ``count`` characters left of the cursor."""
        self._replace(self.cursor - count, self.cursor, "")

    def accept(self, item: Mapping[str, Any]) -> None:
        """Put an item of ghost text into the document, as its range says."""
        start, end = (self._offset(item["range"][which]) for which in ("start", "end"))
        self._replace(start, end, item["insertText"])

    def ask(self, kind: int = 2, selected: Mapping[str, Any] | None = None) -> tuple[int, asyncio.Future[Any]]:
        """Ask for ghost text at the cursor (2: while typing, 1: by hand); the request's id and its answer.

        ``selected`` is what the editor's menu has selected: ``selectedCompletionInfo``.
        """
        more = {"selectedCompletionInfo": selected} if selected else {}
        return self.client.start(
            "textDocument/inlineCompletion",
            {
                "textDocument": {"uri": self.uri},
                "position": self.position(self.cursor),
                "context": {"triggerKind": kind, **more},
            },
        )

    async def complete(self, kind: int = 2, selected: Mapping[str, Any] | None = None) -> list[dict[str, Any]]:
        """The items of ghost text at the cursor."""
        answer = await self.ask(kind, selected)[1]
        return list(answer["items"])

    async def run(self, command: str, argument: Any = None) -> Any:
        """Run a command of the server."""
        params = {"command": command, "arguments": [] if argument is None else [argument]}
        return await self.client.request("workspace/executeCommand", params)

    async def eventually(self, condition: Callable[[], bool], *, what: str = "the condition") -> None:
        """Wait until ``condition`` holds; after 100 turns of the loop shows what the server has said."""
        for _ in range(100):
            if condition():
                return
            await asyncio.sleep(0.01)
        raise AssertionError(f"{what} never held; the server said: {self.client.notifications}")

    def _replace(self, start: int, end: int, text: str) -> None:
        change = {"range": {"start": self.position(start), "end": self.position(end)}, "text": text}
        self.text = self.text[:start] + text + self.text[end:]
        self.cursor = start + len(text)
        self._version += 1
        document = {"uri": self.uri, "version": self._version}
        self.client.notify("textDocument/didChange", {"textDocument": document, "contentChanges": [change]})

    def position(self, offset: int) -> dict[str, int]:
        """The position of ``offset``."""
        before = self.text[:offset]
        return {"line": before.count("\n"), "character": offset - before.rfind("\n") - 1}

    def _offset(self, position: Mapping[str, int]) -> int:
        rows = self.text.split("\n")
        return sum(len(row) + 1 for row in rows[: position["line"]]) + position["character"]


def demo_login(codex: SandboxCodex) -> Tokens:
    """The sandbox's demo account, signed in there."""
    given = codex.sign_in_demo()
    answer = TokenAnswer(*(Secret(given[name]) for name in ("id_token", "access_token", "refresh_token")))
    return new_login(answer, Provenance("https://auth.openai.com"), "owner", 1_000.0)


@asynccontextmanager
async def editing(
    codex: SandboxCodex | None = None,
    *,
    signed_in: bool = True,
    options: Mapping[str, Any] | None = None,
    client_info: str = "test",
    capabilities: Mapping[str, Any] | None = None,
    world: Mapping[str, Any] | None = None,
) -> AsyncIterator[FakeEditor]:
    """An editor whose server has the sandbox behind it, without sockets; ``world`` overrides parts of its World."""
    codex = codex or SandboxCodex()
    store = MemoryStore(demo_login(codex) if signed_in else None)
    parts: dict[str, Any] = {"transport": SandboxTransport(codex), "store": store, **(world or {})}
    async with build(World(**parts)) as server, connected(server) as client:
        await client.initialize(
            capabilities={"general": {"positionEncodings": ["utf-32"]}, **(capabilities or {})},
            clientInfo={"name": client_info},
            initializationOptions={"codex": {"notifications": True, **(options or {})}},
        )
        yield FakeEditor(client)
    # Whatever feature a test was about: no body that it sent is one that the live backend refuses.
    for request in codex.requests:
        if request.method == "POST" and request.path.endswith("/responses"):
            found = (frame_faults if request.framed else faults)(request.json())
            assert not found, f"{found} in {request.json()}"
