"""The way out: proxies and authorities from settings and environment, and a real proxy with a private authority."""

from __future__ import annotations

import asyncio
import subprocess
import sys
from contextlib import asynccontextmanager
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

import httpx2
import pytest

from lsp_codex.backend.client import CodexClient
from lsp_codex.backend.http import HttpPool
from lsp_codex.backend.network import way_out, with_system
from lsp_codex.config import Network
from lsp_codex.errors import BackendError, Unreachable
from lsp_codex.proxy import parse
from lsp_codex.sandbox import replies
from lsp_codex.sandbox.codex import SandboxCodex
from lsp_codex.sandbox.loopback import serve
from tests.backend.helpers import ASK
from tests.backend.test_held import Source
from tests.harness.forward_proxy import Proxy, forward_proxy
from tests.harness.tls import PrivateTls, private_tls

if TYPE_CHECKING:
    import ssl
    from collections.abc import AsyncIterator, Mapping

    from lsp_codex.backend.held import Transport

BACKEND = "https://backend.test/x"


def leads(environ: Mapping[str, str], setting: str | None = None) -> Any:
    """Through which proxy an address is reached; None: directly."""
    pool = HttpPool(settings=Network(proxy=parse(setting) if setting else None), environ=environ)
    http = pool.client()

    def to(address: str) -> str | None:
        transport = http._transport_for_url(httpx2.URL(address))
        if transport is http._transport:
            return None
        url = transport._pool._proxy_url  # type: ignore[attr-defined]  # the library offers no other way to ask
        return f"{url.scheme.decode()}://{url.host.decode()}:{url.port}"

    return to


@pytest.mark.parametrize(
    ("environ", "expected"),
    [
        ({}, None),
        ({"HTTPS_PROXY": "http://one:1"}, "http://one:1"),
        ({"https_proxy": "one:1"}, "http://one:1"),
        ({"HTTPS_PROXY": "http://one:1", "https_proxy": "http://two:2"}, "http://two:2"),
        ({"ALL_PROXY": "http://all:3"}, "http://all:3"),
        ({"ALL_PROXY": "http://all:3", "HTTPS_PROXY": "http://one:1"}, "http://one:1"),
        ({"HTTP_PROXY": "http://one:1"}, None),
        ({"ALL_PROXY": "http://all:3", "NO_PROXY": "*"}, None),
    ],
)
def test_the_environment_names_proxies_as_everywhere(environ: dict[str, str], expected: str | None) -> None:
    """Small letters win over capital ones, the scheme's own variable over ``ALL_PROXY``."""
    assert leads(environ)(BACKEND) == expected


def test_the_setting_wins_over_the_environment() -> None:
    """For every scheme; exceptions hold for it too."""
    to = leads({"HTTPS_PROXY": "http://env:1", "NO_PROXY": "inside.test"}, "http://me:pw@set:2")
    assert [to(BACKEND), to("http://backend.test"), to("https://inside.test")] == ["http://set:2"] * 2 + [None]


@pytest.mark.parametrize("address", ["127.0.0.1:5", "127.8.8.8", "localhost:5", "a.localhost", "[::1]:5"])
@pytest.mark.parametrize("setting", [None, "http://set:2"])
def test_loopback_goes_past_every_proxy(address: str, setting: str | None) -> None:
    """The sandbox and a local model server are on this machine."""
    to = leads({"ALL_PROXY": "http://all:3", "HTTPS_PROXY": "http://one:1"}, setting)
    assert to(f"https://{address}/x") is None
    assert to(f"http://{address}/x") is None


@pytest.mark.parametrize(
    ("entry", "direct", "proxied"),
    [
        ("example.com", "www.example.com", "wwwexample.com"),
        ("example.com", "example.com", "example.org"),
        (".example.com", "www.example.com", "example.com"),
        ("*.example.com", "www.example.com", "example.com"),
        ("10.0.0.0/8", "10.1.2.3", "11.1.2.3"),
        ("10.0.0.7", "10.0.0.7", "10.0.0.8"),
        ("[fd00::]/8, odd/entry, ,x://y", "[fd12::1]", "[fe80::1]"),
        ("FD00::1", "[fd00::1]", "[fd00::2]"),
    ],
)
def test_no_proxy_names_exceptions(entry: str, direct: str, proxied: str) -> None:
    """Names with their subdomains, addresses, networks; what cannot be read is passed over."""
    to = leads({"HTTPS_PROXY": "http://one:1", "NO_PROXY": f"first.test, {entry}"})
    assert (to(f"https://{direct}/"), to(f"https://{proxied}/")) == (None, "http://one:1")


