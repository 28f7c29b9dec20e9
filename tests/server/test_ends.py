"""The end of a sign-in is told once, whoever ends it, and to both faces (its order: tests/conformance, C16)."""

from __future__ import annotations

import asyncio

import pytest

from tests.conformance.program import program

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
