"""The conformance checklist of spec/account-api.md 15, C18 to C27: one test each, named after it."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import pytest

from lsp_codex.auth.store import FileStore
from lsp_codex.sandbox import replies
from tests.conformance.checklist import BROWSER, DEVICE, DONE, KEY, LENT, START, UPDATED, done, in_order, updated
from tests.conformance.program import ACCOUNT, program, token

if TYPE_CHECKING:
    from pathlib import Path

EXTERNAL = (
    "External auth is active. Use account/login/start (chatgptAuthTokens) to update it or account/logout to clear it."
)


async def test_c18_external_in_order(tmp_path: Path) -> None:
    """The answer, the end, the account; nothing on the disk."""
    async with program(world={"store": FileStore(tmp_path / "home")}) as it:
        begun = len(it.overheard)
        assert await it.lend(token()) == {"type": "chatgptAuthTokens"}
        assert in_order(it, begun) == ["answer", DONE, UPDATED]
        assert it.heard() == [done(None), updated("chatgptAuthTokens", "pro")]
        assert not (tmp_path / "home" / "auth.json").exists()


@pytest.mark.parametrize(
    ("claimed", "given", "plan"),
    [("pro", None, "pro"), ("pro", "team", "team"), (None, None, "unknown"), ("pro", "galactic", "unknown")],
)
async def test_c19_whose_plan_and_workspace(claimed: str | None, given: str | None, plan: str) -> None:
    """The plan: as given, else as claimed, else unknown. No address is null. The workspace is the one given."""
    async with program() as it:
        await it.lend(token(plan=claimed, email=None), plan=given)
        found = await it.read()
        assert found["account"]["planType"] == plan
        assert found["account"]["email"] is None
        assert found["workspaceRouting"]["chatgptAccountId"] == ACCOUNT
        assert it.codex.requests[-1].headers["chatgpt-account-id"] == ACCOUNT


@pytest.mark.parametrize("bad", ["not-a-jwt", "", "a.b.c", token() + "\n"])
async def test_c20_no_jwt(bad: str) -> None:
    """-32603; an earlier login stays."""
    async with program() as it:
        await it.lend(token())
        code, text = await it.refused(START, LENT | {"accessToken": bad})
        assert (code, text) == (-32603, "failed to set external auth: invalid ID token format")
        assert (await it.read())["account"]["email"] == "ext@example.com"


@pytest.mark.parametrize("other", [KEY, BROWSER, DEVICE, {"type": "amazonBedrock"}])
async def test_c21_other_logins_are_refused(other: dict[str, str]) -> None:
    """With the exact text; further tokens replace the first."""
    async with program() as it:
        await it.lend(token())
        assert await it.refused(START, other) == (-32600, EXTERNAL)
        await it.lend(token("b", email="b@example.com"))
        assert (await it.read())["account"]["email"] == "b@example.com"


async def test_c22_there_is_nothing_to_refresh() -> None:
    """``refreshToken`` sends nothing and succeeds."""
    async with program() as it:
        await it.lend(token())
        assert (await it.read(refreshToken=True))["account"]["email"] == "ext@example.com"
        assert (it.questions(), it.asked("/oauth/token")) == ([], 0)


async def test_c23_another_workspace_than_the_forced() -> None:
    """The exact text; a pending login is ended all the same, after the answer."""
    async with program(auth={"forcedWorkspaceId": ["A", "B"]}) as it:
        login = await it.call(START, BROWSER)
        text = 'External auth must use one of workspace(s) ["A", "B"], but received "C".'
        assert await it.refused(START, LENT | {"chatgptAccountId": "C"}) == (-32600, text)
        await asyncio.sleep(1)
        assert it.heard() == [done(login["loginId"], "Login server error: Login was not completed")]


@pytest.mark.parametrize(
    ("forced", "tried", "text"),
    [
        ("chatgpt", KEY, "API key login is disabled. Use ChatGPT login instead."),
        ("api", BROWSER, "ChatGPT login is disabled. Use API key login instead."),
        ("api", DEVICE, "ChatGPT login is disabled. Use API key login instead."),
        ("api", LENT, "External ChatGPT auth is disabled. Use API key login instead."),
    ],
)
async def test_c24_a_forced_method(forced: str, tried: Any, text: str) -> None:
    """The exact texts."""
    async with program(auth={"forcedLoginMethod": forced}) as it:
        assert await it.refused(START, tried) == (-32600, text)


async def test_c25_one_question_and_one_more_try() -> None:
    """A 401 of the model: one question, one retry with the new token, the new identity, no notification."""
    async with program() as it:
        await it.lend(token(), plan="pro")
        it.answers_with(token("b", email="b@example.com", plan="plus"))
        it.codex.script(replies.unauthorised())
        assert await it.turn() == ""
        [question] = it.questions()
        assert question["params"] == {"reason": "unauthorized", "previousAccountId": ACCOUNT}
        sent = [r.bearer for r in it.codex.requests if r.path.endswith("/codex/responses")]
        assert [bearer == token() for bearer in sent] == [True, False]
        assert (await it.read())["account"]["planType"] == "plus"
        assert len(it.heard(UPDATED)) == 1


async def test_c26_a_workspace_that_is_not_allowed_at_a_refresh() -> None:
    """The request fails with the text, the old tokens stay (silence and bad answers: test_external.py)."""
    async with program(auth={"forcedWorkspaceId": ACCOUNT}) as it:
        await it.lend(token())
        it.answers_with(token("b", email="b@example.com"), "other")
        it.codex.script(replies.unauthorised())
        text = f"Login is restricted to workspace(s) {ACCOUNT}, but current credentials belong to other"
        assert (await it.turn()).startswith(text)
        assert (await it.read())["account"]["email"] == "ext@example.com"


async def test_c27_a_second_401_asks_no_more() -> None:
    """Not in this request; the new tokens stay, the login lives, the next request asks again."""
    async with program() as it:
        await it.lend(token())
        it.answers_with(token("b", email="b@example.com"))
        it.codex.script(replies.unauthorised(), replies.unauthorised())
        assert await it.turn() != ""
        assert len(it.questions()) == 1
        assert (await it.read())["account"]["email"] == "b@example.com"
        it.answers_with(token("c"))
        it.codex.script(replies.unauthorised())
        assert await it.turn(1) == ""
        assert len(it.questions()) == 2
