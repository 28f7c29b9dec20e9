"""The two ways into a sandbox, alike for a test: over the transport, and over a socket on 127.0.0.1."""

from __future__ import annotations

import asyncio
import json
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl, urlsplit

import httpx2

from lsp_codex.sandbox.loopback import serve
from lsp_codex.sandbox.transport import SandboxTransport

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable
    from contextlib import AbstractAsyncContextManager

    from lsp_codex.sandbox.codex import SandboxCodex

RECORDED = Path(__file__).parent / "recorded"


def recorded(name: str) -> Any:
    """A recording of the real client, trimmed: see ``about`` in the file."""
    return json.loads((RECORDED / f"{name}.json").read_text(encoding="utf-8"))


def body(text: str = "hello", /, **changes: Any) -> dict[str, Any]:
    """A small body for ``codex/responses`` that is accepted; ``changes`` replace keys, None removes one."""
    message = {"type": "message", "role": "user", "content": [{"type": "input_text", "text": text}]}
    whole = {"model": "gpt-5.5", "instructions": "i", "input": [message], "stream": True, "store": False} | changes
    return {key: value for key, value in whole.items() if value is not None}


@dataclass(frozen=True, slots=True)
class Way:
    """A sandbox, a client that reaches it, and the two addresses that a server would be given."""

    codex: SandboxCodex
    http: httpx2.AsyncClient
    issuer: str
    base: str

    def bearer(self) -> dict[str, str]:
        """A good credential as headers."""
        return {"authorization": f"Bearer {self.codex.sign_in_demo()['access_token']}"}

    async def ask(self, content: dict[str, Any], **headers: str) -> httpx2.Response:
        """POST ``codex/responses`` with a good credential; the answer is read to its end."""
        address = f"{self.base}/codex/responses"
        return await self.http.post(address, json=content, headers=self.bearer() | headers)

    def streaming(self, content: dict[str, Any]) -> AbstractAsyncContextManager[httpx2.Response]:
        """As :meth:`ask`, but the answer is read as it comes; leaving the block closes it."""
        return self.http.stream("POST", f"{self.base}/codex/responses", json=content, headers=self.bearer())


@asynccontextmanager
async def over_transport(codex: SandboxCodex) -> AsyncIterator[Way]:
    """Without a socket, under the addresses of the real service."""
    async with httpx2.AsyncClient(transport=SandboxTransport(codex)) as http:
        yield Way(codex, http, "https://auth.openai.com", "https://chatgpt.com/backend-api")


@asynccontextmanager
async def over_loopback(codex: SandboxCodex) -> AsyncIterator[Way]:
    """With a socket."""
    async with serve(codex) as address, httpx2.AsyncClient() as http:
        yield Way(codex, http, address, f"{address}/backend-api")


def events(answer: httpx2.Response) -> list[dict[str, Any]]:
    """The events of a streamed answer, whose ``event:`` lines must agree with their data."""
    found = []
    for block in answer.text.split("\n\n")[:-1]:
        name, data = block.split("\n")
        found.append(json.loads(data.removeprefix("data: ")))
        assert name == f"event: {found[-1]['type']}"
    return found


def said(answer: httpx2.Response) -> str:
    """The text of a streamed answer."""
    return "".join(event.get("delta", "") for event in events(answer))


def query_of(address: str) -> dict[str, str]:
    """The query of an address."""
    return dict(parse_qsl(urlsplit(address).query, keep_blank_values=True))


async def until(condition: Callable[[], bool]) -> None:
    """Wait for something that happens soon, at most a second."""
    async with asyncio.timeout(1):
        while not condition():  # noqa: ASYNC110  (what it waits for is an attribute, which has no event)
            await asyncio.sleep(0.001)
