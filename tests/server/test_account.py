"""Signing in and out as the edge sees it, with a real listener and a sandbox on loopback."""

from __future__ import annotations

import asyncio
from itertools import groupby
from typing import TYPE_CHECKING, Any

import pytest
from lsprotocol import types as lsp

from lsp_codex.auth.tokens import Account
from lsp_codex.server.account import PATIENCE, describe, show_address
from lsp_codex.server.app import build
from lsp_codex.server.session import Session
from lsp_codex.server.world import World
from lsp_codex.terminal import consent
from tests.harness.site import editing_at_site
from tests.harness.wire import connected

if TYPE_CHECKING:
    from tests.harness.editor import FakeEditor

real_time = pytest.mark.real_time


async def ended(editor: FakeEditor) -> dict[str, Any]:
    """The end of the sign-in, as it was announced."""
    found: list[dict[str, Any]] = []

    def seen() -> bool:
        found[:] = [p for m, p in editor.client.notifications if m == "account/login/completed"]
        return bool(found)

    await editor.eventually(seen, what="the end of the sign-in")
    return found[0]


@real_time
async def test_the_whole_way_from_sign_in_to_sign_out() -> None:
    """The address is told, the browser agrees, one message says who is signed in; signing out is told too."""
    async with editing_at_site() as editor:
        started = await editor.run("codex.signIn")
        assert started["method"] == "browser"
        await editor.eventually(lambda: any(started["authUrl"] in m for m in editor.messages), what="the address")
        assert (await editor.run("codex.status"))["state"] == "signingIn"
        await consent.agree(started["authUrl"])
        assert await ended(editor) == {"loginId": started["loginId"], "success": True, "error": None}
        status = await editor.run("codex.status")
        assert (status["state"], status["account"]["email"]) == ("signedIn", "demo@sandbox.invalid")
        assert sum("signed in as demo@sandbox.invalid (plus)" in message for message in editor.messages) == 1
        await editor.run("codex.signOut")
        assert (await editor.run("codex.status"))["state"] == "signedOut"
        assert editor.messages[-1] == "Codex: signed out."
    states = [state for state, _ in groupby(status["state"] for status in editor.statuses)]
    assert states == ["signedOut", "signingIn", "signedIn", "signedOut"]


@real_time
async def test_a_second_sign_in_shows_the_running_one_again() -> None:
    """Same attempt, same address, told a second time; its end is told once."""
    async with editing_at_site() as editor:
        first, second = [await editor.run("codex.signIn") for _ in range(2)]
        assert first == second
        await editor.eventually(lambda: sum(first["authUrl"] in m for m in editor.messages) == 2, what="both")
        await consent.agree(first["authUrl"])
        await ended(editor)
        await asyncio.sleep(0)
        assert sum("signed in as" in message for message in editor.messages) == 1


@real_time
async def test_the_client_opens_the_address_if_it_can() -> None:
    """window/showDocument, external, with the address of the sign-in."""
    capabilities = {"window": {"showDocument": {"support": True}}}
    async with editing_at_site(capabilities=capabilities) as editor:
        editor.client.handlers["window/showDocument"] = lambda _params: {"success": True}
        started = await editor.run("codex.signIn")
        await editor.eventually(lambda: bool(editor.client.requests), what="window/showDocument")
        params = editor.client.requests[0]["params"]
        assert params == {"uri": started["authUrl"], "external": True}


@pytest.mark.parametrize("reply", [None, {"error": {"code": -32601, "message": "no"}}, {"result": None}])
async def test_a_client_that_fails_to_open_does_not_hide_the_address(reply: dict[str, Any] | None) -> None:
    """Silent, refusing or answering nothing: the address is told, after two seconds at most."""
    async with build(World()) as server, connected(server) as client:
        capabilities = {"window": {"showDocument": {"support": True}}}
        await client.initialize(capabilities=capabilities)
        client.replies["window/showDocument"] = reply
        session = Session(server, World())
        params = lsp.InitializeParams(
            capabilities=lsp.ClientCapabilities(
                window=lsp.WindowClientCapabilities(show_document=lsp.ShowDocumentClientCapabilities(support=True))
            )
        )
        session.editor.introduce(params, wants_notifications=False)
        start = asyncio.get_running_loop().time()
        await show_address(session, "https://issuer.invalid/authorize")
        assert asyncio.get_running_loop().time() - start <= PATIENCE
        await asyncio.sleep(0.1)
        assert "https://issuer.invalid/authorize" in str(client.notifications)
        await session.aclose()


@real_time
async def test_cancelling_ends_the_attempt_with_one_message() -> None:
    """The message says that it was cancelled; cancelling without an attempt says that there was none."""
    async with editing_at_site() as editor:
        assert await editor.run("codex.cancelSignIn") == {"cancelled": False}
        await editor.run("codex.signIn")
        assert await editor.run("codex.cancelSignIn") == {"cancelled": True}
        end = await ended(editor)
        assert end["success"] is False
        assert sum("cancelled" in message for message in editor.messages) == 1
        assert (await editor.run("codex.status"))["state"] == "signedOut"


@real_time
async def test_nobody_comes() -> None:
    """After the time limit one message says so, and the port is free again."""
    async with editing_at_site(login_timeout=0.2) as editor:
        await editor.run("codex.signIn")
        end = await ended(editor)
        assert "in time" in str(end["error"])
        again = await editor.run("codex.signIn")
        assert again["authUrl"]


@real_time
async def test_a_method_that_is_not_there_is_refused_with_those_that_are() -> None:
    """The error names what can be used."""
    async with editing_at_site() as editor:
        with pytest.raises(Exception, match='"browser"'):
            await editor.run("codex.signIn", {"method": "carrierPigeon"})


@pytest.mark.parametrize(
    ("account", "words"),
    [
        (Account("a@b.c", "plus", "acct", None), "a@b.c (plus)"),
        (Account(None, "team", "acct", None), "an account without an address (team)"),
    ],
)
def test_an_account_in_a_few_words(account: Account, words: str) -> None:
    """Address and plan."""
    assert describe(account) == words
