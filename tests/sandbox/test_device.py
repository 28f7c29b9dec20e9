"""The device-code grant off the straight path; the contract test shows the recorded one."""

from __future__ import annotations

import pytest

from lsp_codex.sandbox.codex import SandboxCodex
from tests.sandbox.ways import Way, over_transport

AT = "https://auth.openai.com/api/accounts/deviceauth"
PAGE = "https://auth.openai.com/codex/device"


async def start(way: Way) -> dict[str, str]:
    """A fresh attempt: the fields that a poll sends."""
    started: dict[str, str] = (await way.http.post(f"{AT}/usercode", json={"client_id": "c"})).json()
    return {key: started[key] for key in ("device_auth_id", "user_code")}


async def status(way: Way, attempt: dict[str, str]) -> int:
    """The status of one poll."""
    return (await way.http.post(f"{AT}/token", json=attempt)).status_code


async def test_the_interval_is_text() -> None:
    """A number is an error for the real client (spec/auth.md 3)."""
    async with over_transport(SandboxCodex(device_interval=1)) as way:
        started = (await way.http.post(f"{AT}/usercode", json={"client_id": "c"})).json()
        assert started["interval"] == "1"


async def test_a_granted_attempt_is_given_once(near: Way) -> None:
    """Afterwards it is as unknown as any other."""
    attempt = await start(near)
    await near.http.post(PAGE, data={"user_code": attempt["user_code"], "decision": "continue"})
    assert [await status(near, attempt) for _ in range(2)] == [200, 403]


async def test_cancelling_ends_the_attempt(near: Way) -> None:
    """Any status but 403 and 404 ends the login of the real client."""
    attempt = await start(near)
    await near.http.post(PAGE, data={"user_code": attempt["user_code"], "decision": "cancel"})
    assert await status(near, attempt) == 400


async def test_both_halves_must_fit(near: Way) -> None:
    """Who reads the code over a shoulder has not the device's id."""
    first, second = await start(near), await start(near)
    await near.http.post(PAGE, data={"user_code": first["user_code"], "decision": "continue"})
    assert await status(near, first | {"device_auth_id": second["device_auth_id"]}) == 403
    assert await status(near, {}) == 403


async def test_a_code_is_good_for_fifteen_minutes() -> None:
    """The page says so; the poll stays pending, as clients stop by themselves."""
    clock = [0.0]
    async with over_transport(SandboxCodex(now=lambda: clock[0])) as way:
        attempt = await start(way)
        clock[0] = 900.0
        shown = await way.http.post(PAGE, data={"user_code": attempt["user_code"], "decision": "continue"})
        assert (shown.status_code, await status(way, attempt)) == (400, 403)


@pytest.mark.parametrize("code", ["", "XXXX-XXXX", "<script>"])
async def test_an_unknown_code_ends_on_a_page(near: Way, code: str) -> None:
    """The code is not repeated there."""
    answer = await near.http.post(PAGE, data={"user_code": code, "decision": "continue"})
    assert answer.status_code == 400
    assert "<script>" not in answer.text


async def test_a_start_names_its_client(near: Way) -> None:
    """Otherwise it is refused."""
    assert (await near.http.post(f"{AT}/usercode", json={})).status_code == 400


async def test_the_page_has_its_form(near: Way) -> None:
    """One field, two buttons, and the warning."""
    shown = (await near.http.get(PAGE)).text
    assert 'name="user_code"' in shown
    assert 'value="cancel"' in shown
    assert "only if you started this sign-in yourself" in shown
