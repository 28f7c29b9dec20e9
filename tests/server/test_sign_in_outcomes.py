"""Every way a sign-in can end, through the real server: one message each, with cause and next step (pain 13)."""

from __future__ import annotations

import asyncio
import json
import socket
from contextlib import ExitStack
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import httpx2
import pytest

from lsp_codex.advice import Advice
from lsp_codex.errors import SignInFailure
from lsp_codex.sandbox.codex import SandboxCodex
from lsp_codex.sandbox.replies import Plain
from tests.auth.issuer import BrokenStore
from tests.harness.person import comes_back, decides, enters, redirect_of, state_of
from tests.harness.ports import free_ports
from tests.harness.site import editing_at_site
from tests.harness.wire import RefusedError

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from tests.harness.editor import FakeEditor

pytestmark = pytest.mark.real_time

FIRST = "127.0.0.1"


@dataclass
class Try:
    """One sign-in that is under way."""

    editor: FakeEditor
    codex: SandboxCodex
    started: dict[str, Any] = field(default_factory=dict)

    async def start(self, **argument: str) -> None:
        """Run codex.signIn."""
        self.started = await self.editor.run("codex.signIn", argument)

    @property
    def url(self) -> str:
        """The authorize address."""
        return str(self.started["authUrl"])

    async def ended(self) -> None:
        """Wait for the end."""
        notifications = self.editor.client.notifications
        await self.editor.eventually(
            lambda: any(method == "account/login/completed" for method, _ in notifications), what="the end"
        )


async def succeeds(it: Try) -> None:
    """The person agrees."""
    await it.start()
    async with httpx2.AsyncClient(trust_env=False) as browser:
        await browser.get(await decides(it.url, "continue"))
    await it.ended()


async def declines(it: Try) -> None:
    """The person presses the other button."""
    await it.start()
    async with httpx2.AsyncClient(trust_env=False) as browser:
        await browser.get(await decides(it.url, "cancel"))
    await it.ended()


async def waits(it: Try) -> None:
    """Nobody comes."""
    await it.start()
    await it.ended()


async def cancels(it: Try) -> None:
    """The person thinks again."""
    await it.start()
    await it.editor.run("codex.cancelSignIn")
    await it.ended()


async def comes_with_code(it: Try) -> None:
    """The browser brings a code."""
    await it.start()
    await comes_back(it.url, code="c")
    await it.ended()


async def comes_with_wrong_state(it: Try) -> None:
    """An old tab brings its code, twice; the sign-in waits on."""
    await it.start()
    for _ in range(2):
        answer = await comes_back(it.url, code="c", state="old")
        assert answer.status_code == 400
    assert (await it.editor.run("codex.status"))["state"] == "signingIn"


async def pastes_wrong_state(it: Try) -> None:
    """What is pasted is of another sign-in; the command says so, too."""
    await it.start()
    with pytest.raises(RefusedError, match=SignInFailure.WRONG_STATE.value):
        await it.editor.run("codex.completeSignIn", {"code": "c", "state": "old"})
    assert (await it.editor.run("codex.status"))["state"] == "signingIn"


async def pastes_too_late(it: Try) -> None:
    """No attempt is running."""
    with pytest.raises(RefusedError, match=SignInFailure.NOT_RUNNING.value):
        await it.editor.run("codex.completeSignIn", {"callbackUrl": "http://127.0.0.1:1455/auth/callback?code=c"})


async def finds_no_port(it: Try) -> None:
    """Both ports are held: the sign-in waits for what is pasted."""
    loop = asyncio.get_running_loop()
    began = loop.time()
    await it.start()
    await it.editor.eventually(lambda: any(it.url in message for message in it.editor.messages), what="the address")
    assert loop.time() - began < 3
    assert not it.editor.client.requests, "no browser is opened"


async def is_taken_over(it: Try) -> None:
    """Another Codex program wants the port."""
    await it.start()
    async with httpx2.AsyncClient(trust_env=False, headers={"user-agent": "codex"}) as program:
        answer = await program.get(httpx2.URL(redirect_of(it.url)).join("/cancel"))
    assert answer.text == "Login cancelled"
    await it.ended()


async def asks_for_a_code(it: Try) -> None:
    """And is refused at once."""
    with pytest.raises(RefusedError):
        await it.start(method="deviceCode")


