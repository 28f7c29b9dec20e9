"""Rules of lsp_codex/auth/pages."""

from __future__ import annotations

import re
from html.parser import HTMLParser
from typing import TYPE_CHECKING

import pytest

from lsp_codex.auth import pages
from lsp_codex.auth.tokens import Account
from lsp_codex.errors import SignInFailed, SignInFailure

if TYPE_CHECKING:
    from lsp_codex.auth.pages import Page

EVIL = "<script>alert('x')</script>\"&"


def every_page() -> list[Page]:
    """One of each, with an inserted text that tries to be markup."""
    return [
        pages.success(Account(EVIL, EVIL, "a", "u")),
        *(pages.failure(SignInFailed(reason, EVIL)) for reason in SignInFailure),
    ]


class Outline(HTMLParser):
    """Tags, and the addresses in their attributes."""

    def __init__(self) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.addresses: list[str] = []
        self.text = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.addresses += [value or "" for name, value in attrs if name in {"src", "href", "action"}]

    def handle_data(self, data: str) -> None:
        self.text += data


def outline(page: Page) -> Outline:
    """The parsed page."""
    found = Outline()
    found.feed(page.body.decode())
    return found


@pytest.mark.parametrize("page", every_page(), ids=lambda page: str(len(page.body)))
def test_inserted_text_is_escaped(page: Page) -> None:
    """Markup in an address or a description is shown, not run."""
    found = outline(page)
    assert found.tags.count("script") == 1
    assert EVIL in found.text
    assert b"<script>alert" not in page.body


@pytest.mark.parametrize("page", every_page(), ids=lambda page: str(len(page.body)))
def test_a_page_loads_nothing(page: Page) -> None:
    """No address of anything outside; the policy would not let it through either, and only our script runs."""
    assert outline(page).addresses == ["data:,"]
    assert not re.search(rb"url\(|@import|https?:", page.body)
    headers = dict(page.headers)
    policy = headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "frame-ancestors 'none'" in policy
    (nonce,) = set(re.findall(r'nonce="([^"]+)"', page.body.decode()))
    assert f"script-src 'nonce-{nonce}'" in policy
    assert (headers["Cache-Control"], headers["Referrer-Policy"]) == ("no-store", "no-referrer")


@pytest.mark.parametrize("page", every_page(), ids=lambda page: str(len(page.body)))
def test_a_page_works_everywhere(page: Page) -> None:
    """Language, phone width, light and dark, one heading; and the code leaves the address bar."""
    text = page.body.decode()
    assert '<html lang="en">' in text
    assert 'name="viewport"' in text
    assert "prefers-color-scheme: dark" in text
    assert text.index("prefers-reduced-motion: no-preference") < text.index("animation:")
    assert text.count("Codex language server") == 2  # the title and the card
    assert outline(page).tags.count("h1") == 1
    assert "history.replaceState" in text


@pytest.mark.parametrize(
    ("plan", "expected"),
    [
        ("plus", "ChatGPT Plus"),
        ("self_serve_business_prolite", "ChatGPT Self serve business prolite"),
        ("unknown", "ChatGPT"),
    ],
)
def test_success_says_who_and_which_plan(plan: str, expected: str) -> None:
    """The person sees which account it was."""
    text = outline(pages.success(Account("ada@example.invalid", plan, "a", "u"))).text
    assert "ada@example.invalid" in text
    assert expected in [line.strip() for line in text.splitlines()]


@pytest.mark.parametrize("reason", SignInFailure)
def test_a_failure_says_what_and_what_next(reason: SignInFailure) -> None:
    """Reason, detail and a next step."""
    text = outline(pages.failure(SignInFailed(reason, "the detail"))).text
    assert reason.value in text
    assert "the detail." in text
    assert ("work on" in text) == (reason is SignInFailure.NOT_SAVED)
    assert ("network" in text) == (reason is SignInFailure.UNREACHABLE)
    assert ("again from your editor" in text) == (reason is not SignInFailure.NOT_SAVED)


def test_details_are_shown_only_when_there_are_any() -> None:
    """No empty block under an error that says everything in its heading."""
    reason = SignInFailure.CANCELLED
    assert b'class="well" hidden' in pages.failure(SignInFailed(reason)).body
    assert b'class="well" hidden' not in pages.failure(SignInFailed(reason, "the detail")).body


def test_success_says_where_to_go_on() -> None:
    """One sentence what to do next."""
    text = outline(pages.success(Account("ada@example.invalid", "plus", "a", "u"))).text
    assert "You can close this tab and go back to your editor." in text
