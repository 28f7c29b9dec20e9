"""Program: a parent program that speaks the account API to our server, before the sandbox, on the virtual clock."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, urlencode, urlsplit

from lsp_codex.auth.store import MemoryStore
from lsp_codex.sandbox.codex import CLIENT_ID, SandboxCodex
from lsp_codex.sandbox.tokens import SCOPE
from lsp_codex.sandbox.transport import SandboxTransport
from lsp_codex.server.app import build
from lsp_codex.server.world import World
from tests.conformance.replay import _get, _turn
from tests.conformance.schemas import Schemas
from tests.harness.accounts import jwt
from tests.harness.editor import demo_login
from tests.harness.ports import free_ports
from tests.harness.wire import RefusedError, connected

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Mapping

    from tests.harness.wire import Client

REFRESH = "account/chatgptAuthTokens/refresh"
ACCOUNT = "acct-sandbox-0001"


def token(tag: str = "a", *, plan: str | None = "pro", email: str | None = "ext@example.com", **claims: Any) -> str:
    """An access token as a program has it."""
    auth = {"chatgpt_user_id": "user-1", "chatgpt_account_id": ACCOUNT} | (
        {"chatgpt_plan_type": plan} if plan else {}
    )
    found = {"https://api.openai.com/auth": auth, "tag": tag, "exp": 4_000_000_000} | claims
    return jwt(found | ({"email": email} if email else {}))


class Program:
    """The client's side; ``codex`` is what the server talks to."""

    def __init__(self, client: Client, codex: SandboxCodex, ports: tuple[int, ...]) -> None:
        self.client = client
        self.overheard: list[Any] = []
        client.overheard = self.overheard
        self.codex = codex
        self.ports = ports

    async def call(self, method: str, params: Any = None) -> Any:
        """The result of a request, and half a second for what comes after it."""
        result = await self.client.request(method, params)
        await asyncio.sleep(0.5)
        return result

    async def refused(self, method: str, params: Any = None) -> tuple[int, str]:
        """Code and text of the error that a request is answered with."""
        try:
            found = await self.client.request(method, params)
        except RefusedError as error:
            return error.code, error.message
        raise AssertionError(f"{method} was answered with {found}")

    async def lend(self, access: str, account: str = ACCOUNT, plan: str | None = None) -> Any:
        """Log in with tokens of our own, which the backend takes."""
        self.codex.lend(access)
        return await self.call(
            "account/login/start",
            {
                "type": "chatgptAuthTokens",
                "accessToken": access,
                "chatgptAccountId": account,
                "chatgptPlanType": plan,
            },
        )

    async def read(self, **params: Any) -> Any:
        """``account/read``."""
        return await self.call("account/read", params)

    async def turn(self, number: int = 0) -> str:
        """One request of the model: why it failed, or nothing."""
        return await _turn(self.client, number)

    async def browse(self, address: str, path: str | None = None, **query: str) -> int | None:
        """What a browser gets that comes back from the consent page at ``address``."""
        asked = {name: values[0] for name, values in parse_qs(urlsplit(address).query).items()}
        code = self.codex.issuer.new_code(CLIENT_ID, asked["redirect_uri"], asked["code_challenge"], SCOPE)
        brought = {"code": code, "state": asked["state"]} | query
        target = f"{path or '/auth/callback'}?{urlencode({key: value for key, value in brought.items() if value})}"
        port = urlsplit(asked["redirect_uri"]).port or 0
        found = await asyncio.get_running_loop().run_in_executor(None, _get, port, target)
        await asyncio.sleep(0.5)
        return found

    def heard(self, *methods: str) -> list[tuple[str, Any]]:
        """The notifications of the account API so far, or those named."""
        said = self.client.notifications
        return [(m, p) for m, p in said if (m in methods if methods else m.startswith("account/"))]

    def questions(self) -> list[dict[str, Any]]:
        """How often we were asked for new tokens."""
        return [each for each in self.client.requests if each["method"] == REFRESH]

    def answer(self, question: dict[str, Any], **answer: Any) -> None:
        """Answer a question: with ``result`` or ``error``."""
        self.client.send({"jsonrpc": "2.0", "id": question["id"], **answer})

    def answers_with(self, access: str, account: str = ACCOUNT) -> None:
        """From now on every question is answered with these tokens."""
        self.codex.lend(access)
        self.client.replies[REFRESH] = {"result": {"accessToken": access, "chatgptAccountId": account}}

    def asked(self, path: str) -> int:
        """How often the services were asked for ``path``."""
        return sum(request.path.endswith(path) for request in self.codex.requests)


@asynccontextmanager
async def program(
    codex: SandboxCodex | None = None,
    *,
    signed_in: bool = False,
    auth: Mapping[str, Any] | None = None,
    options: Mapping[str, Any] | None = None,
    world: Mapping[str, Any] | None = None,
) -> AsyncIterator[Program]:
    """A program that has said ``initialize``, with the experimental part of the API.

    At its end every message about the API that it got must fit the recorded schemas.
    """
    ports = free_ports()
    codex = codex or SandboxCodex(redirect_ports=ports, device_interval=1, suggest=lambda _: "answer()")
    store = MemoryStore(demo_login(codex) if signed_in else None)
    parts: dict[str, Any] = {"transport": SandboxTransport(codex), "store": store, "ports": ports, **(world or {})}
    section = {"experimentalApi": True, "backend": {"transport": "sse"}, "completion": {"trigger": "manual"}}
    async with build(World(**parts)) as server, connected(server) as client:
        client.replies[REFRESH] = None
        await client.initialize(initializationOptions={"codex": {**section, "auth": auth or {}, **(options or {})}})
        await asyncio.sleep(1)
        it = Program(client, codex, ports)
        yield it
        assert list(Schemas().all_faults(it.overheard, client.asked)) == []