@pytest.mark.parametrize("name", ["HTTPS_PROXY", "all_proxy"])
@pytest.mark.parametrize("value", ["socks4://u:hunter2@p:1", "http://hunter2@p:no", "http://u:hunter2@"])
def test_a_proxy_that_is_none_names_its_variable_and_not_its_password(name: str, value: str) -> None:
    """An error of the request, not a crash at start."""
    pool = HttpPool(environ={name: value})
    with pytest.raises(Unreachable, match=name) as caught:
        pool.client()
    assert "hunter2" not in caught.value.for_person()
    assert caught.value.__cause__ is None


def test_socks_is_an_extra() -> None:
    """Here it is installed, as the development extra has it."""
    assert leads({"ALL_PROXY": "socks5h://me:pw@socks:1"})(BACKEND) == "socks5h://socks:1"


WITHOUT_SOCKS = """
import sys
sys.modules["socksio"] = None
from lsp_codex.backend.http import HttpPool
from lsp_codex.errors import Unreachable
try:
    HttpPool(environ={"ALL_PROXY": "socks5://u:hunter2@p:1"}).client()
except Unreachable as error:
    print(error.for_person())
"""


def test_what_socks_needs_is_named_where_it_is_missing() -> None:
    """The name of the extra, and no password."""
    done = subprocess.run([sys.executable, "-c", WITHOUT_SOCKS], capture_output=True, text=True, check=True)
    assert "lsp-codex[socks]" in done.stdout
    assert "hunter2" not in done.stdout


@pytest.mark.parametrize(
    ("platform", "environ", "expected"),
    [
        ("linux", {}, {}),
        ("darwin", {}, {"https_proxy": "http://system:1"}),
        ("win32", {"NO_PROXY": "x"}, {"https_proxy": "http://system:1", "NO_PROXY": "x"}),
        ("darwin", {"HTTPS_PROXY": "one:1"}, {"HTTPS_PROXY": "one:1"}),
    ],
)
def test_the_system_has_a_say_where_it_has_settings(
    platform: str, environ: dict[str, str], expected: dict[str, str]
) -> None:
    """macOS and Windows, unless the environment names a proxy."""
    assert with_system(environ, platform, lambda: {"https": "http://system:1"}) == expected


@pytest.mark.parametrize(
    ("settings", "environ", "named"),
    [
        (Network(ca_certificate=Path("/set.pem")), {"CODEX_CA_CERTIFICATE": "/a", "SSL_CERT_FILE": "/b"}, "/set.pem"),
        (Network(), {"CODEX_CA_CERTIFICATE": "/a.pem", "SSL_CERT_FILE": "/b.pem"}, "/a.pem"),
        (Network(), {"SSL_CERT_FILE": "/b.pem"}, "/b.pem"),
        (Network(), {"SSL_CERT_FILE": ""}, "None"),
    ],
)
def test_the_first_file_of_authorities_counts(settings: Network, environ: dict[str, str], named: str) -> None:
    """Setting, our variable, everybody's variable."""
    assert str(way_out(settings, environ).authorities) == named


@pytest.mark.parametrize("content", [None, "not a certificate"])
@pytest.mark.parametrize("how", ["setting", "CODEX_CA_CERTIFICATE", "SSL_CERT_FILE"])
def test_a_stale_file_is_named_with_who_named_it(how: str, content: str | None, tmp_path: Path) -> None:
    """Path and variable or setting; at the request, and again at the next one until it is there."""
    path = tmp_path / "ca.pem"
    if content is not None:
        path.write_text(content, encoding="utf-8")
    settings = Network(ca_certificate=path if how == "setting" else None)
    pool = HttpPool(settings=settings, environ={} if how == "setting" else {how: str(path)})
    for _ in range(2):
        with pytest.raises(Unreachable) as caught:
            pool.client()
        text = caught.value.for_person()
        assert str(path) in text
        assert ("codex.network.caCertificate" if how == "setting" else how) in text
    private_tls(tmp_path).authority.rename(path)
    assert pool.client() is not None


