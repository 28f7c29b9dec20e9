"""editors/emacs in the real Emacs, with Eglot and with lsp-mode: what is typed, seen and accepted there."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from lsp_codex.sandbox.codex import SandboxCodex
from lsp_codex.sandbox.loopback import serve
from lsp_codex.sandbox.replies import Stream, pieces
from tests.editors.driver.browser import approve
from tests.editors.driver.desk import asked_to_open
from tests.editors.driver.emacs import EXAMPLES, Emacs, emacs
from tests.editors.driver.run import eventually
from tests.editors.test_neovim import SAID, TYPED, deleted, endpoints

if TYPE_CHECKING:
    from collections.abc import Callable
    from contextlib import AbstractAsyncContextManager

    from tests.editors.driver.emacs import EmacsPrograms
    from tests.editors.driver.neovim import Desk

    Start = Callable[..., AbstractAsyncContextManager[Emacs]]

pytestmark = [pytest.mark.editors, pytest.mark.real_time, pytest.mark.timeout(90, func_only=True)]


@pytest.fixture
def start(emacs_programs: EmacsPrograms, desk: Desk) -> Start:
    """Opens a file in Emacs, configured by examples put one after the other, and with more environment."""

    def opened(*examples: str, file: str = "area.py", **more: str) -> AbstractAsyncContextManager[Emacs]:
        init = "".join((EXAMPLES / example).read_text() for example in examples)
        return emacs(emacs_programs, desk, init, file, more)

    return opened


async def shown(editor: Emacs, *words: str) -> str:
    """Wait until all ``words`` are on the screen; answers the screen."""

    async def look() -> str:
        screen = await editor.terminal.screen()
        return screen if all(word in screen for word in words) else ""

    return await eventually(look, f"{words} on the screen")


async def says(editor: Emacs, lighter: str) -> bool:
    """Whether the mode line's word for Codex is ``lighter``."""
    return await editor.lighter() == lighter


@pytest.mark.parametrize("client", ["eglot.el", "lsp-mode.el"])
async def test_sign_in_type_see_accept_sign_out(start: Start, client: str) -> None:
    """A person signs in from Emacs, types, sees ghost text on the screen, takes it with TAB, and signs out."""
    codex = SandboxCodex()
    codex.script(Stream(pieces(SAID), per_delta=0.01))
    async with serve(codex) as address, start(client, **endpoints(address)) as editor:
        if client == "lsp-mode.el":
            await shown(editor, "Select action:")
            await editor.terminal.press("i")
        await editor.attached()
        await eventually(lambda: says(editor, "Codex[signed out]"), "the mode line says that nobody is signed in")

        await editor.command("lsp-codex-sign-in")
        authorize = await eventually(lambda: asked_to_open(editor.desk), "a browser is asked to open the address")
        await shown(editor, "Continue in your browser")
        screen = await editor.capture("1-signing-in")
        assert authorize[:60] in screen, "the address can also be read on the screen"
        await approve(authorize)
        await eventually(lambda: says(editor, "Codex"), "signed in")
        assert codex.person.email in await editor.messages()
        assert authorize[:60] not in await editor.terminal.screen(), "the window with the address has closed"

        await editor.terminal.type(TYPED)
        await shown(editor, SAID.splitlines()[1])
        screen = await editor.capture("2-ghost")
        for line in SAID.splitlines():
            assert line in screen, "the whole suggestion is on the screen"
        assert await editor.text() == TYPED + "    ", "ghost text is not in the buffer"

        await editor.terminal.press("Tab")
        await eventually(lambda: same(editor, TYPED + "    " + SAID), "the buffer holds the accepted text")
        await editor.capture("3-accepted")

        await editor.command("lsp-codex-status")
        await shown(editor, f"signed in as {codex.person.email}")
        await editor.capture("4-status")
        await editor.command("lsp-codex-sign-out")
        await eventually(lambda: says(editor, "Codex[signed out]"), "signed out")
        await eventually(lambda: deleted(editor.desk.home / "codex" / "auth.json"), "the login is deleted")
        await editor.capture("5-signed-out")


async def same(editor: Emacs, text: str) -> bool:
    """Whether the buffer is ``text``."""
    return await editor.text() == text
