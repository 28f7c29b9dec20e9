"""The settings of the HTTP client, and the credential on its way onto a request."""

from __future__ import annotations

import platform
import re
from pathlib import Path
from typing import TYPE_CHECKING

import httpx2
import pytest

from lsp_codex import __version__
from lsp_codex.backend.connection import BearerAuth, build, user_agent
from lsp_codex.backend.network import way_out
from lsp_codex.config import Network
from lsp_codex.errors import CredentialsRejected, Rejection, Unreachable
from tests.backend.helpers import Source

if TYPE_CHECKING:
    from lsp_codex.credentials import Credential

URL = "https://backend.test/x"


async def test_every_request_says_who_we_are() -> None:
    """Our own name and version, and nobody else's."""
    seen: list[httpx2.Request] = []

    def answer(request: httpx2.Request) -> httpx2.Response:
        seen.append(request)
        return httpx2.Response(200)

    async with build(httpx2.MockTransport(answer)) as http:
        await http.get(URL)
    assert seen[0].headers["originator"] == "lsp_codex"
    assert seen[0].headers["user-agent"] == user_agent()
    minor = ".".join(platform.python_version_tuple()[:2])
    assert re.fullmatch(rf"lsp_codex/{re.escape(__version__)} \(\S+; \S+\) python/{minor}", user_agent())


async def test_streams_use_http_1_1_and_wait_without_limit() -> None:
    """Closing an HTTP/1.1 connection stops the model; and who reads has the watchdog, not the library."""
    async with build() as http:
        assert http.timeout == httpx2.Timeout(connect=10, write=30, pool=5, read=None)
        pool = http._transport._pool  # type: ignore[attr-defined]  # the library offers no other way to ask
        assert (pool._http1, pool._http2) == (True, False)
        assert 60 <= pool._keepalive_expiry <= 300
        assert http.follow_redirects is False


@pytest.mark.parametrize(
    ("url", "cookie", "kept"),
    [
        (URL, "__cf_bm=1; path=/; secure", True),
        (URL, "cf_clearance=1; path=/", True),
        (URL, "session=1; path=/", False),
        ("http://backend.test/x", "__cf_bm=1; path=/", False),
    ],
)
async def test_only_cookies_of_cloudflare_are_kept(url: str, cookie: str, kept: bool) -> None:
    """And only over https: a session cookie would tie one account to the next (spec/backend.md 1.1)."""
    seen: list[str | None] = []

    def answer(request: httpx2.Request) -> httpx2.Response:
        seen.append(request.headers.get("cookie"))
        return httpx2.Response(200, headers={"set-cookie": cookie})

    async with build(httpx2.MockTransport(answer)) as http:
        await http.get(url)
        await http.get(url)
    assert seen == [None, cookie.partition(";")[0] if kept else None]


class Backend:
    """Answers 401 to the tokens it is told to, and counts."""

    def __init__(self, *bad: str) -> None:
        self.bad = {f"Bearer {token}" for token in bad}
        self.seen: list[tuple[str, str | None]] = []

    def __call__(self, request: httpx2.Request) -> httpx2.Response:
        """One answer."""
        token = request.headers["authorization"]
        self.seen.append((token, request.headers.get("chatgpt-account-id")))
        return httpx2.Response(401 if token in self.bad else 200, json={})


async def test_a_credential_is_put_on_the_request() -> None:
    """Token and account; without an account no header for it."""
    backend = Backend()
    async with build(httpx2.MockTransport(backend)) as http:
        await http.get(URL, auth=BearerAuth(Source("acct-1")))
        await http.get(URL, auth=BearerAuth(Source(None)))
    assert backend.seen == [("Bearer tok-1", "acct-1"), ("Bearer tok-1", None)]


async def test_after_a_401_the_credential_is_renewed_once() -> None:
    """Two requests and one renewal, and the answer is the second one's; the next request starts with the new one."""
    backend, source = Backend("tok-1"), Source()
    async with build(httpx2.MockTransport(backend)) as http:
        auth = BearerAuth(source)
        assert (await http.get(URL, auth=auth)).status_code == 200
        assert (await http.get(URL, auth=auth)).status_code == 200
    assert [token for token, _ in backend.seen] == ["Bearer tok-1", "Bearer tok-2", "Bearer tok-2"]
    assert source.renewals == 1


async def test_a_dead_credential_is_remembered() -> None:
    """The source is told of a second 401; then nothing leaves the machine until there is another credential."""
    backend, source = Backend("tok-1", "tok-2"), Source()
    async with build(httpx2.MockTransport(backend)) as http:
        auth = BearerAuth(source)
        assert (await http.get(URL, auth=auth)).status_code == 401
        with pytest.raises(CredentialsRejected) as caught:
            await http.get(URL, auth=auth)
        assert caught.value.reason is Rejection.REFUSED
        assert len(backend.seen) == 2
        source.number = 3  # signed in again
        assert (await http.get(URL, auth=auth)).status_code == 200
    assert source.renewals == 1


async def test_a_renewal_that_fails_is_the_error() -> None:
    """What the source says about it is what the user hears."""

    class Gone(Source):
        async def renew(self, rejected: Credential) -> Credential:
            raise CredentialsRejected(Rejection.REVOKED)

    async with build(httpx2.MockTransport(Backend("tok-1"))) as http:
        with pytest.raises(CredentialsRejected, match="revoked"):
            await http.get(URL, auth=BearerAuth(Gone()))


async def test_an_odd_exception_does_not_cost_the_connection() -> None:
    """``NO_PROXY`` is often written for programs that take more, or less, than we can read."""
    for odd in ("[::1]:80", "a:x", "ä.de", "x" * 70_000):
        client = build(
            None, way_out(Network(), {"HTTPS_PROXY": "http://proxy.test:1", "NO_PROXY": f"{odd},good.test"})
        )
        await client.aclose()


def test_a_path_that_no_file_can_have_is_an_error_with_a_name() -> None:
    """As any other that cannot be read."""
    with pytest.raises(Unreachable, match="caCertificate"):
        build(None, way_out(Network(ca_certificate=Path("a\0b")), {}))
