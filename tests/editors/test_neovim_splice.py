"""Ghost text in the real Neovim, typed through, taken by word and line, dismissed, cycled; and what it costs."""

from __future__ import annotations

from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

import pytest

from lsp_codex.sandbox.codex import SandboxCodex
from lsp_codex.sandbox.loopback import serve
from lsp_codex.sandbox.replies import Stream, pieces
from tests.editors.driver.desk import endpoints
from tests.editors.driver.neovim import EXAMPLES, Neovim, neovim
from tests.editors.driver.run import eventually
from tests.editors.test_neovim import ghost_after, same, sign_in

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable
    from contextlib import AbstractAsyncContextManager

    from tests.editors.driver.desk import Desk
    from tests.editors.driver.neovim import Editors

    Open = Callable[..., AbstractAsyncContextManager[Neovim]]

pytestmark = [pytest.mark.editors, pytest.mark.real_time, pytest.mark.timeout(120, func_only=True)]

TYPED = "def area(width, height):\n"
SAID = "if width < 0:\n        return 0\n    return width * height"
BEFORE = TYPED + "    "


@pytest.fixture
def opened(editors: Editors, desk: Desk) -> Open:
    """Neovim, signed in to a sandbox that says what is scripted, in insert mode."""

    @asynccontextmanager
    async def start(codex: SandboxCodex, *answers: str) -> AsyncIterator[Neovim]:
        init = (EXAMPLES / "init.lua").read_text()
        for answer in answers:
            codex.script(Stream(pieces(answer), per_delta=0.01))
        async with serve(codex) as address, neovim(editors, desk, init, "area.py", endpoints(address)) as editor:
            await editor.attached()
            await sign_in(editor)
            await editor.terminal.press("i")
            yield editor

    return start


def asked(codex: SandboxCodex) -> int:
    """How many requests for text the sandbox has had."""
    return sum(each.path.endswith("/responses") for each in codex.requests)


async def shows(editor: Neovim, ghost: str) -> bool:
    """Whether the ghost text is ``ghost``."""
    return await editor.ghost() == ghost


async def test_type_through(opened: Open) -> None:
    """Every key of it leaves the rest on the screen, deleting brings it back, and the model is asked once."""
    codex = SandboxCodex()
    async with opened(codex, SAID) as editor:
        assert await ghost_after(editor, TYPED) == SAID
        await editor.terminal.type("if w")
        await eventually(lambda: shows(editor, SAID[4:]), "the rest of it")
        await editor.capture("typed-through")
        await editor.terminal.press("BSpace", "BSpace")
        await eventually(lambda: shows(editor, SAID[2:]), "what was deleted is offered again")
        assert await editor.text() == BEFORE + "if"
        assert asked(codex) == 1


async def test_accept_by_word_and_line(opened: Open) -> None:
    """A word, a line, and the rest: each leaves what is left, and the model is asked once."""
    codex = SandboxCodex()
    async with opened(codex, SAID) as editor:
        await ghost_after(editor, TYPED)
        await editor.terminal.press("M-Right")
        await eventually(lambda: same(editor, BEFORE + "if"), "a word is in the buffer")
        await editor.terminal.press("M-Right")
        await eventually(lambda: same(editor, BEFORE + "if width"), "two words are in the buffer")
        await eventually(lambda: shows(editor, SAID[8:]), "the rest is on the screen")
        screen = await editor.capture("two-words")
        assert "if width < 0:" in screen
        await editor.terminal.press("C-M-Right")
        await eventually(lambda: same(editor, BEFORE + "if width < 0:"), "the line is in the buffer")
        await eventually(lambda: shows(editor, SAID[13:]), "the other lines are on the screen")
        await editor.terminal.press("C-M-Right")
        await eventually(lambda: same(editor, BEFORE + "if width < 0:\n        return 0"), "the next line too")
        await eventually(lambda: shows(editor, SAID[30:]), "the last line is on the screen")
        await editor.capture("two-lines")
        await editor.terminal.press("Tab")
        await eventually(lambda: same(editor, BEFORE + SAID), "all of it is in the buffer")
        assert asked(codex) == 1


async def test_dismiss(opened: Open) -> None:
    """The ghost text is gone, the accept key is a tab again, and the next key of it brings it back unasked."""
    codex = SandboxCodex()
    async with opened(codex, SAID) as editor:
        await ghost_after(editor, TYPED)
        await editor.terminal.press("C-]")
        await eventually(lambda: shows(editor, ""), "nothing is on the screen")
        await editor.capture("dismissed")
        assert await editor.text() == BEFORE
        await editor.terminal.press("i")
        await eventually(lambda: shows(editor, SAID[1:]), "it is offered again")
        assert asked(codex) == 1


async def test_cycle(opened: Open) -> None:
    """The key for the next one asks for others where there is one only, then goes through them and back."""
    codex = SandboxCodex()
    others = "return width * height\n<|or|>\nreturn height * width\n"
    async with opened(codex, SAID, others) as editor:
        await ghost_after(editor, TYPED)
        await editor.terminal.press("M-]")
        await eventually(lambda: counts(editor, 5), "three suggestions, and the first line and word of the first")
        assert await editor.ghost() == SAID
        await editor.terminal.press("M-]")
        await eventually(lambda: begins(editor, "return width * height"), "the second one")
        await editor.capture("second")
        await editor.terminal.press("M-]")
        await eventually(lambda: begins(editor, "return height * width"), "the third one")
        await editor.terminal.press("M-[")
        await eventually(lambda: begins(editor, "return width * height"), "the second one again")
        await editor.terminal.press("Tab")
        await eventually(lambda: same(editor, BEFORE + "return width * height"), "it is in the buffer")
        assert asked(codex) == 2


async def counts(editor: Neovim, count: int) -> bool:
    """Whether so many suggestions are there."""
    completor = "require('codex.ghost')._completor()"
    return bool(await editor.ask(f"{completor}:count_items()") == count)


async def begins(editor: Neovim, text: str) -> bool:
    """Whether the ghost text begins so; Neovim writes its number behind it."""
    return (await editor.ghost()).startswith(text)
