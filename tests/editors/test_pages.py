"""The pages of the sign-in and of the sandbox, in a real browser: read, seen, reached and used by keyboard alone."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Literal

import pytest
from playwright.async_api import async_playwright

from lsp_codex.auth import pages
from lsp_codex.auth.login import Method
from lsp_codex.auth.tokens import Account
from lsp_codex.errors import SignInFailed, SignInFailure
from lsp_codex.sandbox.pages import in_words, page
from lsp_codex.sandbox.tokens import SCOPE
from lsp_codex.terminal.account import opened
from lsp_codex.terminal.site import open_site
from tests.editors.driver.vscode import CHROMIUM

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Mapping
    from pathlib import Path

    from playwright.async_api import Browser, Page

pytestmark = [pytest.mark.editors, pytest.mark.real_time, pytest.mark.timeout(90, func_only=True)]

LONG = "a-name-without-any-place-to-break-it." * 4
CONSENT = {"request": "r", "originator": "lsp_codex", "email": f"{LONG}@sandbox.invalid", "plan": "Plus"}
SCHEMES: tuple[Literal["light", "dark"], ...] = ("light", "dark")
WIDTHS = (320, 900)

# Of every text: what it says, its colour, and the first ground behind it that is not transparent.
_TEXTS = """() => {
  const rgb = value => value.match(/[\\d.]+/g).map(Number);
  const ground = element => {
    for (; element; element = element.parentElement) {
      const found = rgb(getComputedStyle(element).backgroundColor);
      if (found.length < 4 || found[3] > 0) return found.slice(0, 3);
    }
    return [255, 255, 255];
  };
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT), texts = [];
  while (walker.nextNode()) {
    const text = walker.currentNode.data.trim(), at = walker.currentNode.parentElement;
    if (!text || ["STYLE", "SCRIPT"].includes(at.tagName) || !at.checkVisibility()) continue;
    texts.push([text, rgb(getComputedStyle(at).color).slice(0, 3), ground(at)]);
  }
  for (const field of document.querySelectorAll("input[placeholder]"))
    texts.push([field.placeholder, rgb(getComputedStyle(field, "::placeholder").color).slice(0, 3), ground(field)]);
  return texts;
}"""

# Of what has the focus: its name, and the outline that shows it with the ground it is drawn on.
_FOCUS = """() => {
  const at = document.activeElement, style = getComputedStyle(at);
  if (at === document.body) return null;
  const rgb = value => value.match(/[\\d.]+/g).map(Number).slice(0, 3);
  const card = rgb(getComputedStyle(document.querySelector("main")).backgroundColor);
  const name = at.labels?.[0]?.innerText ?? at.innerText;
  return [name, style.outlineStyle, parseFloat(style.outlineWidth), rgb(style.outlineColor), card];
}"""


def every_page() -> dict[str, tuple[int, Mapping[str, str], bytes]]:
    """Status, headers and body of each page, with texts as long as they get."""
    sandbox = {
        "consent": page("consent.html", 200, **CONSENT, redirect="127.0.0.1:1455", asked=in_words(SCOPE)),
        "device": page("device.html", 200),
        "done": page("done.html", 200, message="You are signed in to the sandbox", tone="good"),
        "cancelled": page("done.html", 200, message="You did not sign in", tone="calm"),
        "sandbox-error": page("error.html", 400, problem=f"the request has no {LONG}", advice="Start again."),
    }
    sign_in = {
        "success": pages.success(Account(f"{LONG}@example.invalid", "plus", "a", "u")),
        **{reason.name: pages.failure(SignInFailed(reason, LONG)) for reason in SignInFailure},
    }
    made: dict[str, tuple[int, Mapping[str, str], bytes]] = {}
    for name, answer in sandbox.items():
        assert isinstance(answer.body, bytes)
        made[name] = (answer.status, answer.headers, answer.body)
    return made | {name: (200, dict(each.headers), each.body) for name, each in sign_in.items()}


PAGES = every_page()


@asynccontextmanager
async def served() -> AsyncIterator[str]:
    """The address under which each page stands by its name, with the headers that it is given."""

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        asked = (await reader.readuntil(b"\r\n\r\n")).split()[1].decode().strip("/")
        status, headers, body = PAGES.get(asked, (200, {}, b""))  # a page writes its address anew
        head = {**headers, "Content-Length": str(len(body)), "Connection": "close"}
        lines = [f"HTTP/1.1 {status} Said", *(f"{name}: {value}" for name, value in head.items())]
        writer.write("\r\n".join([*lines, "", ""]).encode() + body)
        await writer.drain()
        writer.close()

    async with await asyncio.start_server(answer, "127.0.0.1", 0) as server:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"


@asynccontextmanager
async def browsing(chromium: Path) -> AsyncIterator[Browser]:
    """A browser that reaches nothing but this machine."""
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=chromium, args=CHROMIUM)
        try:
            yield browser
        finally:
            await browser.close()


def contrast(one: list[float], other: list[float]) -> float:
    """The contrast of two colours by the formula of WCAG 2."""

    def luminance(colour: list[float]) -> float:
        parts = [value / 255 for value in colour]
        red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
        return 0.2126 * red + 0.7152 * green + 0.0722 * blue

    dark, light = sorted((luminance(one), luminance(other)))
    return (light + 0.05) / (dark + 0.05)


async def test_every_text_can_be_read(chromium: Path) -> None:
    """Contrast of at least 4.5 as the browser has it, in light and dark; nothing is wider than a small phone."""
    weak, wide = [], []
    async with served() as address, browsing(chromium) as browser:
        for scheme in SCHEMES:
            tab = await browser.new_page(color_scheme=scheme, reduced_motion="reduce")
            for name in PAGES:
                await tab.goto(f"{address}/{name}")
                texts = await tab.evaluate(_TEXTS)
                assert len(texts) > 4, name
                weak += [(name, scheme, text) for text, front, back in texts if contrast(front, back) < 4.5]
                for width in WIDTHS:
                    await tab.set_viewport_size({"width": width, "height": 700})
                    needed = await tab.evaluate("document.documentElement.scrollWidth")
                    wide += [(name, width, needed)] * (needed > width)
            await tab.close()
    assert not weak
    assert not wide


async def focused(tab: Page) -> list[str]:
    """The names of what Tab reaches, in its order; each shows that it has the focus."""
    names = []
    for _ in range(10):
        found = await tab.evaluate(_FOCUS)
        if found is not None:
            name, style, width, colour, ground = found
            if name in names:
                break
            names.append(name)
            assert style == "solid", name
            assert width >= 2, name
            assert contrast(colour, ground) >= 3, name
        await tab.keyboard.press("Tab")
    return names


@pytest.mark.parametrize("scheme", SCHEMES)
async def test_the_focus_is_seen_and_goes_its_way(scheme: Literal["light", "dark"], chromium: Path) -> None:
    """From the field, which has it at once, to the buttons; a page without controls catches no focus."""
    async with served() as address, browsing(chromium) as browser:
        tab = await browser.new_page(color_scheme=scheme)
        found = {}
        for name in ("consent", "device", "done", "success"):
            await tab.goto(f"{address}/{name}")
            # The browser gives it with the first frame, which may come after the page.
            await tab.wait_for_function("document.querySelector('[autofocus]:not(:focus)') === null")
            found[name] = await focused(tab)
    assert found == {
        "consent": ["Continue", "Cancel"],
        "device": ["One-time code", "Continue", "Cancel"],
        "done": [],
        "success": [],
    }


async def test_every_page_says_what_it_is(chromium: Path) -> None:
    """Title, language, one main part with one heading of the first rank; nothing is loaded and nothing refused."""
    complaints: list[str] = []
    async with served() as address, browsing(chromium) as browser:
        tab = await browser.new_page()
        tab.on("console", lambda message: complaints.append(message.text))
        for name in PAGES:
            await tab.goto(f"{address}/{name}")
            assert await tab.evaluate("document.documentElement.lang") == "en", name
            assert "Codex language server" in await tab.title(), name
            assert await tab.get_by_role("main").count() == 1, name
            assert await tab.get_by_role("heading", level=1).count() == 1, name
            assert await tab.evaluate("performance.getEntriesByType('resource').length") == 0, name
    refused = [text for text in complaints if "Failed to load resource" not in text]  # the status of an error page
    assert refused == []


async def test_nothing_moves_for_who_wants_no_motion(chromium: Path) -> None:
    """The card arrives with a short movement, unless the system says that there should be none."""
    async with served() as address, browsing(chromium) as browser:
        counts = {}
        for motion in ("reduce", "no-preference"):
            tab = await browser.new_page(reduced_motion="reduce" if motion == "reduce" else "no-preference")
            for name in ("consent", "success"):
                await tab.goto(f"{address}/{name}")
                moving = "document.getAnimations().length + getComputedStyle(document.querySelector('main'))"
                moving += ".animationName"
                counts[motion, name] = await tab.evaluate(moving)
    assert counts["reduce", "consent"] == counts["reduce", "success"] == "0none"
    assert counts["no-preference", "consent"].endswith("arrive")
    assert counts["no-preference", "success"].endswith("arrive")


@pytest.mark.shows_secrets("playwright tells where the browser goes, the code of the callback included")
async def test_a_whole_sign_in_by_keyboard(chromium: Path, tmp_path: Path) -> None:
    """Tab and Enter: consent, the way back, who is signed in; the code does not stay in the address bar."""
    async with open_site() as site, browsing(chromium) as browser:
        environ = {"LSP_CODEX_ISSUER": site.address, "LSP_CODEX_HOME": str(tmp_path / "home")}
        async with opened(environ) as place:
            login = await place.manager.start_login(Method.BROWSER)
            tab = await browser.new_page()
            await tab.goto(login.address)
            await tab.keyboard.press("Tab")
            await tab.keyboard.press("Enter")
            await tab.get_by_role("heading", name="You are signed in").wait_for()
            account = await login.wait()
            assert account.email is not None
            assert account.email in await tab.get_by_role("main").inner_text()
            assert tab.url.endswith("/success")
