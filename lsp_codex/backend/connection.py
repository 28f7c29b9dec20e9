"""How we stand on httpx2: the settings of the client, and BearerAuth; importing this imports httpx2 (55 ms)."""

from __future__ import annotations

import platform
import ssl
from http.cookiejar import CookieJar, DefaultCookiePolicy
from typing import TYPE_CHECKING

import httpx2

from lsp_codex import __version__
from lsp_codex.errors import Unreachable

if TYPE_CHECKING:
    import urllib.request
    from collections.abc import AsyncGenerator
    from http.cookiejar import Cookie

    from lsp_codex.credentials import CredentialSource

ORIGINATOR = "lsp_codex"

LOOPBACK = ("all://127.0.0.1", "all://localhost", "all://[::1]")


def build(transport: httpx2.AsyncBaseTransport | None = None) -> httpx2.AsyncClient:
    """The client: HTTP/1.1, as closing the connection is how a stream is cancelled; loopback goes past any proxy.

    Raises :class:`~lsp_codex.errors.Unreachable` when the proxy or certificate variables cannot be used.
    """
    try:
        return httpx2.AsyncClient(
            transport=transport,
            mounts={} if transport else dict.fromkeys(LOOPBACK),
            headers={"user-agent": user_agent(), "originator": ORIGINATOR},
            cookies=CookieJar(policy=_CloudflareCookies()),
            # No limit for reading: a model may think for long, and who reads has a watchdog (failures.guarded).
            timeout=httpx2.Timeout(connect=10, write=30, pool=5, read=None),
            # Longer than a pause of thought at the keyboard: the next keystroke then needs no new handshake.
            limits=httpx2.Limits(max_connections=20, max_keepalive_connections=5, keepalive_expiry=120),
            follow_redirects=False,
        )
    except ssl.SSLError as error:
        raise Unreachable("The certificates that SSL_CERT_FILE or SSL_CERT_DIR names cannot be read") from error
    except (OSError, ValueError, ImportError, httpx2.InvalidURL) as error:
        # The text of the error may repeat a proxy's password.
        raise Unreachable("The proxy or certificate settings of the environment cannot be used") from error


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


class _CloudflareCookies(DefaultCookiePolicy):
    """Only the cookies of Cloudflare itself, as the reference client keeps them (spec/backend.md 1.1)."""

    names = frozenset({"__cf_bm", "__cflb", "__cfruid", "_cfuvid", "cf_clearance"})

    def set_ok(self, cookie: Cookie, request: urllib.request.Request) -> bool:
        return cookie.name in self.names and request.type == "https" and super().set_ok(cookie, request)
