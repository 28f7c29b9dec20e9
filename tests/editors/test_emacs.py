"""editors/emacs in the real Emacs, with Eglot and with lsp-mode: what is typed, seen and accepted there."""

from __future__ import annotations

import os
import re
import signal
from typing import TYPE_CHECKING
from urllib.parse import parse_qs, urlsplit

import pytest

from lsp_codex.sandbox.codex import SandboxCodex
from lsp_codex.sandbox.loopback import serve
from lsp_codex.sandbox.replies import Stream, pieces
from tests.editors.driver.browser import approve
from tests.editors.driver.desk import endpoints, listens
from tests.editors.driver.emacs import EXAMPLES, Emacs, emacs
from tests.editors.driver.run import eventually
from tests.editors.test_neovim import SAID, TYPED
from tests.harness.person import decides, enters

if TYPE_CHECKING:
    from collections.abc import Callable
    from contextlib import AbstractAsyncContextManager

    from tests.editors.driver.desk import Desk
    from tests.editors.driver.emacs import EmacsPrograms

    Start = Callable[..., AbstractAsyncContextManager[Emacs]]

pytestmark = [pytest.mark.editors, pytest.mark.real_time, pytest.mark.timeout(90, func_only=True)]


@pytest.fixture
def start(emacs_programs: EmacsPrograms, desk: Desk) -> Start:
    """Opens a file with a text in Emacs, configured by examples one after the other, and with more environment."""

    def started(*examples: str, text: str = "", **more: str) -> AbstractAsyncContextManager[Emacs]:
        init = "".join((EXAMPLES / example).read_text() for example in examples)
        return emacs(emacs_programs, desk, init, "area.py", more, text)

    return started


async def says(editor: Emacs, lighter: str) -> bool:
    """Whether the mode line's word for Codex is ``lighter``."""
    return await editor.lighter() == lighter


CLIENTS = pytest.mark.parametrize("client", ["eglot.el", "lsp-mode.el"])


async def opened(editor: Emacs, client: str) -> None:
    """Wait until Codex serves the file, as a person does: lsp-mode asks about each new project."""
    if client == "lsp-mode.el":
        await editor.seen("Select action:")
        await editor.terminal.press("i")  # import it
    await editor.attached()


async def sign_in(editor: Emacs) -> str:
    """Start a sign-in by its command; answers the address that a browser was asked to open."""
    await editor.command("lsp-codex-sign-in")
    return await eventually(editor.desk.asked_to_open, "a browser is asked to open the address")


@CLIENTS
async def test_sign_in_type_see_accept_sign_out(start: Start, client: str) -> None:
    """A person signs in from Emacs, types, sees ghost text on the screen, takes it with TAB, and signs out."""
    codex = SandboxCodex()
    codex.script(Stream(pieces(SAID), per_delta=0.01))
    async with serve(codex) as address, start(client, **endpoints(address)) as editor:
        await opened(editor, client)
        await eventually(lambda: says(editor, "Codex[signed out]"), "the mode line says that nobody is signed in")

        authorize = await sign_in(editor)
        await editor.seen("Continue in your browser")
        screen = await editor.capture("1-signing-in")
        assert authorize[:60] in screen, "the address can also be read on the screen"
        await approve(authorize)
        await eventually(lambda: says(editor, "Codex"), "signed in")
        assert codex.person.email in await editor.messages()
        assert authorize[:60] not in await editor.terminal.screen(), "the window with the address has closed"

        await editor.terminal.type(TYPED)
        await editor.seen(SAID.splitlines()[1])
        screen = await editor.capture("2-ghost")
        for line in SAID.splitlines():
            assert line in screen, "the whole suggestion is on the screen"
        assert await editor.text() == TYPED + "    ", "ghost text is not in the buffer"

        await editor.terminal.press("Tab")
        await eventually(lambda: same(editor, TYPED + "    " + SAID), "the buffer holds the accepted text")
        await editor.capture("3-accepted")

        await editor.command("lsp-codex-status")
        await editor.seen(f"signed in as {codex.person.email}")
        await editor.capture("4-status")
        await editor.command("lsp-codex-sign-out")
        await eventually(lambda: says(editor, "Codex[signed out]"), "signed out")
        await eventually(editor.desk.signed_out, "the login is deleted")
        await editor.capture("5-signed-out")
        assert "Keyword argument" not in await editor.messages(), "jsonrpc.el knows every member that we send"


async def same(editor: Emacs, text: str) -> bool:
    """Whether the buffer is ``text``."""
    return await editor.text() == text


