"""Rules of lsp_codex/auth/oauth.py."""

from __future__ import annotations

import asyncio
import json
import traceback
from pathlib import Path
from typing import TYPE_CHECKING, Any

import httpx2
import pytest

from lsp_codex.auth.oauth import Issuer, Reason
from lsp_codex.backend.http import HttpPool
from lsp_codex.errors import (
    BackendError,
    CredentialsRejected,
    LspCodexError,
    Overloaded,
    Rejection,
    RequestRefused,
    TimedOut,
    Unreachable,
    Unreadable,
)
from lsp_codex.secret import Secret
from tests.auth.issuer import ADDRESS, FakeIssuer
from tests.harness.accounts import FakeAccount

if TYPE_CHECKING:
    from collections.abc import Callable

    from lsp_codex.auth.tokens import TokenAnswer

FOLDER = Path(__file__).parent / "recorded"
LOGIN, REFRESH, FAILURES, LOGOUT = (
    json.loads((FOLDER / name).read_text())
    for name in ("browser-login.json", "refresh.json", "refresh-failures.json", "logout.json")
)
TOKENS = FakeAccount().tokens()


def texts(answer: TokenAnswer) -> tuple[str | None, ...]:
    """The answer's tokens as plain texts."""
    found = (answer.id_token, answer.access_token, answer.refresh_token)
    return tuple(None if token is None else token.reveal() for token in found)


async def test_the_exchange_is_the_real_clients_byte_for_byte() -> None:
    """Same address, method, body and its order; headers as the real client's, but for those listed below."""
    recorded = LOGIN["token_request"]
    form = dict(recorded["form"])
    fake = FakeIssuer(FakeAccount().answer())
    await fake.issuer("https://auth.openai.com").exchange(
        Secret(form["code"]), Secret(form["code_verifier"]), form["redirect_uri"]
    )
    (request,) = fake.requests
    assert (request.method, str(request.url)) == (recorded["method"], recorded["url"])
    assert request.content.decode() == recorded["body"]
    wanted = dict(recorded["headers"])
    assert {name: request.headers[name] for name in wanted} == wanted


# Headers of our token request that the real client's has not, and why.
HEADERS_ADDED = {
    "user-agent": "we say who we are",
    "originator": "we say who we are; the client of the process says it on every request",
    "accept-encoding": "of httpx2, which can unpack both",
    "connection": "of httpx2; HTTP/1.1 means the same without it",
}


async def test_the_headers_of_the_exchange_differ_as_listed() -> None:
    """On the wire, with the client that the server uses."""
    theirs = dict(LOGIN["token_request"]["headers"])
    seen: list[httpx2.Request] = []

    def answer(request: httpx2.Request) -> httpx2.Response:
        seen.append(request)
        return httpx2.Response(200, json=FakeAccount().answer())

    pool = HttpPool(httpx2.MockTransport(answer))
    await Issuer("https://auth.openai.com", pool.client).exchange(Secret("c"), Secret("v"), "https://r")
    await pool.aclose()
    ours = dict(seen[0].headers)
    assert ours.keys() - theirs.keys() == HEADERS_ADDED.keys()
    assert {name for name, value in theirs.items() if ours.get(name) != value} == {"content-length"}


@pytest.mark.parametrize("reason", Reason)
async def test_the_refresh_is_the_real_clients_byte_for_byte(reason: Reason) -> None:
    """JSON with its keys in the recorded order; originator and the reason are ours."""
    recorded = REFRESH["request"]
    fake = FakeIssuer({})
    await fake.issuer("https://auth.openai.com").refresh(TOKENS, reason)
    (request,) = fake.requests
    assert (request.method, str(request.url)) == (recorded["method"], recorded["url"])
    assert request.content.decode() == recorded["body"].replace('"forced"', f'"{reason.value}"')
    assert request.headers["content-type"] == "application/json"
    assert request.headers["originator"] == "lsp_codex"


@pytest.mark.parametrize("case", LOGOUT["cases"], ids=lambda case: case["case"])
async def test_the_revocation_is_the_real_clients_byte_for_byte(case: dict[str, Any]) -> None:
    """The refresh token is revoked, the access token if there is none."""
    account = FakeAccount()
    if case["case"] == "empty refresh token":
        account = account.but(refresh_token="", access_token="opaque-access")
    fake = FakeIssuer()
    await fake.issuer("https://auth.openai.com").revoke(account.tokens())
    (request,) = fake.requests
    assert (request.method, str(request.url)) == (case["request"]["method"], case["request"]["url"])
    assert request.content.decode() == case["request"]["body"]


