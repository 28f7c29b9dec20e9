"""Neovim 0.11, which has no ghost text: the completion menu, opened by typing and taken as a whole; and all else."""

from __future__ import annotations

import os
import signal
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

import pytest

from lsp_codex.sandbox.codex import SandboxCodex
from lsp_codex.sandbox.loopback import serve
from lsp_codex.sandbox.replies import Stream, pieces
from tests.editors.driver.desk import endpoints
from tests.editors.driver.neovim import EXAMPLES, Neovim, neovim
from tests.editors.driver.run import eventually
from tests.editors.test_neovim import same, shown, sign_in, state
from tests.editors.test_neovim_actions import AREA, DOCUMENTED, choose

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable
    from contextlib import AbstractAsyncContextManager

    from tests.editors.driver.desk import Desk
    from tests.editors.driver.neovim import Editors

    Open = Callable[[str, str], AbstractAsyncContextManager[Neovim]]

pytestmark = [pytest.mark.editors, pytest.mark.real_time, pytest.mark.timeout(90, func_only=True)]

SAID = "if width < 0:\n        return 0\n    return width * height"


@pytest.fixture
def opened(older: Editors, desk: Desk) -> Open:
    """Neovim 0.11, signed in to a sandbox that always says the same, with a text and the cursor at its end."""

    @asynccontextmanager
    async def start(text: str, said: str) -> AsyncIterator[Neovim]:
        codex = SandboxCodex()
        for _ in range(20):
            codex.script(Stream(pieces(said), per_delta=0.0))
        async with (
            serve(codex) as address,
            neovim(older, desk, (EXAMPLES / "init.lua").read_text(), "area.py", endpoints(address), text) as editor,
        ):
            await editor.attached()
            await sign_in(editor)
            yield editor

    return start


async def menu(editor: Neovim) -> list[str]:
    """The entries of the open menu."""
    found: list[str] = await editor.ask("vim.tbl_map(function(i) return i.abbr end, vim.fn.complete_info().items)")
    return found if await editor.ask("vim.fn.pumvisible()") else []


async def test_typing_opens_the_menu_and_tab_takes_all_lines(opened: Open) -> None:
    """The entry is there without any key but the typed ones, nothing is inserted before Tab, and then all of it."""
    before = "def area(width, height):\n   "
    async with opened(before + "\n", SAID) as editor:
        await editor.terminal.press("G", "A")
        await editor.terminal.type(" ")
        entries = await eventually(lambda: menu(editor), "the menu")
        assert entries[0].startswith("if width < 0:")
        assert await same(editor, before + " "), "nothing is inserted yet"
        await editor.capture("menu")
        await editor.terminal.press("Tab")
        await eventually(lambda: same(editor, f"{before} {SAID}"), "the whole suggestion")
        assert await editor.ask("vim.api.nvim_win_get_cursor(0)") == [4, len("    return width * height")]
        assert "rror" not in await editor.messages()


async def test_what_is_repeated_is_replaced(opened: Open) -> None:
    """The bracket that the suggestion closes itself is not there twice."""
    async with opened("area = max()\n", "width, height)") as editor:
        await editor.terminal.type("f)i")
        await editor.terminal.press("M-]")
        entries = await eventually(lambda: menu(editor), "asked for by hand")
        assert entries == ["width, height)"]
        await editor.terminal.press("Tab")
        await eventually(lambda: same(editor, "area = max(width, height)"), "one bracket")


async def test_without_a_menu_the_keys_are_what_they_were(opened: Open) -> None:
    """Tab is a tab, and dismissing closes the menu and keeps the text."""
    async with opened("", "width") as editor:
        await editor.command("set noexpandtab")
        await editor.command("Codex toggle off")
        await eventually(lambda: shown(editor, "suggestions are off"), "off")
        await editor.terminal.press("i", "a", "Tab", "b")
        await eventually(lambda: same(editor, "a\tb"), "a tab")
        assert await menu(editor) == []
        await editor.command("Codex toggle on")
        await editor.terminal.press("o")
        await editor.terminal.type("area = ")
        await eventually(lambda: menu(editor), "the menu")
        await editor.terminal.press("C-]")
        await eventually(lambda: _closed(editor), "closed")
        assert await same(editor, "a\tb\narea = ")


async def _closed(editor: Neovim) -> bool:
    return await menu(editor) == []


async def test_all_else_is_there(older: Editors, desk: Desk) -> None:
    """Code actions, questions, usage, models, health, signing out: as in 0.12, and without an error."""
    codex = SandboxCodex()
    init = (EXAMPLES / "init.lua").read_text()
    async with (
        serve(codex) as address,
        neovim(older, desk, init, "area.py", endpoints(address), AREA) as editor,
    ):
        await editor.attached()
        await sign_in(editor)
        await choose(editor, "Codex: Document area")
        await eventually(lambda: same(editor, DOCUMENTED.rstrip("\n")), "applied, unasked as ever in 0.11")
        await editor.command("Codex ask What is it for?")
        await editor.seen("> What is it for?", "a model would say more")
        await editor.capture("asked")
        await editor.terminal.press("q")
        for command, shown in (("usage", "starts anew"), ("models", "effort: ")):
            await editor.command(f"Codex {command}")
            await editor.seen(shown)
            await editor.capture(command)
            await editor.terminal.press("q")
        await editor.command("checkhealth codex")
        await editor.seen("Neovim 0.11.4 has no ghost text", "The server runs", seconds=60)
        await editor.capture("health")
        await editor.command("bdelete")
        await editor.command("Codex signout")
        await eventually(lambda: state(editor, "Codex: signed out"), "signed out")
        await eventually(desk.signed_out, "the login is deleted")
        assert "rror" not in await editor.messages()


async def test_killed_it_leaves_nothing(older: Editors, desk: Desk) -> None:
    """As every other editor."""
    init = (EXAMPLES / "init-sandbox.lua").read_text()
    async with neovim(older, desk, init, "area.py", {}) as editor:
        await editor.attached()
        assert desk.servers()
        os.kill(await editor.pid(), signal.SIGKILL)
        await eventually(desk.gone, "no server, no lock", seconds=3)
