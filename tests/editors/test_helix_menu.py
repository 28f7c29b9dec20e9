"""editors/helix in the real Helix: suggestions in its completion list, beside those of another server."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from lsp_codex.sandbox.codex import SandboxCodex
from lsp_codex.sandbox.loopback import serve
from lsp_codex.sandbox.replies import Stream, pieces
from tests.editors.driver.browser import approve
from tests.editors.driver.desk import endpoints
from tests.editors.test_helix import sign_in
from tests.editors.test_helix import start as start
from tests.editors.test_neovim import SAID, TYPED

if TYPE_CHECKING:
    from tests.editors.driver.desk import Desk
    from tests.editors.test_helix import Start

pytestmark = [pytest.mark.editors, pytest.mark.real_time, pytest.mark.timeout(90, func_only=True)]


async def test_sign_in_type_see_take(start: Start, desk: Desk) -> None:
    """A person signs in, types, sees the suggestion in the list beside another server's, and takes it."""
    other = desk.folder / "bin" / "pylsp"
    other.parent.mkdir(parents=True)
    other.write_text(f'#!/bin/sh\nexec "{sys.executable}" "{Path(__file__).with_name("other_server.py")}"\n')
    other.chmod(0o755)
    codex = SandboxCodex()
    codex.script(Stream(pieces(SAID), per_delta=0.01))
    async with serve(codex) as address, start("languages.toml", **endpoints(address)) as editor:
        await editor.attached()
        await approve(await sign_in(editor))
        await editor.seen(f"signed in as {codex.person.email}")
        await editor.normal()
        await editor.terminal.press("i")
        await editor.terminal.type(f"{TYPED}    ")
        await editor.terminal.press("C-x")
        await editor.seen(SAID.splitlines()[0], "offered_by_another")
        await editor.capture("1-list")
        await editor.terminal.press("Tab")
        screen = await editor.seen(SAID.splitlines()[0], SAID.splitlines()[2])
        assert screen.count("    raise ValueError(") == 2, "in the text and beside the list, indented in both"
        await editor.capture("2-chosen")
        await editor.terminal.press("Enter")
        assert await editor.written() == f"{TYPED}    {SAID}\n"
        await editor.capture("3-taken")


async def test_the_list_while_typing(start: Start) -> None:
    """Without asking: a word is begun, the list opens, Tab and Enter complete it."""
    async with start("languages-sandbox.toml") as editor:
        await editor.attached()
        await editor.terminal.press("i")
        await editor.terminal.type("def total(values):\n    return su")
        await editor.seen("sum(values)")
        await editor.capture("while-typing")
        await editor.terminal.press("Tab", "Enter")
        assert await editor.written() == "def total(values):\n    return sum(values)\n"


async def test_settings_are_the_servers(start: Start) -> None:
    """The page's lines, below those of the server: with 40 % of the plan used, suggestions pause, and it is said."""
    codex = SandboxCodex()
    async with serve(codex) as address, start("languages.toml settings.toml", **endpoints(address)) as editor:
        await editor.attached()
        await approve(await sign_in(editor))
        await editor.seen(f"signed in as {codex.person.email}")
        await editor.normal()
        await editor.terminal.press("Space", "C", "u")
        await editor.seen("40 % used", "OK")
        await editor.terminal.press("Enter")
        await editor.command("lsp-workspace-command codex.status")
        await editor.seen("no suggestions", "30 %")
        await editor.capture("paused")
