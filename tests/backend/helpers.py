"""What the tests of this package share: a source of credentials, events on the wire, a backend of one function."""

from __future__ import annotations

import json
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import httpx2

from lsp_codex.backend.client import CodexClient
from lsp_codex.backend.http import HttpPool
from lsp_codex.backend.request import Message, ResponsesRequest
from lsp_codex.credentials import Credential
from lsp_codex.errors import CredentialsRejected, Rejection
from lsp_codex.secret import Secret

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable

    from lsp_codex.credentials import CredentialSource

HERE = Path(__file__).parent
BASE = "https://backend.test/backend-api"
ASK = ResponsesRequest("gpt-6-luna", "Complete the code.", (Message("user", "def f("),), "lane-1", "low", lite=True)


def recorded(name: str) -> Any:
    """A recording of the real client or of what was served to it, trimmed."""
    return json.loads((HERE / "recorded" / f"{name}.json").read_text())


class Key:
    """A source that gives one API key, and no other."""

    async def credential(self) -> Credential:
        """The key."""
        return Credential(Secret("sk-test"), is_api_key=True)

    async def renew(self, _rejected: Credential) -> Credential:
        """Never: nobody can."""
        raise AssertionError

    async def reject(self, rejected: Credential) -> None:
        """Never: it is not renewed before."""
        raise AssertionError(rejected)


class Source:
    """A source that gives ``tok-1`` for one account, and the next number after each renewal."""

    def __init__(self, account: str | None = "acct-1", *, stuck: bool = False) -> None:
        self.account = account
        self.number = 1
        self.renewals = 0
        self.stuck = stuck
        self.dead: Credential | None = None

    async def credential(self) -> Credential:
        """The current one. Raises ``CredentialsRejected`` if the backend has rejected it."""
        current = Credential(Secret(f"tok-{self.number}"), self.account)
        if current == self.dead:
            raise CredentialsRejected(Rejection.REFUSED)
        return current

    async def renew(self, rejected: Credential) -> Credential:
        """The next one; with ``stuck`` always the same."""
        assert rejected == await self.credential()
        self.renewals += 1
        self.number += not self.stuck
        return await self.credential()

    async def reject(self, rejected: Credential) -> None:
        """No more requests with this one."""
        self.dead = rejected


def delta(text: str) -> dict[str, Any]:
    """A text delta."""
    return {"type": "response.output_text.delta", "item_id": "msg_1", "output_index": 0, "delta": text}


def item_done(text: str) -> dict[str, Any]:
    """A finished message."""
    content = [{"type": "output_text", "text": text, "annotations": []}]
    item = {"type": "message", "id": "msg_1", "role": "assistant", "status": "completed", "content": content}
    return {"type": "response.output_item.done", "output_index": 0, "item": item}


COMPLETED = '{"type": "response.completed", "response": {"id": "resp_1", "output": []}}'


def sse(*events: dict[str, Any] | str) -> bytes:
    """Events as the backend frames them; a string is taken as the data itself."""
    texts = [event if isinstance(event, str) else json.dumps(event) for event in events]
    return "".join(f"event: x\ndata: {text}\n\n" for text in texts).encode()


def stream_of(*events: dict[str, Any] | str, **headers: str) -> httpx2.Response:
    """A whole good answer."""
    return httpx2.Response(200, headers={"content-type": "text/event-stream", **headers}, content=sse(*events))


class Chunks(httpx2.AsyncByteStream):
    """A body that a test writes as a generator; notes that it was closed."""

    def __init__(self, chunks: AsyncIterator[bytes]) -> None:
        self.chunks = chunks
        self.closed = False

    async def __aiter__(self) -> AsyncIterator[bytes]:
        async for chunk in self.chunks:
            yield chunk

    async def aclose(self) -> None:
        """The reader has gone."""
        self.closed = True


def streaming(body: Chunks, **headers: str) -> httpx2.Response:
    """An answer whose body comes bit by bit."""
    return httpx2.Response(200, headers={"content-type": "text/event-stream"} | headers, stream=body)


@asynccontextmanager
async def client_of(
    handler: Callable[[httpx2.Request], Any],
    source: CredentialSource | None = None,
    *,
    accounts: Callable[[httpx2.Request], Any] = lambda _: httpx2.Response(404),
    **options: Any,
) -> AsyncIterator[CodexClient]:
    """A client whose backend is ``handler``, but for the workspace's routing, which ``accounts`` answers."""

    def answer(request: httpx2.Request) -> Any:
        return (accounts if request.url.path.endswith("/wham/accounts/check") else handler)(request)

    pool = HttpPool(httpx2.MockTransport(answer))
    client = CodexClient(pool.client, source or Source(), BASE, **options)
    try:
        yield client
    finally:
        await client.aclose()
        await pool.aclose()
