"""The conformance checklist of spec/account-api.md 15, C01 to C17: one test each, named after it."""

from __future__ import annotations

import asyncio
import json
import socket
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl, urlsplit

import pytest

from lsp_codex.auth.pkce import ORIGINATOR
from lsp_codex.auth.store import FileStore, MemoryStore
from lsp_codex.auth.tokens import ApiKey
from lsp_codex.sandbox import replies
from lsp_codex.sandbox.codex import SandboxCodex
from lsp_codex.sandbox.tokens import Person
from lsp_codex.secret import Secret
from lsp_codex.server.app import build
from lsp_codex.server.world import World
from tests.conformance.checklist import (
    BROWSER,
    CANCEL,
    DEVICE,
    DONE,
    KEY,
    LENT,
    LOGOUT,
    START,
    UPDATED,
    done,
    in_order,
    updated,
)
from tests.conformance.program import ACCOUNT, Program, program, token
from tests.harness.wire import connected

if TYPE_CHECKING:
    from pathlib import Path

SIGN_IN = (
    "workspace/executeCommand",
    {"command": "codex.signIn", "arguments": [{"method": "apiKey", "apiKey": "sk-1"}]},
)
POLL = "api/accounts/deviceauth/token"


async def test_c01_before_and_after_initialize() -> None:
    """LSP's own answers: -32002 before, -32600 for a second one; a failed ``initialize`` may be repeated."""
    async with build(World(store=MemoryStore())) as server, connected(server) as client:
        it = Program(client, SandboxCodex(), ())
        assert (await it.refused("account/read", {}))[0] == -32002
        await it.refused("initialize", {"capabilities": 7})
        await client.initialize()
        assert (await it.refused("initialize", {"processId": None, "rootUri": None, "capabilities": {}}))[0] == -32600
        assert (await it.read())["account"] is None


@pytest.mark.parametrize(
    ("method", "params", "text"),
    [
        ("account/read", None, "missing field `params`"),
        ("account/read", {"refreshToken": "yes"}, 'invalid type: string "yes", expected a boolean'),
        (START, {}, "missing field `type`"),
        (START, {"type": "apiKey"}, "missing field `apiKey`"),
        (START, {"type": "apiKey", "apiKey": 7}, "invalid type: integer, expected a string"),
        (CANCEL, None, "missing field `params`"),
        (CANCEL, {}, "missing field `loginId`"),
        ("model/list", None, "missing field `params`"),
        ("model/list", {"limit": -1}, "invalid value: integer `-1`, expected u32"),
        ("account/read", [], "invalid type: sequence, expected a map"),
    ],
)
async def test_c02_bad_params(method: str, params: Any, text: str) -> None:
    """-32600 with the decoder's text; a text id comes back as it is."""
    async with program() as it:
        assert await it.refused(method, params) == (-32600, f"Invalid request: {text}")
        it.client.send({"jsonrpc": "2.0", "id": "a text", "method": "account/read", "params": {}})
        await asyncio.sleep(1)
        assert it.client.answers[-1]["id"] == "a text"


async def test_c03_the_moment_and_what_is_not_wanted() -> None:
    """Each notification says when it was emitted; one that was opted out of never comes; plain clients get none."""
    async with program(options={"optOutNotificationMethods": [UPDATED, "no/such"]}) as it:
        await it.call(START, KEY)
        assert it.heard() == [done(None)]
        [message] = [m for m in it.overheard if m.get("method") == DONE]
        assert isinstance(message["emittedAtMs"], int)
    async with program() as it:
        await it.call(*SIGN_IN)
        assert it.heard() == [], "a client that never used the account API"


async def test_c03_an_editor_gets_messages_that_are_json_rpc_to_the_letter() -> None:
    """Emacs' jsonrpc.el refuses members beside ``params``: they are for clients that speak the account API."""
    async with program(options={"notifications": True, "experimentalApi": False}) as it:
        await it.call(*SIGN_IN)
        assert it.heard() == [done(None), updated("apikey", None)]
        assert {frozenset(message) for message in it.overheard if "params" in message} == {
            frozenset({"jsonrpc", "method", "params"})
        }
        await it.call(LOGOUT)
        assert "emittedAtMs" in it.overheard[-1], "now it does speak it"


async def test_c04_the_experimental_part_is_gated() -> None:
    """Without ``experimentalApi`` the variant is named; the stable ones are free."""
    async with program(options={"experimentalApi": False}) as it:
        text = "account/login/start.chatgptAuthTokens requires experimentalApi capability"
        assert await it.refused(START, LENT) == (-32600, text)
        assert await it.call(START, KEY) == {"type": "apiKey"}


