"""Signing out while the server asks the service for something: at every await, for whatever it was (pain 18)."""

from __future__ import annotations

import asyncio
import re
from typing import TYPE_CHECKING

import httpx2
import pytest

from lsp_codex.auth.store import MemoryStore
from lsp_codex.sandbox.codex import SandboxCodex
from lsp_codex.sandbox.transport import SandboxTransport
from tests.harness.editor import demo_login, editing
from tests.harness.suspensions import Interrupter
from tests.harness.wire import RefusedError

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from tests.harness.editor import FakeEditor


class Distant(httpx2.AsyncBaseTransport):
    """The sandbox, a tenth of a second away; ``sent`` is what was asked of it, also what is still on its way."""

    def __init__(self, codex: SandboxCodex) -> None:
        self._near = SandboxTransport(codex)
        self.sent: list[str] = []

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        """There and back."""
        self.sent.append(request.url.path)
        await asyncio.sleep(0.1)
        response = await self._near.handle_async_request(request)
        await asyncio.sleep(0.1)
        return response


async def lists_models(editor: FakeEditor) -> None:
    """The catalogue, asked for anew."""
    await editor.run("codex.models")


async def asks_for_usage(editor: FakeEditor) -> None:
    """The windows."""
    await editor.run("codex.usage")


async def completes(editor: FakeEditor) -> None:
    """Ghost text, with everything that it needs first."""
    editor.open("def add(a, b):\n    ┃\n")
    await editor.complete(kind=1)


async def asks(editor: FakeEditor) -> None:
    """A question."""
    editor.open("def add(a, b):\n    ┃\n")
    await editor.run("codex.ask", {"prompt": "Why?", "uri": editor.uri})


async def acts(editor: FakeEditor) -> None:
    """A code action, to the edit."""
    editor.client.handlers["workspace/applyEdit"] = lambda _: {"applied": True}
    editor.open("def add(a, b):\n    return a + b┃\n")
    at = editor.position(editor.cursor)
    argument = {"action": "document", "uri": editor.uri, "range": {"start": at, "end": at}}
    await editor.run("codex.applyAction", argument)


async def renews(editor: FakeEditor) -> None:
    """The same with a token that the service no longer takes."""
    await completes(editor)


FLOWS: dict[str, tuple[Callable[[FakeEditor], Awaitable[None]], int]] = {
    "catalogue": (lists_models, 3),
    "usage": (asks_for_usage, 2),
    "ghost text": (completes, 5),
    "question": (asks, 5),
    "code action": (acts, 5),
    "renewal": (renews, 8),
}


async def interrupted(name: str, moment: int) -> str:
    """Sign out at suspension ``moment`` of the flow; where that was, empty when the flow ended before."""
    codex = SandboxCodex()
    store = MemoryStore(demo_login(codex))
    distant = Distant(codex)
    async with editing(codex, world={"store": store, "transport": distant}) as editor:
        if FLOWS[name][0] is renews:
            codex.expire_access_tokens()

        async def leave() -> None:
            await editor.run("codex.signOut")

        with Interrupter(moment, leave) as interrupter:
            try:
                await FLOWS[name][0](editor)
            except RefusedError as error:
                assert interrupter.task is not None, error
                assert re.search("not signed in|signed out while|signed in meanwhile", error.message), (
                    interrupter.where
                )
            if interrupter.task is None:
                return ""
            await interrupter.task
        asked = len(distant.sent)
        await asyncio.sleep(60)
        status = await editor.run("codex.status")
        assert (status["state"], status["account"], status["usage"]) == ("signedOut", None, None), interrupter.where
        assert await store.load() is None, interrupter.where
        later = distant.sent[asked:]
        assert set(later) <= {"/oauth/token", "/oauth/revoke"}, interrupter.where  # a renewal that was on its way
        assert len([m for m in editor.messages if "signed out" in m]) == 1, interrupter.where
    return interrupter.where


@pytest.mark.parametrize("name", FLOWS)
async def test_it_wins_at_every_await(name: str) -> None:
    """Signed out, the store empty, nothing of the account remembered, nothing more asked in its name."""
    places: list[str] = []
    while where := await interrupted(name, len(places) + 1):
        places.append(where)
        assert len(places) < 400
    assert len(places) >= FLOWS[name][1], places


async def changed(name: str, moment: int) -> str:
    """Change a connection setting at suspension ``moment`` of the flow; where that was, or empty."""
    codex = SandboxCodex()
    async with editing(codex, world={"transport": Distant(codex)}) as editor:

        async def change() -> None:
            settings = {"codex": {"backend": {"transport": "sse"}}}
            editor.client.notify("workspace/didChangeConfiguration", {"settings": settings})

        with Interrupter(moment, change) as interrupter:
            try:
                await FLOWS[name][0](editor)
            except RefusedError as error:
                assert interrupter.task is not None, error
                assert "setting was changed" in error.message, f"{error} {interrupter.where}"
            if interrupter.task is None:
                return ""
            await interrupter.task
        await FLOWS[name][0](editor)  # asked again, it works
    return interrupter.where


@pytest.mark.parametrize("name", ["question", "code action"])
async def test_a_changed_setting_wins_at_every_await(name: str) -> None:
    """What was asked over the old connection is answered, or ends with a sentence that says why: it is no defect."""
    places: list[str] = []
    while where := await changed(name, len(places) + 1):
        places.append(where)
        assert len(places) < 400
    assert len(places) >= FLOWS[name][1], places
