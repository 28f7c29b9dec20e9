"""Signing in and out as the edge sees it, with a real listener and a sandbox on loopback."""

from __future__ import annotations

import asyncio
import logging
from contextlib import asynccontextmanager
from itertools import groupby
from typing import TYPE_CHECKING, Any, NamedTuple

import pytest
from lsprotocol import types as lsp

from lsp_codex.auth.login import Invitation, Login, Method
from lsp_codex.auth.store import MemoryStore
from lsp_codex.auth.tokens import ApiKey
from lsp_codex.sandbox.api import API_KEY
from lsp_codex.sandbox.codex import SandboxCodex
from lsp_codex.sandbox.replies import Plain
from lsp_codex.secret import Secret
from lsp_codex.server.account import PATIENCE, show
from lsp_codex.server.app import build
from lsp_codex.server.session import Session
from lsp_codex.server.world import World
from lsp_codex.terminal import consent
from tests.harness.editor import demo_login, editing
from tests.harness.ports import free_ports
from tests.harness.site import editing_at_site
from tests.harness.wire import connected

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from lsp_codex.auth.tokens import Account, Tokens
    from tests.harness.editor import FakeEditor
    from tests.harness.wire import Client

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
        ends = {"loginId": started["loginId"], "success": True, "error": None, "onboardingEntrypoint": None}
        assert await ended(editor) == ends
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


class Waiting:
    """A way in that nobody ever finishes."""

    def __init__(self, method: Method = Method.BROWSER) -> None:
        self.invitation = Invitation(method, "https://issuer.invalid/authorize", "ABCD-EFGH")

    async def tokens(self) -> Tokens:
        """Never."""
        await asyncio.Event().wait()
        raise AssertionError

    def bring(self, query: str) -> None:
        """Nothing to bring."""

    def show(self, page: object) -> None:
        """Nobody looks."""

    def close(self) -> None:
        """Nothing is open."""

    async def aclose(self) -> None:
        """Nothing is open."""


async def _never_kept(_: Tokens) -> Account:
    raise AssertionError


@asynccontextmanager
async def showing(reply: dict[str, Any] | None, method: Method, **environ: str) -> AsyncIterator[Showing]:
    """A client that can open addresses and answers so when asked to, and an attempt that waits."""
    world = World(environ=environ)
    async with build(world) as server, connected(server) as client:
        capabilities = {"window": {"showDocument": {"support": True}}}
        await client.initialize(capabilities=capabilities)
        client.replies["window/showDocument"] = reply
        session = Session(server, world)
        params = lsp.InitializeParams(
            capabilities=lsp.ClientCapabilities(
                window=lsp.WindowClientCapabilities(show_document=lsp.ShowDocumentClientCapabilities(support=True))
            )
        )
        session.editor.introduce(params, wants_notifications=False)
        login = Login(Waiting(method), _never_kept)
        yield Showing(client, session, login)
        login.cancel()
        await session.aclose()


class Showing(NamedTuple):
    """Who sees, who shows, and what."""

    client: Client
    session: Session
    login: Login


@pytest.mark.parametrize("method", Method)
async def test_an_attempt_that_has_ended_is_not_shown(method: Method) -> None:
    """Cancelled before the message could go out: neither address nor code, and no browser."""
    async with showing({"result": {"success": True}}, method) as it:
        it.login.cancel()
        await show(it.session, it.login)
        await asyncio.sleep(0.1)
        assert (it.client.notifications, it.client.requests) == ([], [])


@pytest.mark.parametrize("reply", [None, {"error": {"code": -32601, "message": "no"}}])
async def test_an_attempt_that_ends_while_it_is_shown_is_shown_no_further(
    reply: dict[str, Any] | None, tmp_path: Path
) -> None:
    """The client is asked to forget it, no second browser opens, and the dead address is not told."""
    opened = tmp_path / "opened"
    browser = tmp_path / "browser"
    browser.write_text(f"#!/bin/sh\necho $1 > {opened}\n")
    browser.chmod(0o755)
    async with showing(reply, Method.BROWSER, BROWSER=str(browser)) as it:
        telling = asyncio.create_task(show(it.session, it.login))
        await asyncio.sleep(0)
        it.login.cancel()
        began = asyncio.get_running_loop().time()
        await telling
        assert asyncio.get_running_loop().time() == began, "nobody waits for the client"
        await asyncio.sleep(10)
        assert "window/showMessage" not in {method for method, _ in it.client.notifications}
        forgotten = [("$/cancelRequest", {"id": asked["id"]}) for asked in it.client.requests]
        assert reply is not None or forgotten == it.client.notifications
    assert not opened.exists()


@pytest.mark.parametrize("reply", [None, {"error": {"code": -32601, "message": "no"}}, {"result": None}])
async def test_a_client_that_fails_to_open_does_not_hide_the_address(reply: dict[str, Any] | None) -> None:
    """Silent, refusing or answering nothing: the address is told, after two seconds at most."""
    async with showing(reply, Method.BROWSER) as it:
        start = asyncio.get_running_loop().time()
        await show(it.session, it.login)
        assert asyncio.get_running_loop().time() - start <= PATIENCE
        await asyncio.sleep(0.1)
        assert "https://issuer.invalid/authorize" in str(it.client.notifications)


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


