"""editors/neovim in the real Neovim: what is typed, seen and accepted there, and what is left when it dies."""

from __future__ import annotations

import asyncio
import os
import re
import signal
from typing import TYPE_CHECKING
from urllib.parse import parse_qs, urlsplit

import pytest

from lsp_codex.sandbox.codex import SandboxCodex
from lsp_codex.sandbox.loopback import serve
from lsp_codex.sandbox.replies import Stream, pieces
from lsp_codex.server.ghost_text import FIRST_USE
from tests.editors.driver.browser import approve
from tests.editors.driver.desk import endpoints, listens
from tests.editors.driver.neovim import EXAMPLES, Neovim, neovim
from tests.editors.driver.run import eventually

if TYPE_CHECKING:
    from collections.abc import Callable
    from contextlib import AbstractAsyncContextManager

    from tests.editors.driver.desk import Desk
    from tests.editors.driver.neovim import Editors

    Start = Callable[..., AbstractAsyncContextManager[Neovim]]

pytestmark = [pytest.mark.editors, pytest.mark.real_time, pytest.mark.timeout(90, func_only=True)]

TYPED = "def area(width, height):\n"
SAID = """\
if width < 0 or height < 0:
        raise ValueError("a side is negative")
    return width * height"""


SETUP = "require('codex').setup()\n"


def example(name: str) -> str:
    """One of the examples, as the page shows it."""
    return (EXAMPLES / name).read_text()


@pytest.fixture
def start(editors: Editors, desk: Desk) -> Start:
    """Opens a file in Neovim, configured by an example's name or by lines, and with more environment."""

    def opened(init: str, file: str = "area.py", **more: str) -> AbstractAsyncContextManager[Neovim]:
        return neovim(editors, desk, example(init) if init.endswith(".lua") else init, file, more)

    return opened


async def sign_in(editor: Neovim) -> None:
    """``:Codex signin`` and the person's part in the browser."""
    await editor.command("Codex signin")
    address = await eventually(editor.desk.asked_to_open, "a browser is asked to open the authorize address")
    await approve(address)
    await eventually(lambda: state(editor, "Codex"), "signed in")


async def opened_twice(editor: Neovim, address: str) -> bool:
    """Whether xdg-open got ``address``, whole, and then again."""
    return editor.desk.opened.read_text().splitlines() == [address, address]


async def state(editor: Neovim, status: str) -> bool:
    """Whether the statusline's word for the state is ``status``."""
    return bool(await editor.ask("require('codex').status()") == status)


async def ghost_after(editor: Neovim, typed: str) -> str:
    """Type in insert mode, wait for ghost text that can be seen, and answer it."""
    await editor.terminal.type(typed)
    return await eventually(editor.ghost, "ghost text")


async def test_sign_in_type_see_accept_sign_out(start: Start) -> None:
    """A person signs in from Neovim, types, sees ghost text on the screen, takes it with Tab, and signs out."""
    codex = SandboxCodex()
    codex.script(Stream(pieces(SAID), per_delta=0.01))
    async with serve(codex) as address, start("init.lua", **endpoints(address)) as editor:
        await editor.attached()
        await eventually(lambda: state(editor, "Codex: signed out"), "the status says that nobody is signed in")

        await editor.command("Codex signin")
        authorize = await eventually(editor.desk.asked_to_open, "a browser is asked to open the address")
        await editor.seen(authorize[:60])  # the address can also be read on the screen
        await editor.capture("1-signing-in")
        await editor.terminal.press("g", "x")
        await eventually(lambda: opened_twice(editor, authorize), "gx in that window opens the whole address again")
        await approve(authorize)
        await eventually(lambda: state(editor, "Codex"), "signed in")
        assert codex.person.email in await editor.messages()
        assert authorize[:60] not in await editor.terminal.screen(), "the window with the address has closed"

        told = await editor.messages()
        await editor.terminal.press("i")
        ghost = await ghost_after(editor, TYPED)
        screen = await editor.capture("2-ghost")
        for line in ghost.splitlines():
            assert line in screen, "what Neovim holds as ghost text is on the screen"
        coloured = await editor.terminal.screen(colours=True)
        assert re.search(rf"\x1b\[[\d;]+m{re.escape(ghost.splitlines()[0])}", coloured), "in a colour of its own"
        assert await editor.text() == TYPED + "    ", "ghost text is not in the buffer"

        await editor.terminal.press("Tab")
        await eventually(lambda: same(editor, TYPED + "    " + ghost), "the buffer holds the accepted text")
        assert ghost == SAID, "and it is what the sandbox gave"
        await editor.capture("3-accepted")
        read = (await editor.messages()).replace(FIRST_USE, "").strip()
        assert read == told.strip(), "nothing to read while typing and accepting but the notice of first use"
        assert await editor.ask("vim.api.nvim_win_get_cursor(0)") == [4, len(SAID.splitlines()[-1])]

        await editor.command("Codex signout")
        await eventually(lambda: state(editor, "Codex: signed out"), "signed out")
        # The state is told as soon as it is so; the file goes a moment later.
        await eventually(editor.desk.signed_out, "the login is deleted")
        await editor.capture("4-signed-out")