async def enters_the_code(it: Try) -> None:
    """The person enters the code elsewhere."""
    await it.start(method="deviceCode")
    await enters(it.started["verificationUrl"], it.started["userCode"])
    await it.editor.eventually(lambda: any("signed in as" in m for m in it.editor.messages), what="the sign-in")


async def gives_a_bad_key(it: Try) -> None:
    """Two words are no key."""
    with pytest.raises(RefusedError):
        await it.start(method="apiKey", apiKey="not a key")


async def gives_a_key_in_vain(it: Try) -> None:
    """It is taken for the session."""
    with pytest.raises(RefusedError, match=SignInFailure.NOT_SAVED.value):
        await it.start(method="apiKey", apiKey="sk-sandbox-1")


async def gives_a_key(it: Try) -> None:
    """One word is taken."""
    await it.start(method="apiKey", apiKey="sk-sandbox-1")


@dataclass(frozen=True)
class Outcome:
    """What happens, and what the one message says."""

    happens: Callable[[Try], Awaitable[None]]
    says: str
    next_step: str = Advice.SIGN_IN.value
    script: tuple[Plain, ...] = ()
    options: dict[str, Any] = field(default_factory=dict)
    world: dict[str, Any] = field(default_factory=dict)
    hold_ports: bool = False


def reply(status: int, path: str, error: str = "x") -> Plain:
    """An answer of the issuer, other than usual."""
    return Plain(status, {"content-type": "application/json"}, json.dumps({"error": error}).encode(), path)


TOKEN, USERCODE = "oauth/token", "api/accounts/deviceauth/usercode"
F = SignInFailure
OUTCOMES = {
    "success": Outcome(succeeds, "signed in as demo@sandbox.invalid (plus)", "."),
    "success by device code": Outcome(enters_the_code, "signed in as demo@sandbox.invalid (plus)", "."),
    "success by API key": Outcome(gives_a_key, "the API key is saved", "not to a plan."),
    "denied": Outcome(declines, F.DENIED.value),
    "timeout": Outcome(waits, F.TIMED_OUT.value, world={"login_timeout": 0.2}),
    "cancelled": Outcome(cancels, F.CANCELLED.value),
    "port": Outcome(finds_no_port, F.PORT_BUSY.value, "", hold_ports=True),
    "save failed": Outcome(succeeds, F.NOT_SAVED.value, Advice.CHANGE_SETTING.value, world={"store": "broken"}),
    "save failed, API key": Outcome(
        gives_a_key_in_vain, "holds for this session only", Advice.CHANGE_SETTING.value, world={"store": "broken"}
    ),
    "exchange failed": Outcome(comes_with_code, F.EXCHANGE.value),
    "offline": Outcome(comes_with_code, F.UNREACHABLE.value, Advice.CHECK_NETWORK.value, (reply(503, TOKEN),)),
    "offline, device code": Outcome(
        asks_for_a_code, F.UNREACHABLE.value, Advice.CHECK_NETWORK.value, (reply(503, USERCODE),)
    ),
    "wrong state": Outcome(comes_with_wrong_state, F.WRONG_STATE.value, Advice.PASTE_AGAIN.value),
    "wrong state, pasted": Outcome(pastes_wrong_state, F.WRONG_STATE.value, Advice.PASTE_AGAIN.value),
    "nothing to paste for": Outcome(pastes_too_late, F.NOT_RUNNING.value),
    "taken over": Outcome(is_taken_over, F.TAKEN_OVER.value),
    "device code switched off": Outcome(
        asks_for_a_code, F.DEVICE_CODE_OFF.value, Advice.NO_DEVICE_CODE.value, (reply(404, USERCODE),)
    ),
    "another workspace": Outcome(
        succeeds, F.RESTRICTED.value, Advice.AS_ALLOWED.value, options={"auth": {"forcedWorkspaceId": "acct-other"}}
    ),
    "another method": Outcome(
        asks_for_a_code, F.RESTRICTED.value, Advice.AS_ALLOWED.value, options={"auth": {"forcedLoginMethod": "api"}}
    ),
    "a bad API key": Outcome(gives_a_bad_key, F.BAD_API_KEY.value, Advice.COPY_KEY.value),
}


