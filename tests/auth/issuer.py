"""A sign-in service in memory for these tests: answers what it is told, remembers what it was asked."""

from __future__ import annotations

import asyncio
import json
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl

import httpx2

from lsp_codex.auth.oauth import Issuer
from lsp_codex.auth.store import MemoryStore
from lsp_codex.errors import StoreError

if TYPE_CHECKING:
    from contextlib import AbstractAsyncContextManager

    from lsp_codex.auth.tokens import Kept

ADDRESS = "https://issuer.invalid"


class FakeIssuer:
    """Give ``answers`` in order (the last one stays); an exception is raised instead; each takes ``seconds``.

    ``given`` are the refresh tokens that were handed out, ``times`` when which path was asked.
    """

    def __init__(self, *answers: Any, seconds: float = 0.0) -> None:
        self.answers = list(answers) or [{}]
        self.seconds = seconds
        self.requests: list[httpx2.Request] = []
        self.given: list[str] = []
        self.times: list[tuple[float, str]] = []
        self.asked = asyncio.Event()
        self._client = httpx2.AsyncClient(transport=httpx2.MockTransport(self._handle))

    def issuer(self, address: str = ADDRESS) -> Issuer:
        """The real client of this service."""
        return Issuer(address, lambda: self._client)

    def bodies(self, path: str = "/oauth/token") -> list[dict[str, str]]:
        """The parsed bodies of the requests to ``path``."""
        return [parsed(request) for request in self.requests if request.url.path == path]

    async def _handle(self, request: httpx2.Request) -> httpx2.Response:
        self.requests.append(request)
        self.times.append((asyncio.get_running_loop().time(), request.url.path))
        self.asked.set()
        if self.seconds:
            await asyncio.sleep(self.seconds)
        if request.url.path == "/oauth/revoke":
            return httpx2.Response(200, json={})
        answer = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        if isinstance(answer, Exception):
            raise answer
        if isinstance(answer, httpx2.Response):
            return answer
        if "refresh_token" in answer:
            self.given.append(answer["refresh_token"])
        return httpx2.Response(200, json=answer)


class BrokenStore(MemoryStore):
    """A memory store with a real lock; ``failing`` names the operations that fail (``load save delete``)."""

    def __init__(self, tokens: Kept | None = None, *failing: str) -> None:
        super().__init__(tokens)
        self.failing = set(failing)
        self.saves = 0
        self.save_seconds = 0.0
        self._lock = asyncio.Lock()

    def lock(self) -> AbstractAsyncContextManager[None]:
        return self._lock

    def _check(self, operation: str) -> None:
        if operation in self.failing:
            raise StoreError(f"{operation} failed")

    async def load(self) -> Kept | None:
        self._check("load")
        return await super().load()

    async def save(self, tokens: Kept) -> None:
        self.saves += 1
        self._check("save")
        await asyncio.sleep(self.save_seconds)
        await super().save(tokens)

    async def delete(self) -> bool:
        self._check("delete")
        return await super().delete()


def parsed(request: httpx2.Request) -> dict[str, str]:
    """The body of a request, JSON or form, with its keys in order."""
    text = request.content.decode()
    if request.headers["content-type"] == "application/json":
        found: dict[str, str] = json.loads(text)
        return found
    return dict(parse_qsl(text))