async def same(editor: Neovim, text: str) -> bool:
    """Whether the buffer is ``text``, said with the buffer if it is not."""
    return await editor.text() == text


async def test_sandbox_without_an_account(start: Start) -> None:
    """The README's sandbox lines alone give ghost text that Tab accepts: no sign-in, no browser, no other server."""
    async with start("init-sandbox.lua") as editor:
        await editor.attached()
        await editor.terminal.press("i")
        ghost = await ghost_after(editor, TYPED)
        before = await editor.text()
        await editor.capture("sandbox-ghost")
        await editor.terminal.press("Tab")
        await eventually(lambda: same(editor, before + ghost), "the buffer holds the accepted text")
        assert ghost.strip()
        assert not editor.desk.opened.exists()
        await editor.command("Codex status")
        screen = await eventually(
            lambda: shown(editor, "Codex (sandbox): "), "the status says that it is the sandbox"
        )
        assert "signed in as" in screen


async def shown(editor: Neovim, text: str) -> str:
    """The screen if ``text`` can be read on it."""
    screen = await editor.terminal.screen()
    return screen if text in screen else ""


async def test_typing_through_the_ghost(start: Start) -> None:
    """What is typed while the ghost is on the screen is not doubled by Tab (neovim 36529), and a ghost that no
    longer fits is refused instead of landing where it was."""
    async with start("init-sandbox.lua") as editor:
        await editor.attached()
        await editor.terminal.press("i")
        ghost = await ghost_after(editor, TYPED)
        before = await editor.text()
        await editor.terminal.press(ghost[0], ghost[1], "Tab")
        await eventually(lambda: same(editor, before + ghost), "the text is there once")


async def test_tab_without_ghost_text_is_a_tab(start: Start) -> None:
    """Where there is nothing to accept the accept key does what it always did."""
    async with start("init.lua", **endpoints("http://127.0.0.1:1")) as editor:
        await editor.attached()
        await editor.command("set noexpandtab")
        await editor.terminal.press("i", "a", "Tab", "b")
        await eventually(lambda: same(editor, "a\tb"), "a tab between the letters")


async def test_one_server_and_no_file_needed(start: Start, desk: Desk) -> None:
    """``:Codex`` works before any file is open, and files of two projects share the server that it started."""
    async with start("init-sandbox.lua", file="") as editor:
        assert desk.servers() == []
        await editor.command("Codex status")
        await eventually(lambda: shown(editor, "Codex (sandbox): "), "the status")
        for project in ("one", "two"):
            (desk.folder / project / ".git").mkdir(parents=True)
            await editor.command(f"edit {desk.folder / project / 'a.py'}")
            await editor.attached()
        assert len(desk.servers()) == 1


