"""Rules of lsp_codex/auth/device_code.py, on the virtual clock; the recorded cases are spec/auth.md 3."""

from __future__ import annotations

import asyncio
from itertools import pairwise
from typing import Any

import httpx2
import pytest

from lsp_codex.auth import device_code
from lsp_codex.auth.login import Login, Method
from lsp_codex.auth.tokens import Account, Tokens, account_of
from lsp_codex.errors import SignInFailed, SignInFailure
from tests.auth.issuer import ADDRESS, FakeIssuer, parsed
from tests.harness.accounts import FakeAccount

ACCOUNT = FakeAccount()
NOW = 1_795_000_000.0
CODE = {"device_auth_id": "dev-1", "user_code": "ABCD-EFGH", "interval": "5"}
GRANT = {"authorization_code": "the-code", "code_verifier": "the-verifier", "code_challenge": "c"}


def refused(status: int, **body: Any) -> httpx2.Response:
    """An answer that is no success."""
    return httpx2.Response(status, json=body or {"error": "x"})


PENDING = refused(403, error="pending")


def gaps(fake: FakeIssuer) -> list[float]:
    """Seconds between two polls."""
    times = [at for at, path in fake.times if path.endswith("/deviceauth/token")]
    return [round(after - before, 3) for before, after in pairwise(times)]


async def attempt(*answers: Any) -> tuple[Account | SignInFailed, FakeIssuer, list[float]]:
    """How a sign-in ends that gets these answers, what was asked, and the pauses between the polls."""
    fake = FakeIssuer(*answers)
    kept: list[Tokens] = []

    async def keep(tokens: Tokens) -> Account:
        kept.append(tokens)
        return account_of(tokens)

    try:
        login = Login(await device_code.begin(fake.issuer(), now=lambda: NOW), keep)
        account = await login.wait()
    except SignInFailed as failure:
        assert kept == []
        return failure, fake, gaps(fake)
    return account, fake, gaps(fake)


async def test_a_sign_in_from_the_code_to_the_tokens() -> None:
    """The requests are the recorded ones; polling begins at once and keeps the interval."""
    account, fake, pauses = await attempt(CODE, PENDING, refused(404), GRANT, ACCOUNT.answer())
    assert isinstance(account, Account)
    paths = [request.url.path for request in fake.requests]
    poll = "/api/accounts/deviceauth/token"
    assert paths == ["/api/accounts/deviceauth/usercode", poll, poll, poll, "/oauth/token"]
    bodies = [parsed(request) for request in fake.requests]
    assert bodies[0] == {"client_id": "app_EMoamEEZ73f0CkXaXp7hrann"}
    assert bodies[1] == {"device_auth_id": "dev-1", "user_code": "ABCD-EFGH"}
    assert bodies[4] == {
        "grant_type": "authorization_code",
        "client_id": "app_EMoamEEZ73f0CkXaXp7hrann",
        "code": "the-code",
        "redirect_uri": f"{ADDRESS}/deviceauth/callback",
        "code_verifier": "the-verifier",
    }
    assert pauses == [5, 5]


async def test_the_invitation_names_page_and_code() -> None:
    """The page is the issuer's; the code is shown on one line, whatever came."""
    way = await device_code.begin(FakeIssuer(CODE | {"user_code": "AB\x1b[2J CD\n"}).issuer(), now=lambda: NOW)
    asked = way.invitation
    assert (asked.method, asked.address, asked.user_code) == (
        Method.DEVICE_CODE, f"{ADDRESS}/codex/device", "AB[2JCD",
    )  # fmt: skip
    with pytest.raises(SignInFailed, match="code"):
        way.bring("code=x&state=y")


@pytest.mark.parametrize(
    ("interval", "seconds"),
    [("1", 1), (" 2 ", 2), (3, 3), (2.5, 2.5), ("0", 5), (0, 5), (-1, 5), (None, 5), ("soon", 5), ("nan", 5),
     (True, 5), (0.01, 1), (600, 60), (1e9, 5)],
)  # fmt: skip
async def test_every_form_of_interval(interval: object, seconds: float) -> None:
    """A text or a number of seconds; what makes no sense is five, and nobody polls without pause (pain 16)."""
    _, _, pauses = await attempt(CODE | {"interval": interval}, PENDING, GRANT, ACCOUNT.answer())
    assert pauses == [seconds]


async def test_the_other_name_of_the_code() -> None:
    """``usercode`` without an interval (spec/auth.md 3)."""
    outcome, _, pauses = await attempt({"device_auth_id": "d", "usercode": "U"}, PENDING, GRANT, ACCOUNT.answer())
    assert isinstance(outcome, Account)
    assert pauses == [5]


