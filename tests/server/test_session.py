"""All state between initialize and exit."""

from __future__ import annotations

import asyncio
import json
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import pytest

from lsp_codex.auth.store import FileStore, MemoryStore
from lsp_codex.sandbox import loopback
from lsp_codex.sandbox.codex import SandboxCodex
from tests.harness.editor import demo_login, editing

if TYPE_CHECKING:
    from pathlib import Path

BODY = 'def add(a, b):\n    """Return the sum of a and b."""\n    ┃\n'


def push(editor: Any, **section: Any) -> None:
    """The client pushes our section."""
    editor.client.notify("workspace/didChangeConfiguration", {"settings": {"codex": section}})


async def test_another_home_is_another_login_without_a_restart(tmp_path: Path) -> None:
    """Pointing the home at a folder with a login signs in; pointing it away signs out; no file is changed."""
    codex = SandboxCodex()
    home = tmp_path / "with-login"
    await FileStore(home).save(demo_login(codex))
    before = (home / "auth.json").read_bytes()
    async with editing(codex, signed_in=False, world={"store": None}) as editor:
        for folder, state in (("empty", "signedOut"), ("with-login", "signedIn"), ("empty", "signedOut")):
            push(editor, auth={"home": str(tmp_path / folder)})
            assert (await editor.run("codex.status"))["state"] == state
    assert (home / "auth.json").read_bytes() == before


async def test_ghost_text_works_after_the_services_were_opened_anew(tmp_path: Path) -> None:
    """The new login answers; nothing of the old engine is left in the way."""
    codex = SandboxCodex()
    await FileStore(tmp_path).save(demo_login(codex))
    async with editing(codex, signed_in=False, world={"store": None}) as editor:
        editor.open(BODY)
        assert await editor.complete() == []
        push(editor, auth={"home": str(tmp_path)})
        assert [item["insertText"] for item in await editor.complete()] == ["return a + b"]


async def test_a_wrong_value_keeps_the_old_one(tmp_path: Path) -> None:
    """A typing error in one setting neither signs anybody out nor resets another."""
    async with editing(options={"completion": {"trigger": "manual"}}) as editor:
        push(editor, auth={"issuer": "http://evil.invalid"}, completion={"trigger": "sometimes"})
        status = await editor.run("codex.status")
        assert (status["state"], status["completion"]["trigger"]) == ("signedIn", "manual")
        assert len(editor.messages) == 2


async def test_a_status_is_announced_only_when_it_changed() -> None:
    """The same status is not sent twice in a row."""
    async with editing() as editor:
        editor.open(BODY)
        for _ in range(3):
            await editor.complete()
            await editor.run("codex.status")
        sent = [json.dumps(status) for status in editor.statuses]
        assert all(one != other for one, other in pairwise(sent))


def sockets() -> int:
    """How many WebSockets are open."""
    return sum(task.get_name() == "websocket" for task in asyncio.all_tasks())


async def test_signing_out_closes_the_sockets_that_were_opened_with_the_login() -> None:
    """A socket is authenticated at its handshake, and would stay so."""
    async with editing() as editor:
        editor.open(BODY)
        await asyncio.sleep(1)
        assert sockets() == 2
        await editor.run("codex.signOut")
        await asyncio.sleep(1)
        assert sockets() == 0


@pytest.mark.real_time
async def test_another_network_takes_effect_without_a_restart(tmp_path: Path) -> None:
    """A file of authorities that is not there is named when it is needed; taken back, all is well again."""
    codex = SandboxCodex()
    async with loopback.serve(codex) as address:
        environ = {"LSP_CODEX_CHATGPT_BASE_URL": f"{address}/backend-api"}
        store = MemoryStore(demo_login(codex))
        async with editing(codex, world={"transport": None, "environ": environ, "store": store}) as editor:
            editor.open(BODY)
            assert await editor.complete() != []
            push(editor, network={"caCertificate": str(tmp_path / "stale.pem")})
            editor.type("x = ")
            assert await editor.complete() == []
            assert str(tmp_path / "stale.pem") in editor.messages[-1]
            assert "codex.network.caCertificate" in editor.messages[-1]
            push(editor, network={"proxy": "http://me:hunter2@127.0.0.1:1", "caCertificate": None})
            editor.type("y = ")
            await editor.complete()
            assert (await editor.run("codex.status"))["state"] == "signedIn"
            assert not [text for text in editor.messages if "hunter2" in text]
