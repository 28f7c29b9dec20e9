"""No object of ours shows a credential when it is printed; what leaves the program ``harness/leaks.py`` hears."""

from __future__ import annotations

import asyncio
import gc
import reprlib
from typing import TYPE_CHECKING, Any

import pytest

from lsp_codex.auth.tokens import ApiKey, Tokens
from lsp_codex.sandbox.codex import SandboxCodex
from lsp_codex.secret import Secret
from lsp_codex.terminal import consent
from tests.auth.backends import SmallKeyring, WorkingKeyring
from tests.harness import sentinels
from tests.harness.accounts import FakeAccount
from tests.harness.ports import free_ports
from tests.harness.site import editing_at_site

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.harness.editor import FakeEditor


def ours() -> Iterator[Any]:
    """Every living object of our classes and every task; the sandbox plays the service, which may know its tokens."""
    for each in gc.get_objects():
        module = type(each).__module__
        if isinstance(each, asyncio.Future) or (module.startswith("lsp_codex") and ".sandbox" not in module):
            yield each


def shown() -> dict[str, list[str]]:
    """What shows in the ``repr`` of which class."""
    printed = [(type(each).__qualname__, sentinels.found(repr(each))) for each in ours()]
    return {name: found for name, found in printed if found}


async def ended(editor: FakeEditor) -> None:
    """The running sign-in is over."""
    done = [("account/login/completed", True)]
    await editor.eventually(
        lambda: done == [(m, p["success"]) for m, p in editor.client.notifications if m == done[0][0]][-1:]
    )


async def in_the_browser(editor: FakeEditor) -> None:
    """Signed in, ghost text asked for, the token renewed, and the next attempt waits with its verifier."""
    await consent.agree((await editor.run("codex.signIn"))["authUrl"])
    await ended(editor)
    editor.open("x = ┃\n")
    await editor.complete()
    await editor.run("codex.signIn")


async def with_a_device_code(editor: FakeEditor) -> None:
    """The attempt is polling."""
    await editor.run("codex.signIn", {"method": "deviceCode"})


async def with_a_key(editor: FakeEditor) -> None:
    """An API key is kept."""
    await editor.run("codex.signIn", {"method": "apiKey", "apiKey": "sk-fake-1"})


WAYS = {
    "browser": (in_the_browser, {"Secret", "Tokens", "Pkce", "SignedIn", "Login", "BrowserWay", "AuthManager"}),
    "device code": (with_a_device_code, {"Login", "DeviceWay", "AuthManager"}),
    "API key": (with_a_key, {"Secret", "ApiKey", "AuthManager"}),
}


@pytest.mark.real_time
@pytest.mark.parametrize("store", ["file", "keyring", "small keyring", "ephemeral"])
@pytest.mark.parametrize("way", WAYS)
async def test_nothing_that_lives_shows_a_credential(way: str, store: str, tmp_path: Path) -> None:
    """Whatever way somebody signed in and wherever it is kept: printing any object, or any task, is harmless."""
    keyring = SmallKeyring() if store.startswith("small") else WorkingKeyring()
    ports = free_ports()
    codex = SandboxCodex(redirect_ports=ports)
    auth = {"home": str(tmp_path / "login"), "store": store.removeprefix("small ")}
    parts: dict[str, Any] = {"store": None, "open_keyring": lambda: keyring, "ports": ports}
    go, expected = WAYS[way]
    async with editing_at_site(codex, options={"auth": auth}, **parts) as editor:
        await go(editor)
        codex.expire_access_tokens()
        assert shown() == {}
        classes = {type(each).__qualname__ for each in ours()}
        assert expected <= classes, expected - classes
    asked = "".join(f"{request.path} {request.body!r} {dict(request.headers)}" for request in codex.requests)
    assert way != "browser" or {kind[:2] for kind in sentinels.found(asked)} >= {"co", "s3", "ey"}, "they were there"


def test_the_look_at_living_objects_can_fail() -> None:
    """An object that prints its token is found."""

    class Careless(Secret):
        def __repr__(self) -> str:
            return self.reveal()

    Careless.__module__ = "lsp_codex.careless"
    kept = Careless("rt-fake-1")
    assert [found for name, found in shown().items() if name.endswith("Careless")] == [["rt-fake-1"]]
    del kept


@pytest.mark.parametrize("value", [FakeAccount().tokens(), ApiKey(Secret("sk-fake-1"))])
def test_a_kept_login_shows_nothing(value: Tokens | ApiKey) -> None:
    """In no form of printing, short or long."""
    assert sentinels.found(f"{value} {value!r} {reprlib.repr(value)} {[value]}") == []