async def test_a_login_that_the_backend_rejects_is_said_once() -> None:
    """Twice 401: one message, the status says it, and nothing more is asked until somebody signs in (pain 8, 13)."""
    codex = SandboxCodex()
    unauthorised = Plain(401, {"content-type": "application/json"}, b'{"error": {"code": "token_invalidated"}}')
    codex.script(unauthorised, unauthorised)
    async with editing(codex, options={"backend": {"transport": "sse"}}) as editor:
        editor.open("x = ┃\n")
        assert await editor.complete() == []
        asked = len(codex.requests)
        for _ in range(3):
            assert await editor.complete(1) == []
        status = await editor.run("codex.status")
    assert len(codex.requests) == asked
    assert [request.path for request in codex.requests].count("/oauth/token") == 1
    assert [request.path for request in codex.requests].count("/backend-api/codex/responses") == 2
    assert status["state"] == "failed"
    assert "Sign in with the command codex.signIn" in status["completion"]["reason"]
    told = [message for message in editor.messages if "no longer accepted" in message]
    assert (len(told), len(editor.messages)) == (1, 1)


@pytest.mark.parametrize(
    ("options", "allowed"),
    [
        ({}, True),
        ({"forcedWorkspaceId": ["other", "THE-DEMO"]}, True),
        ({"forcedLoginMethod": "chatgpt"}, True),
        ({"forcedWorkspaceId": "other"}, False),
        ({"forcedWorkspaceId": 7}, False),
        ({"forcedLoginMethod": "api"}, False),
    ],
    ids=repr,
)
async def test_a_stored_login_that_is_not_allowed_is_not_used(options: dict[str, Any], allowed: bool) -> None:
    """Signed out, with the reason told once; the login is left where it is; a changed setting lets it in again."""
    codex = SandboxCodex()
    if isinstance(workspaces := options.get("forcedWorkspaceId"), list):
        options = {"forcedWorkspaceId": [codex.person.account_id if w == "THE-DEMO" else w for w in workspaces]}
    login = demo_login(codex)
    store = MemoryStore(login)
    async with editing(codex, options={"auth": options}, world={"store": store}) as editor:
        editor.open("x = ┃\n")
        for _ in range(3):
            await editor.complete(1)
        await asyncio.sleep(20)
        await editor.complete(1)
        status = await editor.run("codex.status")
        assert status["state"] == ("signedIn" if allowed else "signedOut")
        told = [message for message in editor.messages if "not signed in" in message]
        assert len(told) == (0 if allowed else 1)
        assert allowed or "the setting codex.auth.forced" in told[0]
        assert await store.load() is login
        assert allowed or not any(request.path.startswith("/backend-api") for request in codex.requests)
        lifted = {"auth": {"forcedWorkspaceId": codex.person.account_id, "forcedLoginMethod": "chatgpt"}}
        editor.client.notify("workspace/didChangeConfiguration", {"settings": {"codex": lifted}})
        await asyncio.sleep(1)
        assert (await editor.run("codex.status"))["state"] == "signedIn"


async def test_an_api_key_gives_ghost_text_from_its_own_service() -> None:
    """Everything goes to the OpenAI API, and nothing to ChatGPT; a key that is refused is said once."""
    for key, offered in ((API_KEY, True), ("sk-other", False)):
        codex = SandboxCodex()
        async with editing(codex, world={"store": MemoryStore(ApiKey(Secret(key)))}) as editor:
            editor.open("def add(a, b):\n    ┃\n")
            for _ in range(3):
                assert (await editor.complete(1) != []) is offered
            status = await editor.run("codex.status")
            assert status["account"]["type"] == "apiKey"
            assert (status["completion"]["reason"] is None) is offered
            assert len(editor.messages) == (0 if offered else 1)
        assert {request.path for request in codex.requests} <= {"/v1/models", "/v1/responses"}
        if not offered:
            assert len(codex.requests) == 1, "a dead key is remembered"


async def test_whoever_never_signed_in_is_left_in_peace(caplog: pytest.LogCaptureFixture) -> None:
    """No message and no line in the log above debug, however much is typed (field-notes pain 13)."""
    async with editing(signed_in=False) as editor:
        editor.open("x = ┃\n")
        for _ in range(5):
            assert await editor.complete() == []
        await editor.run("codex.status")
        await asyncio.sleep(60)
    assert editor.messages == []
    ours = [record for record in caplog.records if record.name.startswith("lsp_codex")]
    assert [record.getMessage() for record in ours if record.levelno > logging.DEBUG] == []


@real_time
async def test_our_own_browser_opens_what_the_client_does_not(tmp_path: Path) -> None:
    """Without window/showDocument, or when it fails, a graphical browser of this machine gets the address."""
    program = tmp_path / "browser"
    program.write_text(
        f'#!/bin/sh\necho "$1" > {tmp_path}/opened.new && mv {tmp_path}/opened.new {tmp_path}/opened\n'
    )
    program.chmod(0o755)
    opened = tmp_path / "opened"
    async with editing_at_site() as site:
        issuer = (await site.run("codex.signIn"))["authUrl"].partition("/oauth")[0]
    ports = free_ports()
    environ = {"LSP_CODEX_ISSUER": issuer, "BROWSER": str(program)}
    async with editing(signed_in=False, world={"environ": environ, "ports": ports}) as editor:
        started = await editor.run("codex.signIn")
        await editor.eventually(lambda: any(started["authUrl"] in m for m in editor.messages), what="the address")
        assert opened.read_text().strip() == started["authUrl"]
        assert "in your browser" in editor.messages[-1]