async def test_the_sandbox_without_an_account(start: Start) -> None:
    """The README's sandbox line: ghost text dismissed, asked for, typed through, taken by word; usage and models."""
    async with start("sandbox.el", "eglot.el") as editor:
        await editor.attached()
        await editor.terminal.type(TYPED)
        ghost = await eventually(lambda: editor.ask(REST), "ghost text")
        before = await editor.text()
        await editor.terminal.press("C-g")
        await eventually(lambda: no_ghost(editor), "it is dismissed")
        await editor.command("lsp-codex-ghost-suggest")
        assert await eventually(lambda: editor.ask(REST), "it comes again when asked for") == ghost
        await editor.terminal.type(ghost[:2])
        await eventually(lambda: rests(editor, ghost[2:]), "what is typed is no longer suggested")
        await editor.terminal.press("M-f")
        await eventually(lambda: longer(editor, before + ghost[:2]), "a word is taken")
        await editor.capture("word")
        await editor.terminal.press("Tab")
        await eventually(lambda: same(editor, before + ghost), "all of it is there, once")
        assert not editor.desk.opened.exists()
        await editor.command("lsp-codex-status")
        await editor.seen("Codex (sandbox): signed in as")
        await editor.command("lsp-codex-usage")
        await editor.seen("% used, anew on")
        await editor.command("lsp-codex-models")
        await editor.seen("For ghost text: gpt-6-luna", "efforts:")
        await editor.capture("models")


REST = "(and lsp-codex-ghost--overlay (lsp-codex-ghost--rest))"


async def no_ghost(editor: Emacs) -> bool:
    """Whether nothing is suggested."""
    return not await editor.ask(REST)


async def rests(editor: Emacs, text: str) -> bool:
    """Whether ``text`` is what is suggested now."""
    return bool(await editor.ask(REST) == text)


async def longer(editor: Emacs, text: str) -> bool:
    """Whether the buffer begins with ``text`` and has more."""
    now = await editor.text()
    return now.startswith(text) and len(now) > len(text)


async def test_a_device_code_can_be_read_and_entered(start: Start) -> None:
    """Page, code and warning stand in a window that closes by itself once somebody is signed in."""
    codex = SandboxCodex(device_interval=1)
    async with serve(codex) as address, start("eglot.el", **endpoints(address)) as editor:
        await editor.attached()
        await editor.command("lsp-codex-sign-in-with-code")
        screen = await editor.seen(f"{address}/codex/device", "give it to nobody")
        await editor.capture("device-code")
        code = re.search(r"\b[A-Z]{4}-[A-Z]{4}\b", screen)
        assert code is not None, screen
        await enters(f"{address}/codex/device", code[0])
        await eventually(lambda: says(editor, "Codex"), "signed in")
        await editor.seen(f"signed in as {codex.person.email}")
        assert "give it to nobody" not in await editor.terminal.screen()


async def test_a_pasted_address_finishes_the_sign_in(start: Start) -> None:
    """The command asks for the address; one of another sign-in is refused."""
    async with serve(SandboxCodex()) as address, start("lsp-mode.el", **endpoints(address)) as editor:
        await opened(editor, "lsp-mode.el")
        pasted = await decides(await sign_in(editor), "continue")
        await complete(editor, "http://x/?code=x&state=old")
        await editor.seen("belongs to another sign-in")
        await complete(editor, pasted)
        await eventually(lambda: says(editor, "Codex"), "signed in")


async def complete(editor: Emacs, address: str) -> None:
    """Paste ``address`` where the command asks for it; nobody looks at the screen before it is gone from there."""
    await editor.command("lsp-codex-complete-sign-in")
    await editor.seen("The address that the browser ended on:")
    await editor.terminal.paste(address)
    await editor.terminal.press("Enter")


@CLIENTS
async def test_without_a_browser_the_address_is_told(start: Start, desk: Desk, client: str) -> None:
    """Emacs' own browser, which has no scripts, is not taken for one: the person reads the address.

    And they may think better of it: ``C-x C-c`` asks nothing about the server and ends it.
    """
    async with serve(SandboxCodex()) as address, start(client, DISPLAY="", **endpoints(address)) as editor:
        await opened(editor, client)
        await editor.command("lsp-codex-sign-in")
        screen = await editor.seen("Open this address in a browser to sign in")
        assert f"{address}/oauth/authorize" in screen
        assert "eww" not in screen
        assert not editor.desk.opened.exists()
        await editor.terminal.press("C-x", "C-c")
        await eventually(desk.gone, "no server", seconds=3)


@CLIENTS
async def test_killed_emacs_leaves_nothing(start: Start, desk: Desk, client: str) -> None:
    """Emacs killed with -9 during a sign-in: within three seconds no server, no listener, no lock."""
    async with serve(SandboxCodex()) as address, start(client, **endpoints(address)) as editor:
        await opened(editor, client)
        callback = urlsplit(parse_qs(urlsplit(await sign_in(editor)).query)["redirect_uri"][0])
        assert callback.port is not None
        assert listens(callback.port)
        assert desk.servers()

        os.kill(await editor.pid(), signal.SIGKILL)
        await eventually(lambda: desk.gone(callback.port), "no server, no listener", seconds=3)