@pytest.mark.parametrize("outcome", OUTCOMES.values(), ids=OUTCOMES)
async def test_each_outcome_is_told_once(outcome: Outcome) -> None:
    """Exactly one message besides the address, with the cause and the next step."""
    with ExitStack() as held:
        ports = free_ports()
        for port in ports if outcome.hold_ports else ():
            taken = held.enter_context(socket.create_server((FIRST, port)))
            taken.listen()
        codex = SandboxCodex(redirect_ports=ports, device_interval=1)
        codex.script(*outcome.script)
        world = {**outcome.world, "ports": ports}
        if world.get("store") == "broken":
            world["store"] = BrokenStore(None, "save")
        async with editing_at_site(codex, options=outcome.options, **world) as editor:
            it = Try(editor, codex)
            await outcome.happens(it)
            await asyncio.sleep(0.05)
            invited = [it.started.get("authUrl"), it.started.get("verificationUrl")]
            told = [
                message
                for message in editor.messages
                if outcome.says in message or not any(address and address in message for address in invited)
            ]
    assert len(told) == 1, told
    assert outcome.says in told[0]
    assert told[0].endswith(outcome.next_step)


async def test_both_ports_held_offers_the_ways_that_work() -> None:
    """The cause, both commands and the address in one message; pasting then finishes it (field-notes pains 2, 3)."""
    ports = free_ports()
    with ExitStack() as held:
        for port in ports:
            held.enter_context(socket.create_server((FIRST, port)))
        async with editing_at_site(SandboxCodex(redirect_ports=ports), ports=ports) as editor:
            started = await editor.run("codex.signIn")
            await editor.eventually(lambda: bool(editor.messages), what="the message")
            (told,) = editor.messages
            for words in (f"port {ports[0]} is in use", "deviceCode", "codex.completeSignIn", started["authUrl"]):
                assert words in told
            pasted = await decides(started["authUrl"], "continue")
            assert pasted.startswith(f"http://127.0.0.1:{ports[0]}/")
            answer = await editor.run("codex.completeSignIn", {"callbackUrl": pasted})
            assert answer == {"loginId": started["loginId"]}
            await editor.eventually(lambda: "signed in as" in editor.messages[-1], what="the sign-in")


async def test_an_older_login_outlives_every_failure() -> None:
    """Whatever a second sign-in comes to, the first stays as it was (spec/auth.md 1.4)."""
    ports = free_ports()
    codex = SandboxCodex(redirect_ports=ports, device_interval=1)
    async with editing_at_site(codex, ports=ports) as editor:
        await succeeds(Try(editor, codex))
        before = await editor.run("codex.status")
        for happens, script in (
            (declines, ()), (cancels, ()), (comes_with_code, ()), (is_taken_over, ()),
            (asks_for_a_code, (reply(404, USERCODE),)), (gives_a_bad_key, ()), (pastes_wrong_state, ()),
        ):  # fmt: skip
            codex.script(*script)
            editor.client.notifications.clear()
            await happens(Try(editor, codex))
            await editor.run("codex.cancelSignIn")
            await asyncio.sleep(0.05)
            assert await editor.run("codex.status") == before, happens.__name__


async def test_another_method_replaces_the_running_attempt() -> None:
    """Asking for a code while a browser is awaited gives a code; without a method it is the running one again."""
    ports = free_ports()
    codex = SandboxCodex(redirect_ports=ports, device_interval=1)
    async with editing_at_site(codex, ports=ports) as editor:
        browser = await editor.run("codex.signIn")
        code = await editor.run("codex.signIn", {"method": "deviceCode"})
        assert code["method"] == "deviceCode"
        assert code["loginId"] != browser["loginId"]
        assert await editor.run("codex.signIn") == code
        with pytest.raises(httpx2.ConnectError):
            await comes_back(browser["authUrl"], code="c")
        with pytest.raises(RefusedError, match="code"):
            await editor.run("codex.completeSignIn", {"code": "c", "state": state_of(browser["authUrl"])})
        await enters(code["verificationUrl"], code["userCode"])
        await editor.eventually(lambda: any("signed in as" in m for m in editor.messages), what="the sign-in")
        assert not any(F.CANCELLED.value in message for message in editor.messages)


async def test_the_code_comes_with_a_warning() -> None:
    """Address, code, how long, and never to give it away (spec/auth.md 3)."""
    async with editing_at_site() as editor:
        started = await editor.run("codex.signIn", {"method": "deviceCode"})
        await editor.eventually(lambda: bool(editor.messages), what="the code")
        for words in (started["verificationUrl"], started["userCode"], "15 minutes", "give it to nobody"):
            assert words in editor.messages[0]
        assert not editor.client.requests