async def test_c05_api_key_in_order() -> None:
    """The answer, then the end of the login, then the account."""
    async with program() as it:
        begun = len(it.overheard)
        await it.call(START, KEY)
        assert in_order(it, begun) == ["answer", DONE, UPDATED]
        assert it.heard() == [done(None), updated("apikey", None)]


@pytest.mark.parametrize("key", ["sk-1", "", "  sk padded  "])
async def test_c06_api_key_as_it_is(key: str, tmp_path: Path) -> None:
    """Neither trimmed nor looked at; the file is the user's alone."""
    async with program(world={"store": FileStore(tmp_path / "home")}) as it:
        await it.call(START, {"type": "apiKey", "apiKey": key})
        path = tmp_path / "home" / "auth.json"
        assert json.loads(path.read_text()) == {"auth_mode": "apikey", "OPENAI_API_KEY": key}
        assert path.stat().st_mode & 0o777 == 0o600
        assert (await it.read())["account"] == {"type": "apiKey"}


async def test_c07_the_authorize_address() -> None:
    """Its parameters in the recorded order; state and challenge are new each time."""
    async with program() as it:
        found = [dict(parse_qsl(urlsplit((await it.call(START, BROWSER))["authUrl"]).query)) for _ in range(2)]
        assert list(found[0]) == [
            "response_type", "client_id", "redirect_uri", "code_challenge", "code_challenge_method", "state", "scope",
            "id_token_add_organizations", "codex_cli_simplified_flow", "originator",
        ]  # fmt: skip
        assert (found[0]["code_challenge_method"], found[0]["originator"]) == ("S256", ORIGINATOR)
        assert found[0]["state"] != found[1]["state"]
        assert found[0]["code_challenge"] != found[1]["code_challenge"]


async def test_c08_the_ports() -> None:
    """127.0.0.1, the first port, then the second, then -32603 and no attempt that nobody can finish."""
    async with program() as it:
        with socket.create_server(("127.0.0.1", it.ports[0])):
            second = await it.call(START, BROWSER)
            assert f"127.0.0.1%3A{it.ports[1]}" in second["authUrl"]
            await it.call(CANCEL, {"loginId": second["loginId"]})
            with socket.create_server(("127.0.0.1", it.ports[1])):
                text = f"failed to start login server: Port 127.0.0.1:{it.ports[1]} is already in use"
                assert await it.refused(START, BROWSER) == (-32603, text)
        assert len(it.heard(DONE)) == 1


async def test_c09_a_callback_that_is_not_ours() -> None:
    """400 for another state, 404 for another path; the login waits on."""
    async with program() as it:
        login = await it.call(START, BROWSER)
        assert await it.browse(login["authUrl"], state="wrong") == 400
        assert await it.browse(login["authUrl"], state="") == 400
        assert await it.browse(login["authUrl"], path="/nope") == 404
        assert it.heard() == []
        assert await it.browse(login["authUrl"]) == 200


async def test_c10_the_browser_login_completes() -> None:
    """With the page that says so: the end of the login, then the account."""
    async with program() as it:
        login = await it.call(START, BROWSER)
        assert await it.browse(login["authUrl"]) == 200
        assert it.heard() == [done(login["loginId"]), updated("chatgpt", "plus")]
        assert (await it.read())["account"]["email"] == "demo@sandbox.invalid"


@pytest.mark.parametrize(
    ("query", "reply", "text"),
    [
        (
            {"code": "", "error": "access_denied", "error_description": "No, thanks"},
            None,
            "Sign-in failed: No, thanks",
        ),
        ({"code": ""}, None, "Missing authorization code. Sign-in could not be completed."),
        (
            {},
            replies.raw(400, {}, {"error": "invalid_grant", "error_description": "secret"}, endpoint="oauth/token"),
            "Token exchange failed: token endpoint returned status 400 Bad Request",
        ),
        (
            {},
            replies.raw(200, {}, "x", endpoint="oauth/token"),
            "Token exchange failed: OAuth token response is invalid",
        ),
    ],
)
async def test_c11_a_browser_login_that_fails(query: dict[str, str], reply: Any, text: str) -> None:
    """Its end with the text, no change of the account, nothing stored."""
    store = MemoryStore()
    async with program(world={"store": store}) as it:
        it.codex.script(*([] if reply is None else [reply]))
        login = await it.call(START, BROWSER)
        await it.browse(login["authUrl"], **query)
        assert it.heard() == [done(login["loginId"], f"Login server error: {text}")]
        assert await store.load() is None


