"""editors/emacs in the real Emacs without ghost text: suggestions among Eglot's completions; switching them off."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from lsp_codex.sandbox.codex import SandboxCodex
from lsp_codex.sandbox.loopback import serve
from tests.editors.driver.browser import approve
from tests.editors.driver.desk import endpoints
from tests.editors.driver.run import eventually
from tests.editors.test_emacs import REST, no_ghost, same, says, sign_in
from tests.editors.test_emacs import start as start

if TYPE_CHECKING:
    from tests.editors.test_emacs import Start

pytestmark = [pytest.mark.editors, pytest.mark.real_time, pytest.mark.timeout(90, func_only=True)]

TYPED = "def total(values):\nreturn su"


async def test_a_suggestion_among_the_completions(start: Start) -> None:
    """The README's line for those who want no ghost text: completion-at-point completes."""
    async with start("sandbox.el", "completions.el", "eglot.el") as editor:
        await editor.attached()
        await editor.terminal.type(TYPED)
        await editor.terminal.press("C-M-i")
        await eventually(lambda: same(editor, "def total(values):\n    return sum(values)"), "it is completed")
        assert await no_ghost(editor)
        await editor.capture("completed")


async def test_switched_off_and_on(start: Start) -> None:
    """The command stops ghost text, the mode line says so, and the command brings it back."""
    async with start("sandbox.el", "eglot.el") as editor:
        await editor.attached()
        await editor.command("lsp-codex-toggle")
        await editor.seen("Codex: ghost text is off")
        await eventually(lambda: says(editor, "Codex[sandbox][paused]"), "the mode line says so")
        await editor.command("lsp-codex-toggle")
        await editor.seen("Codex: ghost text is on")
        await eventually(lambda: says(editor, "Codex[sandbox]"), "the mode line says so")
        await editor.terminal.type(TYPED)
        assert await eventually(lambda: editor.ask(REST), "ghost text") == "m(values)"


async def test_settings_are_the_servers(start: Start) -> None:
    """The page's line: ghost text comes when the command asks for it, once."""
    codex = SandboxCodex()
    async with serve(codex) as address, start("settings.el", "eglot.el", **endpoints(address)) as editor:
        await editor.attached()
        await approve(await sign_in(editor))
        await eventually(lambda: says(editor, "Codex"), "signed in")
        await editor.terminal.type(TYPED)
        await editor.command("lsp-codex-ghost-suggest")
        assert await eventually(lambda: editor.ask(REST), "ghost text, as it was asked for") == "m(values)"
        assert sum(each.path.endswith("/responses") for each in codex.requests) == 1
