"""A browser for sign-in pages: opens an address, presses the form's button, follows the way back."""

from __future__ import annotations

from html.parser import HTMLParser
from urllib.parse import urljoin

import httpx2


class _FirstForm(HTMLParser):
    """The first form of a page: where it goes, how, and what it would send when its first button is pressed."""

    def __init__(self) -> None:
        super().__init__()
        self.action: str | None = None
        self.method = "get"
        self.fields: dict[str, str] = {}
        self._pressed = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if tag == "form" and self.action is None:
            self.action = given.get("action", "")
            self.method = given.get("method", "get").lower()
        elif tag in {"input", "button"} and self.action is not None and "name" in given:
            button = tag == "button" or given.get("type") == "submit"
            choice = given.get("type") in {"radio", "checkbox"}
            if (button and self._pressed) or (choice and "checked" not in given):
                return
            self._pressed = self._pressed or button
            self.fields.setdefault(given["name"], given.get("value", ""))


async def approve(address: str) -> httpx2.Response:
    """Open the authorize ``address``, consent, and follow the redirect to the callback; answers its last page."""
    async with httpx2.AsyncClient(follow_redirects=True, timeout=10.0, trust_env=False) as client:
        page = await client.get(address)
        page.raise_for_status()
        form = _FirstForm()
        form.feed(page.text)
        assert form.action is not None, f"no form on the page of {page.url}: {page.text[:400]}"
        target = urljoin(str(page.url), form.action)
        if form.method == "post":
            done = await client.post(target, data=form.fields)
        else:
            done = await client.get(target, params=form.fields)
        done.raise_for_status()
        return done
