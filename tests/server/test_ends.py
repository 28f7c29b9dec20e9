"""The end of a sign-in is told once, whoever ends it, and to both faces (its order: tests/conformance, C16)."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import pytest

from lsp_codex.sandbox import replies
from lsp_codex.sandbox.codex import SandboxCodex
from lsp_codex.sandbox.tokens import Workspace
from lsp_codex.server.ends import CHANGED
from tests.auth.issuer import BrokenStore
from tests.conformance.checklist import (
    BROWSER,
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
from tests.conformance.program import ACCOUNT, program, token
from tests.harness.editor import demo_login

if TYPE_CHECKING:
    from tests.conformance.program import Program

CHECK = "wham/accounts/check"
UNUSABLE = (Workspace(ACCOUNT, "W", "https://example.com", "mars"),)

COMMAND = "workspace/executeCommand"


@pytest.mark.parametrize("begins", ["codex.signIn", "account/login/start"])
@pytest.mark.parametrize("ends", ["codex.cancelSignIn", "account/login/cancel", "codex.signOut", "account/logout"])
async def test_one_state_two_faces(begins: str, ends: str) -> None:
    """A sign-in that one face began can be ended by the other; it is told once to each."""
    async with program(options={"notifications": True}) as it:
        if begins == "codex.signIn":
            login = await it.call(COMMAND, {"command": begins})
        else:
            login = await it.call(begins, {"type": "chatgpt"})
        params = {"loginId": login["loginId"]} if ends == "account/login/cancel" else None
        await (it.call(COMMAND, {"command": ends}) if ends.startswith("codex.") else it.call(ends, params))
        [(_, told)] = it.heard("account/login/completed")
        assert (told["loginId"], told["success"]) == (login["loginId"], False)
        shown = [p["message"] for m, p in it.client.notifications if m == "window/showMessage"]
        assert sum("cancelled" in message for message in shown) == 1


async def test_the_running_attempt_is_the_same_for_both() -> None:
    """``codex.signIn`` shows what ``account/login/start`` began."""
    async with program() as it:
        login = await it.call("account/login/start", {"type": "chatgpt"})
        shown = await it.call(COMMAND, {"command": "codex.signIn"})
        assert (shown["loginId"], shown["authUrl"]) == (login["loginId"], login["authUrl"])


async def test_a_logout_and_a_login_at_the_same_time() -> None:
    """Whoever comes first is answered first; the end is signed out and the client knows it."""
    async with program() as it:
        calls = [it.client.start("account/login/start", {"type": "apiKey", "apiKey": "sk"})[1] for _ in range(5)]
        calls.append(it.client.start("account/logout")[1])
        await asyncio.gather(*calls)
        await asyncio.sleep(1)
        assert it.heard()[-1] == ("account/updated", {"authMode": None, "planType": None})
        assert (await it.read())["account"] is None


async def in_force(it: Program, asked: dict[str, str]) -> str | None:
    """Begin a login, which is in force while its workspace is asked for in vain; its id."""
    it.codex.script(replies.silent(endpoint=CHECK))
    login_id: str | None = (await it.call(START, asked)).get("loginId")
    if asked is BROWSER:
        assert await it.browse((await it.call(COMMAND, {"command": "codex.signIn"}))["authUrl"]) == 200
    assert it.heard() == [], "its end waits for the workspace"
    return login_id


@pytest.mark.parametrize("first", [BROWSER, LENT], ids=["browser", "lent"])
@pytest.mark.parametrize(
    ("then", "mode", "plan"),
    [((LOGOUT, None), None, None), ((START, LENT), "chatgptAuthTokens", "pro"), ((START, KEY), "apikey", None)],
    ids=["logout", "lent", "key"],
)
async def test_a_login_that_another_takes_the_place_of_has_ended_before_that_is_told(
    first: dict[str, str], then: tuple[str, Any], mode: str | None, plan: str | None
) -> None:
    """While its workspace is asked for: it ends once, as failed, and the last word is about who is signed in."""
    if (first, then) == (LENT, (START, KEY)):
        return  # refused, C21
    async with program() as it:
        it.codex.lend(token())
        old = await in_force(it, first)
        begun = len(it.overheard)
        await it.call(*then)
        await asyncio.sleep(60)
        told = [done(None)] if then[0] == START else []
        assert it.heard() == [done(old, CHANGED), *told, updated(mode, plan)]
        assert in_order(it, begun)[:2] == [DONE, "answer"]


@pytest.mark.parametrize("before", [None, "chatgpt"])
async def test_a_login_that_is_undone_takes_no_later_one_with_it(before: str | None) -> None:
    """A key that is given while a login with an unusable workspace goes; without one, that nobody is left is told."""
    codex = SandboxCodex()
    store = BrokenStore(demo_login(codex) if before else None)
    async with program(codex, world={"store": store}) as it:
        await it.read()
        told = len(it.heard())
        codex.backend.workspaces = UNUSABLE
        login = await it.call(START, BROWSER)
        await it.browse(login["authUrl"])
        why = "workspace routing discovery has invalid account routing override"
        assert it.heard()[told:] == [done(login["loginId"], why), *([updated(None, None)] if before else [])]
        codex.backend.workspaces = None
        login = await it.call(START, BROWSER)
        codex.backend.workspaces = UNUSABLE
        async with store.lock():
            arrival = asyncio.create_task(it.browse(login["authUrl"]))
            await asyncio.sleep(1)
            key = asyncio.create_task(it.call(START, KEY))
            await asyncio.sleep(1)
        await asyncio.gather(arrival, key)
        assert (await it.read())["account"] == {"type": "apiKey"}
        assert it.heard(UPDATED)[-1] == updated("apikey", None)


@pytest.mark.parametrize(("given", "kind"), [(KEY, "apiKey"), (LENT, "chatgpt")])
async def test_who_signs_in_while_a_sign_out_is_under_way_stays(given: dict[str, str], kind: str) -> None:
    """Another program holds the lock for a second: the sign-out that was asked for first ends first."""
    codex = SandboxCodex()
    codex.lend(token())
    store = BrokenStore(demo_login(codex))
    async with program(codex, world={"store": store}) as it:
        await it.read()
        async with store.lock():
            leaving = asyncio.create_task(it.call(COMMAND, {"command": "codex.signOut"}))
            await asyncio.sleep(0.1)
            coming = asyncio.create_task(it.call(START, given))
            await asyncio.sleep(1)
        await asyncio.gather(leaving, coming)
        assert (await it.read())["account"]["type"] == kind
        assert it.heard(UPDATED)[-1][1]["authMode"] is not None


async def test_no_sign_in_runs_beside_what_is_lent() -> None:
    """Not even one that begins at the same moment, while the one before still ends."""
    async with program() as it:
        it.codex.lend(token())
        await it.call(START, DEVICE)
        lending = it.client.start(START, LENT)[1]
        signing_in = it.client.start(COMMAND, {"command": "codex.signIn", "arguments": [{"method": "deviceCode"}]})[1]
        await lending
        await asyncio.wait({signing_in})
        await asyncio.sleep(1)
        signing_in.exception()
        assert (await it.call(COMMAND, {"command": "codex.status"}))["state"] == "external"
        ids = [said["loginId"] for _, said in it.heard(DONE)]
        assert len(ids) == len(set(ids))
