"""The browser's part of a sign-in: read the address, bring a code back, take the page."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import parse_qsl, urlencode, urlsplit

import httpx2

if TYPE_CHECKING:
    from lsp_codex.auth.login import Login


def asked(login: Login) -> dict[str, str]:
    """The parameters of the authorize address."""
    return dict(parse_qsl(urlsplit(login.address).query))


async def bring(login: Login, **query: str) -> httpx2.Response:
    """What the listener answers when the browser comes back with ``query`` and the right state."""
    given = asked(login)
    address = f"{given['redirect_uri']}?{urlencode({'state': given['state'], **query})}"
    async with httpx2.AsyncClient(trust_env=False, timeout=10) as browser:
        return await browser.get(address)
