"""The browser's part of a sandbox sign-in, without a browser: read the consent page, agree, follow on."""

from __future__ import annotations

from html.parser import HTMLParser
from urllib.parse import urljoin


class ConsentFailed(Exception):
    """The sign-in did not reach the success page; says where it stopped."""


async def agree(auth_url: str) -> None:
    """Do what a person does on the sandbox's consent page at ``auth_url``. Raises :class:`ConsentFailed`.

    Only for the sandbox: the real issuer asks a person.
    """
    import httpx2

    async with httpx2.AsyncClient(follow_redirects=True, trust_env=False, timeout=10) as browser:
        page = await browser.get(auth_url)
        form = _Form()
        form.feed(page.text)
        if form.action is None:
            raise ConsentFailed(f"no consent form at the sandbox ({page.status_code})")
        answer = await browser.post(urljoin(str(page.url), form.action), data=form.fields)
        if answer.status_code != 200:
            raise ConsentFailed(f"the callback answered {answer.status_code}")


class _Form(HTMLParser):
    """The first form of a page: where it goes, its hidden fields and its first named button."""

    def __init__(self) -> None:
        super().__init__()
        self.action: str | None = None
        self.fields: dict[str, str] = {}
        self._button = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if tag == "form" and self.action is None:
            self.action = given.get("action", "")
        elif tag == "input" and given.get("type") == "hidden":
            self.fields[given["name"]] = given.get("value", "")
        elif tag == "button" and "name" in given and not self._button:
            self._button = True
            self.fields[given["name"]] = given.get("value", "")
