"""Pages: found by their addresses, in every form that clients write them, until there are too many."""

from __future__ import annotations

import pytest

from lsp_codex.server.pages import MOST, Pages


def test_a_page_is_found_by_its_address() -> None:
    """Also where a client has put the slashes of an empty host into it; no other address leads to it."""
    pages = Pages()
    uri = pages.put("Fix all “F821” in this file", "text")
    assert uri.endswith("/Fix-all-F821-in-this-file.md")
    for each in (uri, uri.replace("codex:/", "codex:///", 1)):
        assert pages.text(each) == "text"
    for each in ("", "codex:/pages/1/x.md", uri.replace("codex:", "file:"), f"{uri}/x", uri[:-30] + "/../x.md"):
        assert pages.text(each) is None


@pytest.mark.parametrize("name", ["", "…", "日本"])
def test_every_page_has_a_name(name: str) -> None:
    """Whatever the action is called."""
    assert Pages().put(name, "").endswith("/answer.md")


def test_the_oldest_goes() -> None:
    """A session of weeks does not keep every answer."""
    pages = Pages()
    uris = [pages.put("x", str(number)) for number in range(MOST + 1)]
    assert [pages.text(uri) for uri in uris] == [None, *map(str, range(1, MOST + 1))]
