"""Many server processes and one login: the issuer sees one refresh, nobody is signed out, nothing is lost."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import sys
import time
from contextlib import AsyncExitStack
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from lsp_codex.sandbox import loopback, replies
from lsp_codex.sandbox.codex import SandboxCodex
from lsp_codex.terminal.lsp_client import LspClient
from tests.harness.accounts import FakeAccount

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

pytestmark = [pytest.mark.real_time, pytest.mark.timeout(120)]

SERVE = (sys.executable, "-m", "lsp_codex", "serve")
CODE = 'def add(a, b):\n    """Return the sum of a and b."""\n    '
PROCESSES = 20


def home() -> Path:
    """The folder that all processes share."""
    return Path(os.environ["LSP_CODEX_HOME"])


def store_expired(codex: SandboxCodex) -> None:
    """A login of the sandbox whose access token ran out a while ago, as yesterday's session left it."""
    given = codex.sign_in_demo()
    codex.expire_access_tokens()
    account = FakeAccount(account_id="acct-sandbox", last_refresh=time.time() - 900_000)
    path = account.write(home())
    record = json.loads(path.read_text())
    record["tokens"] |= {name: given[name] for name in ("id_token", "refresh_token")}
    record["tokens"]["access_token"] = account.but(expires_at=time.time() - 3_600).access_jwt()
    record["tokens"]["account_id"] = codex.person.account_id
    path.write_text(json.dumps(record, indent=2))


def refreshes(codex: SandboxCodex) -> int:
    """How many refreshes the issuer has seen."""
    return sum(b"refresh_token" in request.body for request in codex.requests if request.path == "/oauth/token")


async def started(stack: AsyncExitStack, environ: Mapping[str, str]) -> LspClient:
    """A server that has been initialized and has the document open."""
    client = await stack.enter_async_context(LspClient.start(SERVE, environ))
    await client.request("initialize", {"processId": os.getpid(), "rootUri": None, "capabilities": {}})
    client.notify("initialized", {})
    document = {"uri": "file:///demo.py", "languageId": "python", "version": 1, "text": CODE}
    client.notify("textDocument/didOpen", {"textDocument": document})
    return client


async def ghost_text(client: LspClient) -> list[str]:
    """What is offered at the end of CODE."""
    params = {
        "textDocument": {"uri": "file:///demo.py"},
        "position": {"line": 2, "character": 4},
        "context": {"triggerKind": 1},
    }
    answer = await client.request("textDocument/inlineCompletion", params)
    # After the first come its parts, since it was asked for by hand.
    return [item["insertText"] for item in answer["items"][:1]]


def pointed_at(address: str) -> dict[str, str]:
    """The environment of a server whose Codex is at ``address``."""
    return {**os.environ, "LSP_CODEX_ISSUER": address, "LSP_CODEX_CHATGPT_BASE_URL": f"{address}/backend-api"}


async def test_twenty_processes_need_one_refresh() -> None:
    """All ask at the same moment with an expired token: one refresh, twenty answers, twenty signed in."""
    codex = SandboxCodex()
    store_expired(codex)
    async with loopback.serve(codex) as address, AsyncExitStack() as stack:
        clients = await asyncio.gather(*(started(stack, pointed_at(address)) for _ in range(PROCESSES)))
        answers = await asyncio.gather(*(ghost_text(client) for client in clients))
        states = [(await client.command("codex.status"))["state"] for client in clients]
    assert answers == [["return a + b"]] * PROCESSES
    assert refreshes(codex) == 1
    assert states == ["signedIn"] * PROCESSES
    assert (home() / "auth.json").stat().st_mode & 0o777 == 0o600


async def test_a_killed_holder_of_the_lock_frees_it() -> None:
    """The first process is killed while its refresh waits for the answer; the next one carries on by itself.

    The issuer had not answered, so the refresh token was not spent, and the login lives on.
    """
    codex = SandboxCodex()
    store_expired(codex)
    codex.script(replies.silent(endpoint="oauth/token"))
    async with loopback.serve(codex) as address, AsyncExitStack() as stack:
        first = await started(stack, pointed_at(address))
        asking = asyncio.create_task(ghost_text(first))
        await _until(lambda: refreshes(codex) == 1)
        second = await started(stack, pointed_at(address))
        os.kill(first.process.pid, signal.SIGKILL)
        await first.process.wait()
        asking.cancel()
        assert await ghost_text(second) == ["return a + b"]
        assert (await second.command("codex.status"))["state"] == "signedIn"
    assert refreshes(codex) == 2


# Python reads it at the start of each process: it kills this one before the rename that a save ends with.
DIES = """
import os, signal
rename = os.replace
def dying(source, target, **more):
    if str(target).endswith("auth.json"):
        os.kill(os.getpid(), signal.SIGKILL)
    return rename(source, target, **more)
os.replace = dying
"""


async def test_a_renewal_survives_a_holder_that_is_killed_before_the_rename(tmp_path: Path) -> None:
    """Its new tokens are on the disk, under the name of a temporary file: no token is spent twice, no login lost."""
    (tmp_path / "sitecustomize.py").write_text(DIES)
    codex = SandboxCodex()
    store_expired(codex)
    async with loopback.serve(codex) as address, AsyncExitStack() as stack:
        first = await started(stack, {**pointed_at(address), "PYTHONPATH": f"{tmp_path}{os.pathsep}{Path.cwd()}"})
        second = await started(stack, pointed_at(address))
        asking = asyncio.create_task(ghost_text(first))
        assert await first.process.wait() == -signal.SIGKILL
        asking.cancel()
        assert await ghost_text(second) == ["return a + b"]
        assert (await second.command("codex.status"))["state"] == "signedIn"
    assert refreshes(codex) == 1


async def _until(condition: Callable[[], bool]) -> None:
    for _ in range(2_000):
        if condition():
            return
        await asyncio.sleep(0.01)
    raise AssertionError("it never happened")


async def test_another_server_notices_a_sign_out_with_its_next_request() -> None:
    """One process signs out, which revokes the login: the other is refused once, looks, and is signed out as well."""
    codex = SandboxCodex()
    store_expired(codex)
    async with loopback.serve(codex) as address, AsyncExitStack() as stack:
        first, second = [await started(stack, pointed_at(address)) for _ in range(2)]
        assert [await ghost_text(each) for each in (first, second)] == [["return a + b"]] * 2
        await first.command("codex.signOut")
        await _until(lambda: any(request.path == "/oauth/revoke" for request in codex.requests))
        before = refreshes(codex)
        assert await ghost_text(second) == ["return a + b"], "from its cache"
        change = {"range": {"start": {"line": 2, "character": 4}, "end": {"line": 2, "character": 4}}, "text": "  "}
        document = {"uri": "file:///demo.py", "version": 2}
        second.notify("textDocument/didChange", {"textDocument": document, "contentChanges": [change]})
        assert await ghost_text(second) == []
        assert (await second.command("codex.status"))["state"] == "signedOut"
        assert refreshes(codex) == before, "a token that was given up is not spent"
    assert not (home() / "auth.json").exists()
