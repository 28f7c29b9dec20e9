"""The sandbox's pages: what holds for each of them."""

from __future__ import annotations

import re
from html.parser import HTMLParser

import pytest

from lsp_codex.sandbox.pages import FOLDER, page

TEXTS = dict.fromkeys(
    ("request", "originator", "email", "plan", "redirect", "scope", "problem", "message"), "<b>&\"'</b>"
)
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
        if tag not in {"meta", "input"}:
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
    assert not {"script", "link", "img", "iframe"} & tags.keys()
    assert "width=device-width" in text
    assert "prefers-color-scheme: dark" in text
    assert "This is a sandbox on this machine." in text
    assert not re.search(r"(?:src|href)=|https?://|url\(|@import", text)


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
    headers = page("done.html", 200, message="m").headers
    assert "frame-ancestors 'none'" in headers["content-security-policy"]
    assert "default-src 'none'" in headers["content-security-policy"]
    assert headers["cache-control"] == "no-store"


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
        ("soft", "card", 4.5),
        ("note-ink", "note", 7),
        ("act-ink", "act", 7),
        ("edge", "card", 3),
        ("focus", "card", 3),
    ],
)
def test_colours_can_be_told_apart(scheme: int, front: str, back: str, least: float) -> None:
    """Text at 4.5 to 1 or better, edges of fields and the focus ring at 3 to 1, in both schemes."""
    style = (FOLDER / "style.css").read_text(encoding="utf-8")
    found = {name: re.findall(rf"--{name}: (#[0-9a-f]{{6}});", style)[scheme] for name in (front, back)}
    assert contrast(found[front], found[back]) >= least