async def test_a_refresh_names_the_client_that_made_the_login() -> None:
    """The client id of the stored provenance is used, for the refresh token belongs to it."""
    fake = FakeIssuer({})
    await fake.issuer().refresh(FakeAccount(issuer=ADDRESS, client_id="client-x").tokens(), Reason.EXPIRY)
    assert fake.bodies()[0]["client_id"] == "client-x"


@pytest.mark.parametrize(
    ("issuer", "ours", "expected"),
    [
        (None, "https://a.invalid", True),
        ("https://a.invalid", "https://a.invalid", True),
        ("https://a.invalid/", "https://a.invalid", True),
        ("https://b.invalid", "https://a.invalid", False),
        ("https://a.invalid.evil", "https://a.invalid", False),
        ("https://b.invalid", "http://127.0.0.1:9", True),
    ],
)
def test_a_login_is_shown_to_its_own_issuer_only(issuer: str | None, ours: str, expected: bool) -> None:
    """Another service than the one that made the login does not get its refresh token."""
    assert FakeIssuer().issuer(ours).issued(FakeAccount(issuer=issuer).tokens()) is expected


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ({"id_token": "i", "access_token": "a", "refresh_token": "r", "expires_in": 3}, ("i", "a", "r")),
        ({"access_token": "a", "id_token": None}, (None, "a", None)),
        ({}, (None, None, None)),
    ],
)
async def test_tokens_of_an_answer(body: dict[str, Any], expected: tuple[str | None, ...]) -> None:
    """Each token is optional here; everything else in the answer is ignored."""
    assert texts(await FakeIssuer(body).issuer().refresh(TOKENS, Reason.EXPIRY)) == expected


@pytest.mark.parametrize(
    "body", [b"zzz", b"", b"[]", b'"x"', b'{"access_token": 3}', b"\xff", b"<html>", b"[" * 99_999]
)
async def test_an_answer_that_is_no_token_object_is_unreadable(body: bytes) -> None:
    """A 200 of something else may pass and is no reason to sign out."""
    with pytest.raises(Unreadable):
        await FakeIssuer(httpx2.Response(200, content=body)).issuer().refresh(TOKENS, Reason.EXPIRY)


def case_id(case: dict[str, Any]) -> str:
    """Status and body."""
    return f"{case['status']} {json.dumps(case['body'])}"


def response(status: int, body: object) -> httpx2.Response:
    """An answer with a JSON object, or with a text."""
    if isinstance(body, str):
        return httpx2.Response(status, text=body)
    return httpx2.Response(status, json=body)


@pytest.mark.parametrize("case", FAILURES["cases"], ids=case_id)
async def test_a_refresh_fails_for_good_exactly_when_the_real_clients_does(case: dict[str, Any]) -> None:
    """Each recorded classification of codex-cli 0.169.0 is ours too (spec/auth.md 4.4)."""
    fake = FakeIssuer(response(case["status"], case["body"]))
    with pytest.raises(LspCodexError) as caught:
        await fake.issuer().refresh(TOKENS, Reason.EXPIRY)
    assert isinstance(caught.value, CredentialsRejected) == (case["classified"] == "permanent")


@pytest.mark.parametrize(
    ("status", "body", "expected"),
    [
        (400, {"error": {"code": "refresh_token_expired"}}, Rejection.EXPIRED),
        (500, {"error": "Refresh_Token_Reused"}, Rejection.REUSED),
        (403, {"code": "refresh_token_invalidated"}, Rejection.REVOKED),
        (400, {"error": "invalid_grant", "error_description": "x"}, Rejection.REFUSED),
        (401, "<html>", Rejection.REFUSED),
    ],
)
async def test_the_reason_of_a_permanent_refusal(status: int, body: object, expected: Rejection) -> None:
    """The person is told which of the four it was."""
    with pytest.raises(CredentialsRejected) as caught:
        await FakeIssuer(response(status, body)).issuer().refresh(TOKENS, Reason.EXPIRY)
    assert caught.value.reason is expected