@pytest.mark.parametrize(
    ("answers", "pauses"),
    [
        ([refused(429), PENDING], [10, 10]),
        ([refused(400, error="slow_down"), refused(429), PENDING], [10, 15, 15]),
        ([httpx2.Response(429, headers={"retry-after": "30"})], [30]),
        ([httpx2.Response(429, headers={"retry-after": "9999"})], [60]),
        ([refused(500), PENDING], [10, 10]),
        ([refused(400, error="authorization_pending")], [5]),
        ([httpx2.ConnectError("off"), httpx2.ReadTimeout("off"), PENDING], [5, 5, 5]),
    ],
)
async def test_slowing_down_and_a_network_that_comes_back(answers: list[Any], pauses: list[float]) -> None:
    """The service sets the pace, and a train through a tunnel does not cost the code (pain 16)."""
    outcome, _, found = await attempt(CODE, *answers, GRANT, ACCOUNT.answer())
    assert isinstance(outcome, Account)
    assert found == pauses


@pytest.mark.parametrize(
    ("answers", "reason", "detail"),
    [
        ([refused(404)], SignInFailure.DEVICE_CODE_OFF, ""),
        ([refused(403)], SignInFailure.DEVICE_CODE_OFF, ""),
        ([httpx2.Response(403, text="<html>challenge")], SignInFailure.UNREACHABLE, "blocked"),
        ([refused(429)], SignInFailure.UNREACHABLE, "overloaded"),
        ([refused(500)], SignInFailure.UNREACHABLE, "overloaded"),
        ([httpx2.ConnectError("SECRET")], SignInFailure.UNREACHABLE, "cannot be reached"),
        ([refused(400)], SignInFailure.EXCHANGE, "status 400"),
        ([{"user_code": "U"}], SignInFailure.EXCHANGE, "no device code"),
        ([httpx2.Response(200, text="zzz")], SignInFailure.EXCHANGE, "no device code"),
        ([CODE, refused(400)], SignInFailure.EXCHANGE, "status 400"),
        ([CODE, refused(401)], SignInFailure.EXCHANGE, "status 401"),
        ([CODE, refused(410)], SignInFailure.EXCHANGE, "status 410"),
        ([CODE, refused(400, error="access_denied")], SignInFailure.DENIED, ""),
        ([CODE, refused(403, error="access_denied")], SignInFailure.DENIED, ""),
        ([CODE, refused(400, error="expired_token")], SignInFailure.TIMED_OUT, ""),
        ([CODE, {"authorization_code": "c"}], SignInFailure.EXCHANGE, "cannot be read"),
        ([CODE, PENDING], SignInFailure.TIMED_OUT, ""),
        ([CODE, GRANT, refused(400, error="invalid_grant")], SignInFailure.EXCHANGE, "invalid_grant"),
        ([CODE, GRANT, {"access_token": "a"}], SignInFailure.EXCHANGE, "missing"),
        ([CODE, GRANT, httpx2.ConnectError("SECRET")], SignInFailure.UNREACHABLE, "cannot be reached"),
    ],
)
async def test_each_way_it_can_fail(answers: list[Any], reason: SignInFailure, detail: str) -> None:
    """With its own reason; nothing is kept, nothing secret is repeated."""
    outcome, _, _ = await attempt(*answers)
    assert isinstance(outcome, SignInFailed)
    assert outcome.reason is reason
    assert detail in outcome.detail
    assert "SECRET" not in str(outcome)


async def test_it_ends_after_fifteen_minutes() -> None:
    """And polls no more (spec/auth.md 3)."""
    began = asyncio.get_running_loop().time()
    _, fake, _ = await attempt(CODE, PENDING)
    assert asyncio.get_running_loop().time() - began == pytest.approx(900)
    asked = len(fake.requests)
    await asyncio.sleep(1_000)
    assert len(fake.requests) == asked == 1 + 180


async def test_it_can_be_cancelled_between_two_polls() -> None:
    """At once, and nothing is asked any more."""
    fake = FakeIssuer(CODE, PENDING)
    login = Login(await device_code.begin(fake.issuer(), now=lambda: NOW), Never())
    await asyncio.sleep(7)
    asked = len(fake.requests)
    login.cancel()
    with pytest.raises(SignInFailed) as caught:
        await login.wait()
    await login.closed()
    assert caught.value.reason is SignInFailure.CANCELLED
    await asyncio.sleep(100)
    assert len(fake.requests) == asked


class Never:
    """Who keeps no tokens."""

    async def __call__(self, tokens: Tokens) -> Account:
        raise AssertionError(tokens)


def test_a_disabled_device_code_says_who_can_enable_it() -> None:
    """The setting, the administrator and the two other ways, in one message (field-notes pain 16)."""
    said = SignInFailed(SignInFailure.DEVICE_CODE_OFF).for_person()
    for words in ("security settings of ChatGPT", "administrator", "codex.signIn", "codex.completeSignIn"):
        assert words in said


async def test_no_secret_in_the_log(caplog: pytest.LogCaptureFixture) -> None:
    """Device id, code, verifier and tokens stay out of the log at every level (field-notes pain 19)."""
    caplog.set_level("DEBUG", logger="lsp_codex")
    await attempt(CODE, httpx2.ConnectError("x"), refused(429), GRANT, ACCOUNT.answer())
    shown = "\n".join(record.getMessage() for record in caplog.records)
    for secret in ("dev-1", "ABCD-EFGH", "the-code", "the-verifier", *ACCOUNT.answer().values()):
        assert secret not in shown
