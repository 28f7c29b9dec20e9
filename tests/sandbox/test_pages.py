"""The sandbox's pages: what holds for each of them."""

from __future__ import annotations

import base64
import hashlib
import re
from html.parser import HTMLParser

import pytest

from lsp_codex.auth.pages import FOLDER as SIGN_IN_PAGES
from lsp_codex.sandbox.pages import FOLDER, in_words, page
from lsp_codex.sandbox.tokens import SCOPE

EVIL = "<b>&\"'</b>"
NAMES_OF_TEXTS = ("request", "originator", "email", "plan", "redirect", "problem", "advice", "message", "tone")
TEXTS: dict[str, str | tuple[str, ...]] = {**dict.fromkeys(NAMES_OF_TEXTS, EVIL), "asked": (EVIL, EVIL)}
NAMES = sorted(path.name for path in FOLDER.glob("*.html"))


class Outline(HTMLParser):
    """Tags that were opened and closed, and the attributes seen."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.seen: list[tuple[str, dict[str, str | None]]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Void elements do not open."""
        self.seen.append((tag, dict(attrs)))
        if tag not in {"meta", "input", "link"}:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        """Every end closes the tag that was opened last."""
        assert self.open.pop() == tag


def shown(name: str) -> str:
    """The page with hostile texts in it."""
    body = page(name, 200, **TEXTS).body
    assert isinstance(body, bytes)
    return body.decode()


@pytest.mark.parametrize("name", NAMES)
def test_texts_are_escaped(name: str) -> None:
    """No inserted text becomes markup, in elements and in attributes."""
    assert "<b>" not in shown(name)
    assert "&\"'" not in shown(name)
    assert "$" not in shown(name)


@pytest.mark.parametrize("name", NAMES)
def test_pages_stand_alone_and_say_what_they_are(name: str) -> None:
    """Well-formed, in a language, readable on a phone, in light and dark, nothing loaded, nothing run."""
    text = shown(name)
    outline = Outline()
    outline.feed(text)
    assert outline.open == []
    tags = dict(outline.seen)
    assert tags["html"] == {"lang": "en"}
    assert {"main", "h1", "title"} <= tags.keys()
    assert not {"script", "img", "iframe"} & tags.keys()
    assert tags["link"] == {"rel": "icon", "href": "data:,"}  # without it a browser asks for /favicon.ico
    assert "width=device-width" in text
    assert "prefers-color-scheme: dark" in text
    assert text.index("prefers-reduced-motion: no-preference") < text.index("animation:")
    assert text.count("Codex language server") == 2  # the title and the card
    assert "This is a sandbox on this machine." in text
    assert len(re.findall(r"(?:src|href)=", text)) == 1
    assert not re.search(r"https?://|url\(|@import", text)


@pytest.mark.parametrize("name", NAMES)
def test_every_field_has_a_label(name: str) -> None:
    """A screen reader says what is asked for; hidden fields are not asked for."""
    outline = Outline()
    outline.feed(shown(name))
    labelled = {attributes.get("for") for tag, attributes in outline.seen if tag == "label"}
    fields = [attributes for tag, attributes in outline.seen if tag == "input" and attributes["type"] != "hidden"]
    assert all(field["id"] in labelled for field in fields)


def test_pages_may_not_be_framed_or_kept() -> None:
    """A page elsewhere cannot lay itself over the button; the browser keeps no copy."""
    headers = page("done.html", 200, message="m", tone="good").headers
    assert "frame-ancestors 'none'" in headers["content-security-policy"]
    assert "default-src 'none'" in headers["content-security-policy"]
    assert headers["cache-control"] == "no-store"


@pytest.mark.parametrize("name", NAMES)
def test_only_our_style_is_applied(name: str) -> None:
    """The policy names the style by its hash, so that no other has an effect."""
    answer = page(name, 200, **TEXTS)
    assert isinstance(answer.body, bytes)
    (style,) = re.findall(rb"<style>(.*?)</style>", answer.body, re.DOTALL)
    digest = base64.b64encode(hashlib.sha256(style).digest()).decode()
    assert f"style-src 'sha256-{digest}';" in answer.headers["content-security-policy"]
    assert b"style=" not in answer.body


def test_both_packages_have_one_look() -> None:
    """They may not import each other, and their pages follow one another in one tab."""
    assert (FOLDER / "style.css").read_text() == (SIGN_IN_PAGES / "style.css").read_text()


def test_what_is_asked_for_is_said_in_plain_words() -> None:
    """Each thing once, as an item of a list; a scope that nobody knows is not hidden."""
    assert not set(SCOPE.split()) & set(in_words(SCOPE))
    assert in_words("openid made.up openid") == ("Know which account you are", "made.up")
    outline = Outline()
    outline.feed(shown("consent.html"))
    assert [tag for tag, _ in outline.seen].count("li") == len(TEXTS["asked"])


def contrast(one: str, other: str) -> float:
    """The contrast of two colours by the formula of WCAG 2."""

    def luminance(colour: str) -> float:
        parts = (int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5))
        red, green, blue = (part / 12.92 if part <= 0.03928 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
        return 0.2126 * red + 0.7152 * green + 0.0722 * blue

    dark, light = sorted((luminance(one), luminance(other)))
    return (light + 0.05) / (dark + 0.05)


@pytest.mark.parametrize("scheme", [0, 1], ids=["light", "dark"])
@pytest.mark.parametrize(
    ("front", "back", "least"),
    [
        ("ink", "card", 7),
        ("ink", "well", 7),
        ("soft", "card", 4.5),
        ("soft", "ground", 4.5),
        ("soft", "well", 4.5),
        ("note", "note-back", 7),
        ("good", "good-back", 4.5),
        ("bad", "bad-back", 4.5),
        ("act-ink", "act", 7),
        ("act-ink", "act-over", 7),
        ("edge", "card", 3),
        ("focus", "card", 3),
    ],
)
def test_colours_can_be_told_apart(scheme: int, front: str, back: str, least: float) -> None:
    """Text at 4.5 to 1 or better, edges of fields and the focus ring at 3 to 1, in both schemes."""
    style = (FOLDER / "style.css").read_text(encoding="utf-8")
    found = {name: re.findall(rf"--{name}: (#[0-9a-f]{{6}});", style)[scheme] for name in (front, back)}
    assert contrast(found[front], found[back]) >= least