async def test_c12_nobody_comes() -> None:
    """600 seconds, to the tick; the id is then unknown."""
    async with program() as it:
        login = await it.client.request(START, BROWSER)
        await asyncio.sleep(599.9)
        assert it.heard() == []
        await asyncio.sleep(0.2)
        assert it.heard() == [done(login["loginId"], "Login timed out")]
        assert await it.call(CANCEL, {"loginId": login["loginId"]}) == {"status": "notFound"}


async def test_c13_a_forced_workspace_in_the_browser() -> None:
    """It stands last in the address; a login of another one is refused before it is stored."""
    store = MemoryStore()
    async with program(auth={"forcedWorkspaceId": ["other", "third"]}, world={"store": store}) as it:
        login = await it.call(START, BROWSER)
        assert parse_qsl(urlsplit(login["authUrl"]).query)[-1] == ("allowed_workspace_id", "other,third")
        await it.browse(login["authUrl"])
        text = "Login server error: Login is restricted to workspace id(s) other, third."
        assert it.heard() == [done(login["loginId"], text)]
        assert await store.load() is None


async def test_c14_device_code_trouble() -> None:
    """404 at the start says that it is off; 403 and 404 wait; another status ends it; 900 seconds are the end."""
    async with program() as it:
        it.codex.script(replies.raw(404, {}, {}, endpoint="api/accounts/deviceauth/usercode"))
        assert (await it.refused(START, DEVICE))[0] == -32600
        assert it.heard() == []
        it.codex.script(*(replies.raw(status, {}, {}, endpoint=POLL) for status in (403, 404, 418)))
        first = await it.call(START, DEVICE)
        await asyncio.sleep(10)
        assert it.heard() == [done(first["loginId"], "device auth failed with status 418 I'm a Teapot")]
        second = await it.client.request(START, DEVICE)
        await asyncio.sleep(899)
        assert len(it.heard()) == 1
        await asyncio.sleep(1.1)
        assert it.heard()[-1] == done(second["loginId"], "device auth timed out after 15 minutes")


async def test_c15_device_code_success() -> None:
    """The end of the login, then the account."""
    async with program() as it:
        login = await it.call(START, DEVICE)
        assert login.keys() == {"type", "loginId", "verificationUrl", "userCode"}
        it.codex.device._attempts[login["userCode"]].approved = True
        await asyncio.sleep(5)
        assert it.heard() == [done(login["loginId"]), updated("chatgpt", "plus")]


@pytest.mark.parametrize(
    ("first", "then", "text", "before"),
    [
        (BROWSER, (START, BROWSER), "Login server error: Login cancelled", True),
        (BROWSER, (START, DEVICE), "Login server error: Login was not completed", False),
        (DEVICE, (START, BROWSER), "Login was not completed", False),
        (BROWSER, (START, KEY), "Login server error: Login was not completed", True),
        (BROWSER, (START, LENT), "Login server error: Login was not completed", True),
        (DEVICE, (LOGOUT, None), "Login was not completed", True),
    ],
)
async def test_c16_what_ends_a_pending_login(first: Any, then: tuple[str, Any], text: str, before: bool) -> None:
    """One at a time; the old one is told once, before or after the answer; its id is then unknown."""
    async with program() as it:
        it.codex.lend(token())
        old = await it.call(START, first)
        begun = len(it.overheard)
        await it.call(*then)
        assert in_order(it, begun)[:2] == ([DONE, "answer"] if before else ["answer", DONE])
        assert [end for end in it.heard(DONE) if end[1]["loginId"] == old["loginId"]] == [done(old["loginId"], text)]
        assert await it.call(CANCEL, {"loginId": old["loginId"]}) == {"status": "notFound"}


async def test_c17_cancelling() -> None:
    """The answer, then the end, and no change of the account; a wrong id is refused, an unknown one not found."""
    async with program() as it:
        login = await it.call(START, BROWSER)
        assert await it.refused(CANCEL, {"loginId": "x"}) == (-32600, "invalid login id: x")
        begun = len(it.overheard)
        assert await it.call(CANCEL, {"loginId": login["loginId"]}) == {"status": "canceled"}
        assert in_order(it, begun) == ["answer", DONE]
        assert it.heard() == [done(login["loginId"], "Login server error: Login was not completed")]
        assert await it.call(CANCEL, {"loginId": login["loginId"]}) == {"status": "notFound"}


async def test_keys_and_people_are_those_of_the_sandbox() -> None:
    """What the tests above take for granted."""
    assert Person().account_id == ACCOUNT
    assert ApiKey(Secret("")).flaw() is not None