def test_nothing_given_means_the_authorities_of_the_system() -> None:
    """And nothing of this process's environment, which is not ours to read."""
    assert way_out(Network(), MappingProxyType({})).authorities is None


def test_who_must_be_trusted_is_trusted_beside_the_system(tmp_path: Path) -> None:
    """A private authority is one more, not the only one."""
    system = httpx2.create_ssl_context(trust_env=False).cert_store_stats()["x509_ca"]
    pool = HttpPool(settings=Network(ca_certificate=private_tls(tmp_path).authority))
    context: ssl.SSLContext = pool.client()._transport._pool._ssl_context  # type: ignore[attr-defined]  # as above
    assert context.cert_store_stats()["x509_ca"] == system + 1


HOST = "codex.test"
USER, PASSWORD = "me", "pa:ss word@hunter2"
PROXY = "http://me:pa%3Ass%20word%40hunter2@127.0.0.1"


@asynccontextmanager
async def behind_proxy(tmp_path: Path) -> AsyncIterator[tuple[SandboxCodex, str, Proxy, PrivateTls]]:
    """A sandbox that only a proxy with a password can reach, and whose certificate is of a private authority."""
    codex, tls = SandboxCodex(), private_tls(tmp_path, HOST)
    async with forward_proxy(tmp_path, USER, PASSWORD) as proxy, serve(codex, tls=tls.server, name=HOST) as address:
        yield codex, f"{address}/backend-api", proxy, tls


@pytest.mark.real_time
@pytest.mark.timeout(60)
@pytest.mark.parametrize("how", ["setting", "environment"])
async def test_a_real_proxy_and_a_private_authority(how: str, tmp_path: Path) -> None:
    """Answers over SSE and over WebSocket, models and usage, all through an authenticating proxy and TLS."""
    async with behind_proxy(tmp_path) as (codex, base, proxy, tls):
        address = f"{PROXY}:{proxy.port}"
        if how == "setting":
            pool = HttpPool(settings=Network(proxy=parse(address), ca_certificate=tls.authority))
        else:
            environ = {"HTTPS_PROXY": address, "NO_PROXY": "other.test", "CODEX_CA_CERTIFICATE": str(tls.authority)}
            pool = HttpPool(environ=environ)
        transports: tuple[Transport, ...] = ("sse", "websocket")
        for transport in transports:
            client = CodexClient(pool.client, Source(codex), base, transport=transport)
            codex.script(replies.text("through the proxy"))
            assert await client.text(ASK) == "through the proxy"
            assert codex.requests[-1].framed is (transport == "websocket")
            assert await client.models()
            assert (await client.usage()).main.plan
            await client.aclose()
        await pool.aclose()
        async with asyncio.timeout(5):
            while proxy.carried(f"CONNECT {HOST}") < 2:  # noqa: ASYNC110  (another process writes it)
                await asyncio.sleep(0.02)


@pytest.mark.real_time
@pytest.mark.timeout(60)
async def test_what_is_missing_on_the_way_is_an_error_without_the_password(tmp_path: Path) -> None:
    """A wrong password, no proxy, an unknown authority: each is said, and nothing of it shows the password."""
    async with behind_proxy(tmp_path) as (codex, base, proxy, tls):
        ways = (
            Network(proxy=parse(f"http://me:hunter2@127.0.0.1:{proxy.port}"), ca_certificate=tls.authority),
            Network(proxy=parse("http://me:hunter2@127.0.0.1:1"), ca_certificate=tls.authority),
            Network(proxy=parse(f"{PROXY}:{proxy.port}")),
            Network(ca_certificate=tls.authority),
        )
        for settings in ways:
            pool = HttpPool(settings=settings)
            client = CodexClient(pool.client, Source(codex), base, transport="websocket")
            with pytest.raises(BackendError) as caught:
                await client.text(ASK)
            assert isinstance(caught.value, Unreachable), caught.value
            assert "hunter2" not in caught.value.for_person()
            await client.aclose()
            await pool.aclose()
        assert codex.requests == []
