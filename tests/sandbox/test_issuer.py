"""The issuer's refusals and its page; the contract test shows what it accepts."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import urlencode

import pytest

from lsp_codex.sandbox.codex import SandboxCodex
from lsp_codex.sandbox.issuer import challenge_of
from lsp_codex.sandbox.tokens import Standing
from tests.sandbox.test_codex import REQUESTS, authorize_address, consent
from tests.sandbox.ways import Way, over_transport, query_of

if TYPE_CHECKING:
    import httpx2

VERIFIER = "v" * 86
REDIRECT = "http://127.0.0.1:1455/auth/callback"
FORM = dict(REQUESTS["token"]["form"])


async def code_for(way: Way, **changes: str) -> str:
    """A fresh authorization code."""
    address = authorize_address(way, code_challenge=challenge_of(VERIFIER), **changes)
    return query_of(await consent(way, address))["code"]


async def exchange(way: Way, code: str, /, **changes: str) -> httpx2.Response:
    """Exchange ``code`` as the recorded client does, but for ``changes``."""
    form = FORM | {"code": code, "code_verifier": VERIFIER} | changes
    return await way.http.post(f"{way.issuer}/oauth/token", data=form)


@pytest.mark.parametrize(
    ("name", "text", "found"),
    [
        ("response_type", "token", "response_type must be code"),
        ("code_challenge_method", "plain", "code_challenge_method must be S256"),
        ("code_challenge", "short", "code_challenge must have 43 characters"),
        ("client_id", "", "client_id is missing"),
        ("state", "", "state is missing"),
        ("scope", "openid profile", "scope must contain offline_access"),
        ("scope", "offline_access", "scope must contain openid"),
        ("redirect_uri", "https://127.0.0.1:1455/auth/callback", "redirect_uri must be"),
        ("redirect_uri", "http://127.0.0.1:1456/auth/callback", "redirect_uri must be"),
        ("redirect_uri", "http://127.0.0.1:1455/callback", "redirect_uri must be"),
        ("redirect_uri", "http://127.0.0.1:1455/auth/callback?x=1", "redirect_uri must be"),
        ("redirect_uri", "http://127.0.0.1:1455@evil.invalid/auth/callback", "redirect_uri must be"),
        ("redirect_uri", "http://evil.invalid:1455/auth/callback", "redirect_uri must be"),
    ],
)
async def test_a_wrong_authorize_request_ends_on_a_page(near: Way, name: str, text: str, found: str) -> None:
    """It is not sent back to an address that nobody vouches for."""
    answer = await near.http.get(authorize_address(near, **{name: text}))
    assert answer.status_code == 400
    assert found in answer.text
    assert "location" not in answer.headers


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1"])
@pytest.mark.parametrize("port", [1455, 1457])
async def test_both_hosts_and_both_ports_are_allowed(near: Way, host: str, port: int) -> None:
    """Older clients say localhost, 0.169.0 says 127.0.0.1 (spec/auth.md 1.1)."""
    address = authorize_address(near, redirect_uri=f"http://{host}:{port}/auth/callback")
    assert (await consent(near, address)).startswith(f"http://{host}:{port}/auth/callback?code=")


async def test_other_ports_can_be_allowed() -> None:
    """Tests listen on free ports."""
    async with over_transport(SandboxCodex(redirect_ports=(40_001,))) as way:
        ours = authorize_address(way, redirect_uri="http://127.0.0.1:40001/auth/callback")
        assert (await way.http.get(ours)).status_code == 200
        assert (await way.http.get(authorize_address(way))).status_code == 400


async def test_the_page_shows_what_it_is_about_and_escapes_it(near: Way) -> None:
    """The account, what it asks for, where it returns to; a hostile originator stays text."""
    answer = await near.http.get(authorize_address(near, originator='<script>"&'))
    assert "&lt;script&gt;&quot;&amp;" in answer.text
    assert "<script" not in answer.text
    for shown in (
        near.codex.person.email,
        "127.0.0.1:1455",
        "See and use your connectors",
        "sandbox on this machine",
    ):
        assert shown in answer.text


async def test_a_page_is_answered_once(near: Way) -> None:
    """Neither a second press nor a made-up request gives a code."""
    shown = (await near.http.get(authorize_address(near))).text
    key = shown.partition('name="request" value="')[2].partition('"')[0]
    sent = {"request": key, "decision": "continue"}
    address = f"{near.issuer}/oauth/authorize/consent"
    assert (await near.http.post(address, data=sent)).status_code == 302
    assert (await near.http.post(address, data=sent)).status_code == 400
    assert (await near.http.post(address, data={"request": "x", "decision": "continue"})).status_code == 400


async def test_a_code_is_good_once(near: Way) -> None:
    """The second exchange is invalid_grant."""
    code = await code_for(near)
    assert (await exchange(near, code)).status_code == 200
    again = await exchange(near, code)
    assert (again.status_code, again.json()["error"]) == (400, "invalid_grant")


@pytest.mark.parametrize(
    ("name", "text", "found"),
    [
        ("code", "unknown", "not known"),
        ("client_id", "other", "another client"),
        ("redirect_uri", "http://localhost:1455/auth/callback", "redirect_uri"),
        ("code_verifier", "w" * 86, "code_verifier"),
        ("code_verifier", "", "code_verifier"),
    ],
)
async def test_an_exchange_must_match_its_authorize_request(near: Way, name: str, text: str, found: str) -> None:
    """PKCE, client and redirect address; a failed attempt uses the code up."""
    code = await code_for(near)
    answer = await exchange(near, code, **{name: text})
    assert (answer.status_code, answer.json()["error"]) == (400, "invalid_grant")
    assert found in answer.json()["error_description"]
    if name != "code":
        assert (await exchange(near, code)).status_code == 400


@pytest.mark.parametrize("step", ["consent", "exchange"])
async def test_pages_and_codes_grow_old(step: str) -> None:
    """Ten minutes each."""
    clock = [1_000.0]
    async with over_transport(SandboxCodex(now=lambda: clock[0])) as way:
        if step == "exchange":
            code = await code_for(way)
            clock[0] += 600
            assert (await exchange(way, code)).json()["error"] == "invalid_grant"
        else:
            shown = (await way.http.get(authorize_address(way))).text
            key = shown.partition('name="request" value="')[2].partition('"')[0]
            clock[0] += 600
            sent = {"request": key, "decision": "continue"}
            assert (await way.http.post(f"{way.issuer}/oauth/authorize/consent", data=sent)).status_code == 400


@pytest.mark.parametrize(
    ("standing", "code"),
    [
        (Standing.USED, "refresh_token_reused"),
        (Standing.EXPIRED, "refresh_token_expired"),
        (Standing.INVALIDATED, "refresh_token_invalidated"),
    ],
)
async def test_refresh_tokens_end_in_three_ways(near: Way, standing: Standing, code: str) -> None:
    """401 with the code that decides what a client tells its user (spec/auth.md 4.4)."""
    token = near.codex.sign_in_demo()["refresh_token"]
    near.codex.end_refresh_tokens(standing)
    sent = {"client_id": "c", "grant_type": "refresh_token", "refresh_token": token}
    answer = await near.http.post(f"{near.issuer}/oauth/token", json=sent)
    assert (answer.status_code, answer.json()["error"]["code"]) == (401, code)


async def test_a_refresh_may_come_as_a_form(near: Way) -> None:
    """Third parties send it so (spec/backend.md 3.3)."""
    token = near.codex.sign_in_demo()["refresh_token"]
    sent = {"client_id": "c", "grant_type": "refresh_token", "refresh_token": token}
    assert (await near.http.post(f"{near.issuer}/oauth/token", data=sent)).status_code == 200


@pytest.mark.parametrize(
    ("sent", "as_json", "code"),
    [
        ({"grant_type": "password"}, False, "unsupported_grant_type"),
        ({}, True, "unsupported_grant_type"),
        ([1], True, "unsupported_grant_type"),
        ({"grant_type": "authorization_code", "code": "c"}, True, "unsupported_grant_type"),
        ({"grant_type": "refresh_token", "refresh_token": "r"}, True, "invalid_request"),
        ({"grant_type": "urn:ietf:params:oauth:grant-type:token-exchange"}, False, "invalid_request"),
    ],
)
async def test_other_grants_are_refused(near: Way, sent: object, as_json: bool, code: str) -> None:
    """A code is exchanged by form only, a refresh names its client, an id token is one."""
    address = f"{near.issuer}/oauth/token"
    if as_json:
        answer = await near.http.post(address, json=sent)
    else:
        assert isinstance(sent, dict)
        headers = {"content-type": "application/x-www-form-urlencoded"}
        answer = await near.http.post(address, content=urlencode(sent), headers=headers)
    assert (answer.status_code, answer.json()["error"]) == (400, code)


async def test_revoking_needs_a_token(near: Way) -> None:
    """An unknown token is answered like a known one (RFC 7009), a missing one is a mistake."""
    address = f"{near.issuer}/oauth/revoke"
    assert (await near.http.post(address, json={"token": "unknown"})).status_code == 200
    assert (await near.http.post(address, json={})).status_code == 400
    assert (await near.http.post(address, content=b"token=x")).status_code == 400


def test_the_challenge_is_that_of_the_standard() -> None:
    """The example of RFC 7636, appendix B."""
    assert (
        challenge_of("dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk") == "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"
    )