@pytest.mark.parametrize(
    ("answer", "kind"),
    [
        (httpx2.Response(403, text="<html>cloudflare</html>"), Unreachable),
        (httpx2.Response(403, json={"error": {"code": "unsupported_country_region_territory"}}), RequestRefused),
        (httpx2.Response(404, json={}), RequestRefused),
        (httpx2.Response(429, json={}), Overloaded),
        (httpx2.Response(503, text="x"), Overloaded),
        (httpx2.Response(302, headers={"location": "https://evil.invalid/oauth/token"}), Unreachable),
        (httpx2.Response(307, headers={"location": "https://evil.invalid/oauth/token"}), Unreachable),
        (httpx2.Response(308, headers={"location": "/elsewhere"}), Unreachable),
        (httpx2.ConnectError("no"), Unreachable),
        (httpx2.ReadError("reset"), Unreachable),
        (httpx2.RemoteProtocolError("cut"), Unreachable),
        (httpx2.ProxyError("407"), Unreachable),
        (httpx2.ConnectTimeout("slow"), TimedOut),
        (httpx2.ReadTimeout("slow"), TimedOut),
    ],
    ids=repr,
)
@pytest.mark.parametrize("call", ["exchange", "refresh", "revoke"])
async def test_trouble_that_may_pass_is_a_backend_error(answer: object, kind: type[BackendError], call: str) -> None:
    """Blocks, limits, redirects and broken connections say nothing about the login; one request each, no more."""
    asked = 0

    async def handle(_request: httpx2.Request) -> httpx2.Response:
        nonlocal asked
        asked += 1
        if isinstance(answer, Exception):
            raise answer
        assert isinstance(answer, httpx2.Response)
        return answer

    client = httpx2.AsyncClient(transport=httpx2.MockTransport(handle))
    with pytest.raises(kind):
        await calls(Issuer(ADDRESS, lambda: client))[call]()
    assert asked == 1


def calls(issuer: Issuer) -> dict[str, Callable[[], Any]]:
    """The three things one can ask."""
    return {
        "exchange": lambda: issuer.exchange(
            Secret("code-SECRET"), Secret("verifier-SECRET"), "http://127.0.0.1:1455"
        ),
        "refresh": lambda: issuer.refresh(TOKENS, Reason.EXPIRY),
        "revoke": lambda: issuer.revoke(TOKENS),
    }


async def test_retry_after_is_kept() -> None:
    """How long the service asks to be left alone."""
    fake = FakeIssuer(httpx2.Response(429, headers={"retry-after": "17"}))
    with pytest.raises(Overloaded) as caught:
        await fake.issuer().refresh(TOKENS, Reason.EXPIRY)
    assert caught.value.retry_after == 17


async def test_an_endpoint_that_never_answers_is_given_up_after_thirty_seconds() -> None:
    """No call hangs (field-notes D19)."""
    fake = FakeIssuer({}, seconds=1e6)
    loop = asyncio.get_running_loop()
    began = loop.time()
    with pytest.raises(TimedOut):
        await fake.issuer().refresh(TOKENS, Reason.EXPIRY)
    assert loop.time() - began == pytest.approx(30.0)


@pytest.mark.parametrize("call", ["exchange", "refresh", "revoke"])
@pytest.mark.parametrize("status", [400, 401, 403, 429, 500, 302, 200])
async def test_no_error_shows_a_body_or_a_secret(call: str, status: int, caplog: pytest.LogCaptureFixture) -> None:
    """Neither what we sent nor what was answered appears in an error, its traceback or the log (pain 19)."""
    caplog.set_level("DEBUG")
    sent = [text for text in (*FakeAccount().answer().values(), "code-SECRET", "verifier-SECRET") if text]
    body = {"error": {"code": f"echo {sent[0]}", "message": " ".join(sent)}, "access_token": ["BODY-MARK"]}
    fake = FakeIssuer(response(status, json.dumps(body) + "BODY-MARK"))
    shown = ""
    try:
        await calls(fake.issuer())[call]()
    except LspCodexError as error:
        shown = "".join(traceback.format_exception(error)) + error.for_person()
    shown += caplog.text
    assert not [mark for mark in (*sent, "BODY-MARK") if mark in shown]
