"""Lent tokens: what they say, who is asked for others, and who waits for the answer (more: tests/conformance)."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from lsp_codex.auth.external import LIMIT_SECONDS, Lender, lent, nobody
from lsp_codex.auth.state import AuthState, Event, External, ExternalGiven, LoggedOut, SignedOut, step
from lsp_codex.errors import RefreshFailed
from lsp_codex.restriction import Restriction
from lsp_codex.secret import Secret
from tests.harness.accounts import jwt

OLD = lent(Secret(jwt({"email": "old@example.com"})), "acct", None)
NEW = jwt({"email": "new@example.com"})


class Borrower:
    """A state that is lent, and a parent whose answer is given later."""

    def __init__(self, **restriction: Any) -> None:
        self.state: AuthState = OLD
        self.asked: list[str | None] = []
        self.answer: asyncio.Future[object] = asyncio.get_running_loop().create_future()
        self.lender = Lender(self.parent, lambda: self.state, self.step, Restriction(**restriction))

    def step(self, event: Event) -> None:
        """As the manager does."""
        self.state = step(self.state, event)

    async def parent(self, previous: str | None, /) -> object:
        """The program that lends."""
        self.asked.append(previous)
        return await self.answer


@pytest.mark.parametrize(
    ("token", "account"), [("x", "acct"), ("", "acct"), (NEW, "a\nb"), (NEW + "\r", "acct"), ("ä.b.c", "acct")]
)
def test_what_cannot_be_lent(token: str, account: str) -> None:
    """No JWT, or nothing that fits a header."""
    with pytest.raises(ValueError, match=r"JWT|header"):
        lent(Secret(token), account, None)


def test_a_plan_that_is_given_wins() -> None:
    """Over the claim; without one the claim counts; without both it is unknown."""
    claimed = Secret(jwt({"https://api.openai.com/auth": {"chatgpt_plan_type": "pro"}}))
    assert lent(claimed, "a", "team").account.plan == "team"
    assert lent(claimed, "a", None).account.plan == "pro"
    assert lent(Secret(NEW), "a", None).account.plan == "unknown"


async def test_many_wait_for_one_answer() -> None:
    """One question with the account of before; the state changes once."""
    it = Borrower()
    waiting = [asyncio.create_task(it.lender.renew(OLD)) for _ in range(10)]
    await asyncio.sleep(1)
    it.answer.set_result({"accessToken": NEW, "chatgptAccountId": "acct"})
    await asyncio.gather(*waiting)
    assert it.asked == ["acct"]
    assert isinstance(it.state, External)
    assert it.state.account.email == "new@example.com"


async def test_who_comes_with_old_news_asks_nobody() -> None:
    """What was refused is no longer what is held."""
    it = Borrower()
    it.step(LoggedOut())
    await it.lender.renew(OLD)
    assert it.asked == []


async def test_the_limit_and_the_next_question() -> None:
    """Ten seconds; the next call asks again."""
    it = Borrower()
    begun = asyncio.get_running_loop().time()
    for number in (1, 2):
        with pytest.raises(RefreshFailed, match="timed out after 10s"):
            await it.lender.renew(OLD)
        assert asyncio.get_running_loop().time() - begun == pytest.approx(number * LIMIT_SECONDS)
        it.answer = asyncio.get_running_loop().create_future()
    assert len(it.asked) == 2
    assert it.state == OLD


async def test_a_change_by_other_ways_ends_the_question() -> None:
    """Whoever waits goes on at once; a question after it is a new one."""
    it = Borrower()
    waiting = asyncio.create_task(it.lender.renew(OLD))
    await asyncio.sleep(1)
    it.lender.superseded()
    pushed = lent(Secret(NEW), "acct", None)
    it.step(ExternalGiven(pushed))
    await waiting
    again = asyncio.create_task(it.lender.renew(pushed))
    await asyncio.sleep(1)
    assert len(it.asked) == 2
    await it.lender.aclose()
    await again


async def test_an_answer_for_a_login_that_is_gone_signs_nobody_in() -> None:
    """News about what is no longer held changes nothing."""
    state = step(SignedOut(), ExternalGiven(lent(Secret(NEW), "acct", None), of=OLD))
    assert state == SignedOut()


async def test_a_workspace_that_is_not_allowed() -> None:
    """The text names both."""
    it = Borrower(workspaces=("acct", "b"))
    it.answer.set_result({"accessToken": NEW, "chatgptAccountId": "c"})
    with pytest.raises(RefreshFailed, match=r"restricted to workspace\(s\) acct, b, but current .* belong to c"):
        await it.lender.renew(OLD)
    assert it.state == OLD


async def test_nobody_can_be_asked_in_a_terminal() -> None:
    """It says so."""
    with pytest.raises(RefreshFailed, match="nobody"):
        await nobody("acct")
