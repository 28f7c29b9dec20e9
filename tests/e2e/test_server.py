"""The server as a process, at the other end of its standard input and output."""

from __future__ import annotations

import asyncio
import json
import os
import sys
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

import httpx2
import pytest

from lsp_codex.sandbox import loopback
from lsp_codex.sandbox.codex import SandboxCodex
from lsp_codex.terminal import consent
from lsp_codex.terminal.lsp_client import LspClient

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

pytestmark = [pytest.mark.real_time, pytest.mark.timeout(60)]

SERVE = (sys.executable, "-m", "lsp_codex", "serve")
CODE = 'def add(a, b):\n    """Return the sum of a and b."""\n    '
OPTIONS = {
    "processId": os.getpid(),
    "rootUri": None,
    "capabilities": {},
    "initializationOptions": {"codex": {"notifications": True}},
}


@asynccontextmanager
async def serving(codex: SandboxCodex, *flags: str, log: int | None = None) -> AsyncIterator[LspClient]:
    """A server process that is pointed at ``codex`` on loopback."""
    async with loopback.serve(codex) as address:
        environ = {
            **os.environ,
            "LSP_CODEX_ISSUER": address,
            "LSP_CODEX_CHATGPT_BASE_URL": f"{address}/backend-api",
        }
        async with LspClient.start((*SERVE, *flags), environ, log) as client:
            await client.request("initialize", OPTIONS)
            client.notify("initialized", {})
            yield client


async def ghost_text(client: LspClient) -> list[str]:
    """What is offered at the end of CODE."""
    document = {"uri": "file:///demo.py", "languageId": "python", "version": 1, "text": CODE}
    client.notify("textDocument/didOpen", {"textDocument": document})
    params = {
        "textDocument": {"uri": "file:///demo.py"},
        "position": {"line": 2, "character": 4},
        "context": {"triggerKind": 1},
    }
    answer = await client.request("textDocument/inlineCompletion", params)
    # After the first come its parts, since it was asked for by hand.
    return [item["insertText"] for item in answer["items"][:1]]


async def signed_in(client: LspClient) -> None:
    """Sign in as the sandbox's demo account."""
    started = await client.command("codex.signIn")
    await consent.agree(started["authUrl"])
    assert (await client.next("account/login/completed"))["success"] is True


async def test_a_login_outlives_the_process_and_ends_with_sign_out() -> None:
    """The second process finds the login of the first; after signing out the third finds none."""
    codex = SandboxCodex()
    async with serving(codex) as first:
        await signed_in(first)
        assert await ghost_text(first) == ["return a + b"]
    async with serving(codex) as second:
        assert (await second.command("codex.status"))["state"] == "signedIn"
        await second.command("codex.signOut")
    async with serving(codex) as third:
        assert (await third.command("codex.status"))["state"] == "signedOut"
        assert await ghost_text(third) == []


async def test_the_sandbox_flag_needs_no_sign_in_and_leaves_no_trace() -> None:
    """``serve --sandbox`` answers at once, as a demo account, and writes nothing into the home."""
    async with LspClient.start((*SERVE, "--sandbox"), os.environ) as client:
        await client.request("initialize", OPTIONS)
        status = await client.command("codex.status")
        assert (status["state"], status["sandbox"]) == ("signedIn", True)
        assert await ghost_text(client) == ["return a + b"]
    assert not os.path.exists(os.environ["LSP_CODEX_HOME"])  # noqa: ASYNC240, PTH110 — one look at the disk


async def test_what_is_not_the_callback_leaves_the_sign_in_waiting() -> None:
    """A favicon is 404, a wrong state 400; the true callback still succeeds afterwards."""
    async with serving(SandboxCodex()) as client, httpx2.AsyncClient(trust_env=False) as stranger:
        started = await client.command("codex.signIn")
        port = 1455 if "%3A1455%2F" in started["authUrl"] else 1457
        address = f"http://127.0.0.1:{port}"
        assert (await stranger.get(f"{address}/favicon.ico")).status_code == 404
        assert (await stranger.get(f"{address}/auth/callback?code=x&state=wrong")).status_code == 400
        assert (await client.command("codex.status"))["state"] == "signingIn"
        await consent.agree(started["authUrl"])
        assert (await client.next("account/login/completed"))["success"] is True


async def test_no_secret_leaves_the_process_but_to_its_store(tmp_path: Path) -> None:
    """At DEBUG, over sign-in, ghost text, a renewal and a failure: no token, code, verifier or source text shows."""
    codex = SandboxCodex()
    with (tmp_path / "log").open("wb") as log:
        async with serving(codex, "--log-level", "debug", log=log.fileno()) as client:
            await signed_in(client)
            codex.expire_access_tokens()
            await ghost_text(client)
            said = json.dumps([client.notifications.get_nowait() for _ in range(client.notifications.qsize())])
    log_text = (tmp_path / "log").read_text()
    assert "codex.signIn took" in log_text, "the log is at DEBUG"
    for secret in secrets_of(codex):
        assert secret not in log_text
        assert secret not in said
    assert "Return the sum" not in log_text


def secrets_of(codex: SandboxCodex) -> set[str]:
    """Every credential that the service has seen in a request: tokens, codes, verifiers."""
    found: set[str] = set()
    for request in codex.requests:
        found.add(request.headers.get("authorization", "").removeprefix("Bearer "))
        found.update(_values(request.body))
    return {secret for secret in found if len(secret) > 15}


def _values(body: Any) -> set[str]:
    from urllib.parse import parse_qs

    text = body.decode() if isinstance(body, bytes) else str(body)
    fields: dict[str, Any] = {}
    if text.startswith("{"):
        fields = json.loads(text)
    else:
        fields = {name: values[0] for name, values in parse_qs(text).items()}
    wanted = ("code", "code_verifier", "refresh_token", "token")
    return {str(fields[name]) for name in wanted if name in fields}


async def test_the_process_needs_no_second_to_answer_ten_editors() -> None:
    """Ten servers at once, each with its own editor: all answer (nothing is shared but the home)."""

    async def one() -> str:
        async with LspClient.start(SERVE, os.environ) as client:
            answer = await client.request("initialize", OPTIONS)
            return str(answer["serverInfo"]["name"])

    assert await asyncio.gather(*(one() for _ in range(10))) == ["lsp-codex"] * 10


async def test_tcp_says_where_it_listens_and_serves_there() -> None:
    """With port 0 the address is on standard error; who connects is answered, and its end ends the server."""
    command = (*SERVE, "--tcp", "127.0.0.1:0")
    process = await asyncio.create_subprocess_exec(*command, stderr=asyncio.subprocess.PIPE)
    assert process.stderr is not None
    told = (await process.stderr.readline()).decode()
    host, _, port = told.strip().removeprefix("lsp-codex: listening on ").rpartition(":")
    reader, writer = await asyncio.open_connection(host, int(port))
    body = json.dumps({"jsonrpc": "2.0", "id": 1, "method": "initialize", "params": OPTIONS}).encode()
    writer.write(b"Content-Length: %d\r\n\r\n%b" % (len(body), body))
    assert b'"lsp-codex"' in await reader.readuntil(b'"serverInfo"') + await reader.read(200)
    writer.close()
    assert await asyncio.wait_for(process.wait(), 10) == 1
