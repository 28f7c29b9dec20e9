"""A person at a browser: what they do on the sandbox's pages, and where they end up, without a browser."""

from __future__ import annotations

import re
from urllib.parse import parse_qsl, urlencode, urlsplit

import httpx2


def redirect_of(auth_url: str) -> str:
    """Where the authorize address wants the browser to come back."""
    return dict(parse_qsl(urlsplit(auth_url).query))["redirect_uri"]


def state_of(auth_url: str) -> str:
    """The ``state`` of the authorize address."""
    return dict(parse_qsl(urlsplit(auth_url).query))["state"]


async def comes_back(auth_url: str, **query: str) -> httpx2.Response:
    """The browser comes back with ``query``, by default with the right state."""
    given = {"state": state_of(auth_url), **query}
    async with httpx2.AsyncClient(trust_env=False, timeout=10) as browser:
        return await browser.get(f"{redirect_of(auth_url)}?{urlencode(given)}")


async def decides(auth_url: str, decision: str) -> str:
    """Press ``continue`` or ``cancel`` on the sandbox's consent page; the address the browser is sent back to."""
    async with httpx2.AsyncClient(trust_env=False, timeout=10) as browser:
        page = await browser.get(auth_url)
        asked = re.search(r'name="request" value="([^"]+)"', page.text)
        assert asked is not None, page.text
        consent = httpx2.URL(auth_url).join("/oauth/authorize/consent")
        answer = await browser.post(consent, data={"request": asked[1], "decision": decision})
        return answer.headers["location"]


async def enters(verification_url: str, user_code: str, decision: str = "continue") -> None:
    """Enter a device code on the sandbox's page."""
    async with httpx2.AsyncClient(trust_env=False, timeout=10) as browser:
        answer = await browser.post(verification_url, data={"user_code": user_code, "decision": decision})
        assert answer.status_code == 200, answer.text
