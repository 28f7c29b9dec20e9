"""Addresses of proxies: what is taken, and that a password is never shown."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lsp_codex.proxy import Proxy, ProxyAddress, parse
from lsp_codex.secret import Secret


@pytest.mark.parametrize(
    ("text", "url", "credentials"),
    [
        ("http://proxy.test:3128", "http://proxy.test:3128", None),
        ("proxy.test:3128", "http://proxy.test:3128", None),
        ("https://proxy.test/", "https://proxy.test", None),
        ("socks5h://proxy.test:1080", "socks5h://proxy.test:1080", None),
        ("http://me:pa%3Ass%40@[::1]:3128", "http://[::1]:3128", ("me", "pa:ss@")),
        ("me:secret@proxy.test:3128", "http://proxy.test:3128", ("me", "secret")),
        ("http://me@proxy.test", "http://proxy.test", ("me", "")),
    ],
)
def test_what_people_write_is_taken(text: str, url: str, credentials: tuple[str, str] | None) -> None:
    """With and without a scheme, with percent signs in the password, IPv6."""
    address = parse(f"  {text} ")
    assert address.url == url
    assert address.credentials() == credentials


@pytest.mark.parametrize(
    "text",
    [
        "socks4://p:1",
        "ftp://p",
        "http://",
        "http://p:0",
        "http://p:x",
        "http://p/path",
        "http://p?x",
        "http://p q",
        ":",
    ],
)
def test_what_is_no_proxy_is_refused(text: str) -> None:
    """With an error that does not repeat it."""
    with pytest.raises(ValueError, match="not the address") as caught:
        parse(text)
    assert caught.value.__context__ is None or caught.value.__suppress_context__
    with pytest.raises(ValueError):
        Proxy().parse(text)


@given(st.text(min_size=1))
def test_a_password_is_in_no_representation(password: str) -> None:
    """Whoever prints settings prints no password; equal addresses are equal."""
    address = ProxyAddress("http://proxy.test", "me", Secret(password + "hunter2"))
    assert "hunter2" not in repr(address) + str(address)
    assert address == ProxyAddress("http://proxy.test", "me", Secret(password + "hunter2"))


@pytest.mark.parametrize("value", [None, 5, "", "  ", [], True])
def test_other_values_are_refused(value: object) -> None:
    """It is a text or nothing."""
    with pytest.raises(ValueError):
        Proxy().parse(value)
