"""Tokens that a program lends: the ten seconds, late answers and requests at the same time, exact to the tick."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from lsp_codex.sandbox import replies
from tests.conformance.program import ACCOUNT, Program, program, token


def now() -> float:
    """The virtual clock."""
    return asyncio.get_running_loop().time()


async def refused_turn(it: Program, number: int = 0) -> asyncio.Task[str]:
    """A request of the model that has met a 401 and waits for new tokens."""
    it.codex.script(replies.unauthorised())
    task = asyncio.create_task(it.turn(number))
    await asyncio.sleep(0.001)
    return task


async def test_silence_fails_the_request_after_ten_seconds_to_the_tick() -> None:
    """Not before, not later; the old tokens stay, no cancel is sent, and the next request asks again."""
    async with program() as it:
        await it.lend(token())
        begun = now()
        waiting = await refused_turn(it)
        assert len(it.questions()) == 1
        assert (await waiting).startswith("auth refresh request timed out after 10s")
        assert now() - begun == pytest.approx(10.0, abs=1e-6)
        assert [m for m, _ in it.client.notifications if m == "$/cancelRequest"] == []
        assert (await it.read())["account"]["email"] == "ext@example.com"
        again = await refused_turn(it, 1)
        assert len(it.questions()) == 2
        it.answers_with(token("b"))
        it.answer(it.questions()[1], result={"accessToken": token("b"), "chatgptAccountId": ACCOUNT})
        assert await again == ""


@pytest.mark.parametrize(("after", "taken"), [(9.999, True), (10.001, False)])
async def test_an_answer_just_before_and_just_after_the_limit(after: float, taken: bool) -> None:
    """A millisecond early it is used; a millisecond late it changes nothing at all."""
    async with program() as it:
        await it.lend(token())
        new = token("late", email="late@example.com")
        it.codex.lend(new)
        waiting = await refused_turn(it)
        await asyncio.sleep(after - 0.001)
        it.answer(it.questions()[0], result={"accessToken": new, "chatgptAccountId": ACCOUNT})
        assert (await waiting == "") is taken
        assert (await it.read())["account"]["email"] == ("late@example.com" if taken else "ext@example.com")


async def test_a_second_answer_to_the_same_question_counts_for_nothing() -> None:
    """The first one is taken."""
    async with program() as it:
        await it.lend(token())
        waiting = await refused_turn(it)
        for email in ("first@example.com", "second@example.com"):
            new = token(email, email=email)
            it.codex.lend(new)
            it.answer(it.questions()[0], result={"accessToken": new, "chatgptAccountId": ACCOUNT})
        assert await waiting == ""
        assert (await it.read())["account"]["email"] == "first@example.com"


async def test_twenty_requests_at_the_same_time_ask_once() -> None:
    """All wait for the one answer, and each goes out once more with it."""
    async with program() as it:
        await it.lend(token())
        it.codex.script(*[replies.unauthorised()] * 20)
        turns = [asyncio.create_task(it.turn(number)) for number in range(20)]
        await asyncio.sleep(3)
        assert len(it.questions()) == 1
        new = token("b")
        it.codex.lend(new)
        it.answer(it.questions()[0], result={"accessToken": new, "chatgptAccountId": ACCOUNT})
        assert await asyncio.gather(*turns) == [""] * 20
        assert len(it.questions()) == 1
        assert it.asked("/codex/responses") == 40


async def test_a_request_that_is_cancelled_leaves_the_question_to_the_others() -> None:
    """The one that stays gets its answer."""
    async with program() as it:
        await it.lend(token())
        it.codex.script(replies.unauthorised(), replies.unauthorised())
        number, gone = it.client.start("account/read", {})
        await gone
        one, two = (asyncio.create_task(it.turn(each)) for each in range(2))
        await asyncio.sleep(1)
        it.client.cancel(number)
        two.cancel()
        new = token("b")
        it.codex.lend(new)
        it.answer(it.questions()[0], result={"accessToken": new, "chatgptAccountId": ACCOUNT})
        assert await one == ""


async def test_tokens_that_are_pushed_while_a_question_is_open_end_it() -> None:
    """The program logs in anew instead of answering: the request goes on with that; the late answer is ignored."""
    async with program() as it:
        await it.lend(token())
        waiting = await refused_turn(it)
        begun = now()
        await it.lend(token("pushed", email="pushed@example.com"))
        assert await waiting == ""
        assert now() - begun < 1
        it.answer(it.questions()[0], result={"accessToken": token("x", email="x@x.x"), "chatgptAccountId": ACCOUNT})
        assert (await it.read())["account"]["email"] == "pushed@example.com"


async def test_a_logout_while_a_question_is_open_ends_it() -> None:
    """The request fails at once, as nobody is signed in; a late answer signs nobody in."""
    async with program() as it:
        await it.lend(token())
        waiting = await refused_turn(it)
        begun = now()
        await it.call("account/logout")
        assert await waiting != ""
        assert now() - begun < 1
        it.answer(it.questions()[0], result={"accessToken": token("x"), "chatgptAccountId": ACCOUNT})
        await asyncio.sleep(1)
        assert (await it.read())["account"] is None


@pytest.mark.parametrize(
    ("answer", "text"),
    [
        ({"error": {"code": -32000, "message": "secret words"}}, "auth refresh request failed: code=-32000"),
        ({"error": "no"}, "auth refresh request failed: code="),
        ({"result": None}, "invalid auth refresh response"),
        ({"result": []}, "invalid auth refresh response"),
        ({"result": {"accessToken": token("b")}}, "invalid auth refresh response"),
        ({"result": {"accessToken": 7, "chatgptAccountId": ACCOUNT}}, "invalid auth refresh response"),
        (
            {"result": {"accessToken": token("b"), "chatgptAccountId": ACCOUNT, "chatgptPlanType": 7}},
            "invalid auth refresh response",
        ),
        ({"result": {"accessToken": "", "chatgptAccountId": ACCOUNT}}, "auth refresh returned invalid credentials"),
        (
            {"result": {"accessToken": token("b") + "\r\nx: y", "chatgptAccountId": ACCOUNT}},
            "auth refresh returned invalid credentials",
        ),
        (
            {"result": {"accessToken": token("b"), "chatgptAccountId": "a\r\nb: c"}},
            "auth refresh returned invalid credentials",
        ),
    ],
)
async def test_what_is_no_answer_fails_the_request_and_keeps_the_tokens(answer: dict[str, Any], text: str) -> None:
    """Each with its text; nothing of the answer is quoted; the next request asks again and goes through."""
    async with program() as it:
        await it.lend(token())
        it.client.replies["account/chatgptAuthTokens/refresh"] = answer
        reason = await (await refused_turn(it))
        assert reason.startswith(text)
        assert "secret words" not in reason
        assert (await it.read())["account"]["email"] == "ext@example.com"
        it.answers_with(token("b"))
        assert await (await refused_turn(it, 1)) == ""
        assert len(it.questions()) == 2


async def test_settings_that_change_leave_what_was_lent_if_they_allow_it() -> None:
    """The services are opened anew, with the same tokens; a workspace that is not allowed ends them, and says so."""
    async with program() as it:
        await it.lend(token())
        for network, kept in (
            ({}, True),
            ({"forcedWorkspaceId": ACCOUNT}, True),
            ({"forcedWorkspaceId": "b"}, False),
        ):
            changed = {"codex": {"auth": network, "completion": {"trigger": "manual"}}}
            it.client.notify("workspace/didChangeConfiguration", {"settings": changed})
            await asyncio.sleep(1)
            assert ((await it.read())["account"] is not None) is kept
        assert it.heard("account/updated")[-1][1] == {"authMode": None, "planType": None}
        told = [p["message"] for m, p in it.client.notifications if m == "window/showMessage"]
        assert sum("no longer used" in message for message in told) == 1


async def test_the_status_says_external() -> None:
    """``codex.status`` shows the account of the program, and ``codex.signIn`` says who keeps the login."""
    async with program() as it:
        await it.lend(token(), plan="team")
        status = await it.call("workspace/executeCommand", {"command": "codex.status"})
        assert status["state"] == "external"
        assert status["account"] == {
            "type": "chatgpt", "email": "ext@example.com", "planType": "team", "accountId": ACCOUNT,
        }  # fmt: skip
        code, text = await it.refused("workspace/executeCommand", {"command": "codex.signIn"})
        assert code == -32803
        assert "Another program has signed you in here" in text


async def test_nothing_of_a_token_is_said() -> None:
    """No token stands in an answer, a notification or a message."""
    async with program() as it:
        secret = token("very-secret")
        await it.lend(secret)
        await it.read()
        it.client.replies["account/chatgptAuthTokens/refresh"] = {"result": {"accessToken": "not-a-jwt-secret"}}
        await (await refused_turn(it))
        said = str(it.overheard)
        assert secret not in said
        assert "not-a-jwt-secret" not in said