async def test_killed_neovim_leaves_nothing(start: Start, desk: Desk) -> None:
    """Neovim killed with -9 during a sign-in: within three seconds no server runs and the callback's port is free."""
    async with serve(SandboxCodex()) as address, start("init.lua", **endpoints(address)) as editor:
        await editor.attached()
        await editor.command("Codex signin")
        authorize = await eventually(editor.desk.asked_to_open, "a browser is asked to open the address")
        callback = urlsplit(parse_qs(urlsplit(authorize).query)["redirect_uri"][0])
        assert callback.port is not None
        assert listens(callback.port)
        assert desk.servers()

        os.kill(await editor.pid(), signal.SIGKILL)
        await eventually(lambda: desk.gone(callback.port), "no server, no listener", seconds=3)


async def test_closed_neovim_leaves_nothing(start: Start, desk: Desk) -> None:
    """``:qall!`` ends the server too."""
    async with start("init-sandbox.lua") as editor:
        await editor.attached()
        assert desk.servers()
        await editor.command("qall!")
        await eventually(desk.gone, "no server", seconds=3)


async def test_keys_of_ones_own_and_a_statusline(start: Start) -> None:
    """The page's lines: another key accepts, the old one is a tab again, and the state stands at the bottom."""
    init = example("init-sandbox.lua").replace(SETUP, example("keys.lua"))
    async with start(init) as editor:
        await editor.attached()
        await editor.terminal.press("i")
        ghost = await ghost_after(editor, TYPED)
        screen = await editor.seen("Codex sandbox")
        assert re.fullmatch(r"area\.py \[\+\] +Codex sandbox", screen.splitlines()[-2])
        await editor.terminal.press("C-l")
        await eventually(lambda: same(editor, TYPED + "    " + ghost), "the buffer holds the accepted text")


async def test_tab_for_something_else_too(start: Start) -> None:
    """The page's mapping: Tab takes ghost text, goes on in an open menu, and is a tab elsewhere."""
    setup = SETUP.replace("()", "({ keys = { accept = false } })")
    async with start(example("init-sandbox.lua").replace(SETUP, setup) + example("tab.lua")) as editor:
        await editor.attached()
        await editor.terminal.press("i")
        ghost = await ghost_after(editor, TYPED)
        await editor.terminal.press("Tab")
        await eventually(lambda: same(editor, TYPED + "    " + ghost), "the ghost text")
        await editor.command("set noexpandtab noautoindent | enew")
        await editor.terminal.type("i\tword work\nwo")
        await editor.terminal.press("C-n")
        await eventually(lambda: editor.ask("vim.fn.pumvisible()"), "the menu")
        await editor.terminal.press("Tab")
        await eventually(lambda: same(editor, "\tword work\nwork"), "a tab, and in the menu the entry after it")


async def asked_by_hand(editor: Neovim) -> str:
    """The ghost text after the key that asks; Neovim's own question, 200 ms after the last key, takes it away."""
    await editor.terminal.press("M-]")
    await asyncio.sleep(0.3)
    return await editor.ghost()


async def test_settings_are_the_servers(start: Start) -> None:
    """The page's settings: ghost text comes when asked for, once, and only files of the named kinds are served."""
    codex = SandboxCodex()
    init = example("init.lua").replace(SETUP, example("settings.lua") + SETUP)
    async with serve(codex) as address, start(init, **endpoints(address)) as editor:
        await editor.attached()
        await sign_in(editor)
        await editor.terminal.press("i")
        await editor.terminal.type(TYPED)
        await eventually(lambda: editor.ask("require('codex.ghost')._completor() ~= nil"), "Neovim's part is ready")
        assert not [each for each in codex.requests if each.path.endswith("/responses")], "typing asks nobody"
        await eventually(lambda: asked_by_hand(editor), "ghost text, as it was asked for")
        await editor.command("edit! notes.md")
        await eventually(lambda: editor.ask("vim.bo.filetype == 'markdown'"), "another kind of file")
        assert await editor.ask("#vim.lsp.get_clients({ bufnr = 0 })") == 0
