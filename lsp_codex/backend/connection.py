"""How we stand on httpx2: the settings of the client, and BearerAuth; importing this imports httpx2 (55 ms)."""

from __future__ import annotations

import logging
import platform
import ssl
from http.cookiejar import CookieJar, DefaultCookiePolicy
from typing import TYPE_CHECKING

import httpx2

from lsp_codex import __version__
from lsp_codex.backend import dialling
from lsp_codex.backend.network import way_out
from lsp_codex.config import Network
from lsp_codex.errors import Unreachable

if TYPE_CHECKING:
    import urllib.request
    from collections.abc import AsyncGenerator
    from http.cookiejar import Cookie

    from lsp_codex.backend.network import WayOut
    from lsp_codex.credentials import CredentialSource
    from lsp_codex.proxy import ProxyAddress

log = logging.getLogger(__name__)

ORIGINATOR = "lsp_codex"

LIMITS = httpx2.Limits(
    # Longer than a pause of thought at the keyboard: the next keystroke then needs no new handshake.
    max_connections=20,
    max_keepalive_connections=5,
    keepalive_expiry=120,
)


def build(transport: httpx2.AsyncBaseTransport | None = None, out: WayOut | None = None) -> httpx2.AsyncClient:
    """The client: HTTP/1.1, as closing the connection is how a stream is cancelled.

    Raises :class:`~lsp_codex.errors.Unreachable` when proxy or certificates cannot be used, and says who named them.
    """
    out = out or way_out(Network(), {})
    if transport is None:
        context = _context(out)
        mounts = _mounts(out, context)
        transport = dialling.give(httpx2.AsyncHTTPTransport(verify=context, limits=LIMITS, trust_env=False))
    else:
        mounts = {}
    try:
        return httpx2.AsyncClient(
            transport=transport,
            mounts=mounts,
            headers={"user-agent": user_agent(), "originator": ORIGINATOR},
            cookies=CookieJar(policy=_CloudflareCookies()),
            # No limit for reading: a model may think for long, and who reads has a watchdog (failures.guarded).
            timeout=httpx2.Timeout(connect=10, write=30, pool=5, read=None),
            follow_redirects=False,
        )
    except (ValueError, ImportError, httpx2.InvalidURL) as error:
        # The text of the error may repeat a proxy's password.
        raise Unreachable("The proxy settings of the system cannot be used") from error


def _context(out: WayOut) -> ssl.SSLContext:
    """The system's authorities and those of the user's file."""
    context = httpx2.create_ssl_context(trust_env=False)
    if out.authorities is not None:
        try:
            context.load_verify_locations(cafile=out.authorities)
        except ssl.SSLError as error:
            what = f"{out.authorities}, which {out.named_by} names, holds no certificates that can be read (PEM)"
            raise Unreachable(what) from error
        except (OSError, ValueError) as error:  # ValueError: a NUL in the path
            why = (isinstance(error, OSError) and error.strerror) or type(error).__name__
            what = f"The certificates in {out.authorities}, which {out.named_by} names, cannot be read: {why}"
            raise Unreachable(what) from error
    return context


def _mounts(out: WayOut, context: ssl.SSLContext) -> dict[str, httpx2.AsyncBaseTransport | None]:
    """A transport for every proxy; None is the direct one."""
    made: dict[str, httpx2.AsyncBaseTransport | None] = {}
    for pattern, proxy in out.proxies.items():
        if proxy is None:
            if _readable(pattern):
                made[pattern] = None
            continue
        try:
            address = httpx2.Proxy(proxy.url, auth=proxy.credentials(), ssl_context=_proxy_context(proxy, context))
            behind = httpx2.AsyncHTTPTransport(verify=context, limits=LIMITS, trust_env=False, proxy=address)
            made[pattern] = dialling.give(behind)
        except ImportError as error:
            what = f"The SOCKS proxy {proxy.url} needs one package more: install lsp-codex[socks]"
            raise Unreachable(what) from error
        except (ValueError, httpx2.InvalidURL) as error:
            raise Unreachable(f"The proxy {proxy.url} cannot be used") from error
    return made


def _readable(pattern: str) -> bool:
    """Whether an exception can be used; one that cannot must not cost all the others, and the connection."""
    try:
        httpx2.URL(pattern)
    except (ValueError, httpx2.InvalidURL):
        log.warning("an entry of NO_PROXY cannot be read and is left out")
        return False
    return True


def _proxy_context(proxy: ProxyAddress, context: ssl.SSLContext) -> ssl.SSLContext | None:
    return context if proxy.url.startswith("https:") else None


def user_agent() -> str:
    """``lsp_codex/VERSION (OS; architecture) python/3.x``: honest about who asks."""
    major, minor, _ = platform.python_version_tuple()
    system = f"{platform.system() or 'unknown'}; {platform.machine() or 'unknown'}"
    return f"{ORIGINATOR}/{__version__} ({system}) python/{major}.{minor}"


class BearerAuth(httpx2.Auth):
    """Puts the credential of ``source`` on a request; after a 401 renews it once and asks again.

    A credential that is refused although it was just renewed is dead; the source is told, and gives it no more.
    """

    def __init__(self, source: CredentialSource) -> None:
        self._source = source

    async def async_auth_flow(self, request: httpx2.Request) -> AsyncGenerator[httpx2.Request, httpx2.Response]:
        """One or two sendings. Raises what the source raises."""
        credential = await self._source.credential()
        request.headers.update(credential.headers())
        response = yield request
        if response.status_code != 401:
            return
        renewed = await self._source.renew(credential)
        request.headers.update(renewed.headers())
        response = yield request
        if response.status_code == 401:
            await self._source.reject(renewed)


class UnrenewedAuth(httpx2.Auth):
    """As :class:`BearerAuth`, but a 401 is the answer: nobody is asked for another credential because of it."""

    def __init__(self, source: CredentialSource) -> None:
        self._source = source

    async def async_auth_flow(self, request: httpx2.Request) -> AsyncGenerator[httpx2.Request, httpx2.Response]:
        """One sending. Raises what the source raises."""
        request.headers.update((await self._source.credential()).headers())
        yield request


class _CloudflareCookies(DefaultCookiePolicy):
    """Only the cookies of Cloudflare itself, as the reference client keeps them (spec/backend.md 1.1)."""

    names = frozenset({"__cf_bm", "__cflb", "__cfruid", "_cfuvid", "cf_clearance"})

    def set_ok(self, cookie: Cookie, request: urllib.request.Request) -> bool:
        return cookie.name in self.names and request.type == "https" and super().set_ok(cookie, request)
