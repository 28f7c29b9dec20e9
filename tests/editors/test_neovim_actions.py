"""Code actions in the real Neovim: a diagnostic fixed, a function documented, an instruction asked for."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest

from lsp_codex.sandbox import replies
from lsp_codex.sandbox.codex import SandboxCodex
from lsp_codex.sandbox.loopback import serve
from lsp_codex.server.showing import UNUSED
from tests.editors.driver.desk import endpoints
from tests.editors.driver.neovim import EXAMPLES, Neovim, neovim
from tests.editors.driver.run import eventually
from tests.editors.test_neovim import sign_in

if TYPE_CHECKING:
    from collections.abc import Callable
    from contextlib import AbstractAsyncContextManager
    from pathlib import Path

    from tests.editors.driver.desk import Desk
    from tests.editors.driver.neovim import Editors

    Start = Callable[[str], AbstractAsyncContextManager[Neovim]]

pytestmark = [pytest.mark.editors, pytest.mark.real_time, pytest.mark.timeout(90, func_only=True)]

AREA = "def area(width, height):\n    result = width * height\n    return math.fabs(result)\n"
DOCUMENTED = '''\
def area(width, height):
    """Return the area of width and height.

    :param width: the width
    :param height: the height
    :return: the result
    """
    result = width * height
    return math.fabs(result)
'''
DIAGNOSTIC = """vim.diagnostic.set(vim.api.nvim_create_namespace('linter'), 0, { {
  lnum = 2, col = 11, end_lnum = 2, end_col = 15, severity = 1, source = 'linter', code = 'F821',
  message = "undefined name 'math'" } })"""


@pytest.fixture
def start(editors: Editors, desk: Desk) -> Start:
    """Opens area.py with a text, in the sandbox."""

    def opened(text: str) -> AbstractAsyncContextManager[Neovim]:
        return neovim(editors, desk, (EXAMPLES / "init-sandbox.lua").read_text(), "area.py", {}, text)

    return opened


async def choose(editor: Neovim, title: str, keys: str = ":Codex actions\n") -> str:
    """The menu, and in it the entry that begins with ``title``, by its number; the screen with the menu."""
    await editor.terminal.press("Escape")
    await editor.terminal.type(keys)
    screen = await eventually(lambda: _shown(editor, title), "the menu")
    line = next(row for row in screen.splitlines() if title in row)
    await editor.terminal.type(f"{line.split(':')[0].strip()}\n")
    return screen


async def agree(editor: Neovim) -> None:
    """Neovim asks before it applies what a model has suggested."""
    await eventually(lambda: _shown(editor, "Apply all changes?"), "the question")
    await editor.terminal.type("y")
    # It says what it has applied, in more lines than the message area has.
    await eventually(lambda: _shown(editor, "Press ENTER"), "the report")
    await editor.terminal.press("Enter")


async def _shown(editor: Neovim, text: str) -> str:
    screen = await editor.terminal.screen()
    return screen if text in screen else ""


async def same(editor: Neovim, text: str) -> bool:
    """Whether the buffer is ``text``."""
    return await editor.text() + "\n" == text


async def test_document_a_function(start: Start) -> None:
    """The menu, the question, the docstring; one undo takes it back."""
    async with start(AREA) as editor:
        await editor.attached()
        screen = await choose(editor, "Codex: Document area")
        assert "Codex: Write tests for area" in screen
        await agree(editor)
        await eventually(lambda: same(editor, DOCUMENTED), "the documented function")
        await editor.capture("documented")
        await editor.terminal.press("u")
        await eventually(lambda: same(editor, AREA), "as it was")


async def test_fix_a_diagnostic_of_another_tool(start: Start) -> None:
    """What a linter has found is offered to be fixed, and the import that was missing is there."""
    async with start(AREA) as editor:
        await editor.attached()
        await editor.ask(f"(function() {DIAGNOSTIC}; return true end)()")
        await editor.command("3")
        screen = await choose(editor, "Codex: Fix: undefined name 'math'")
        assert "Codex: Fix all “F821” in this file" in screen
        await editor.capture("menu")
        await agree(editor)
        await eventually(lambda: same(editor, f"import math\n\n{AREA}"), "the fixed file")
        await editor.capture("fixed")


async def test_document_and_fix_with_neovims_own_key(start: Start) -> None:
    """``gra`` offers the same, one after the other, and Codex is shown there what a linter has found."""
    async with start(AREA) as editor:
        await editor.attached()
        await choose(editor, "Codex: Document area", "gra")
        await agree(editor)
        await eventually(lambda: same(editor, DOCUMENTED), "the documented function")
        await editor.terminal.press("u")
        await eventually(lambda: same(editor, AREA), "as it was")
        await editor.ask(f"(function() {DIAGNOSTIC}; return true end)()")
        await choose(editor, "Codex: Fix: undefined name 'math'", "3Ggra")
        await agree(editor)
        await eventually(lambda: same(editor, f"import math\n\n{AREA}"), "the fixed file")


async def test_refusing_changes_nothing(start: Start) -> None:
    """No means no."""
    async with start(AREA) as editor:
        await editor.attached()
        await choose(editor, "Codex: Document area")
        await eventually(lambda: _shown(editor, "Apply all changes?"), "the question")
        await editor.capture("asked")
        await editor.terminal.type("n")
        await editor.command("echo 'still here'")
        await eventually(lambda: _shown(editor, "still here"), "Neovim goes on")
        assert await same(editor, AREA)


async def test_rewrite_asks_what_to_do(start: Start) -> None:
    """The glue asks for the instruction, and the server does what it says."""
    async with start(AREA) as editor:
        await editor.attached()
        await choose(editor, "Codex: Rewrite area as I say")
        await eventually(lambda: _shown(editor, "what shall I do?"), "the question")
        await editor.terminal.type("rename result to product\n")
        await agree(editor)
        await eventually(lambda: same(editor, AREA.replace("result", "product")), "the renamed function")


async def test_tests_are_a_new_file(start: Start, desk: Desk) -> None:
    """The new file is made where the convention wants it, and shown."""
    (desk.project / "tests").mkdir(parents=True)
    async with start(AREA) as editor:
        await editor.attached()
        await choose(editor, "Codex: Write tests for area")
        await agree(editor)
        screen = await eventually(lambda: _shown(editor, "from area import area"), "the new file is shown")
        assert "project/tests/test_area.py" in screen
        assert await same(editor, AREA)
        await editor.capture("tests")
        await editor.command("wall")
        made = desk.project / "tests" / "test_area.py"
        text = await eventually(lambda: asyncio.to_thread(_text, made), "the new file is written")
        assert text.endswith("0\n"), "and ends with its last line"


def _text(path: Path) -> str:
    return path.read_text() if path.exists() else ""


async def test_an_answer_that_is_no_edit_is_shown_beside_the_code(editors: Editors, desk: Desk) -> None:
    """In a window of its own, without going there; one line says why, nothing changed, ``q`` closes it."""
    init = (EXAMPLES / "init.lua").read_text()
    codex = SandboxCodex()
    async with serve(codex) as address, neovim(editors, desk, init, "area.py", endpoints(address), AREA) as editor:
        await editor.attached()
        await sign_in(editor)
        codex.script(replies.text("def area(width, height:\n    return width * height"))
        await choose(editor, "Codex: Simplify area")
        await eventually(lambda: _shown(editor, "This is the answer:"), "the answer")
        await eventually(lambda: _shown(editor, "def area(width, height:\n"), "all of it")
        await eventually(lambda: _shown(editor, UNUSED), "the line")
        await editor.capture("unusable")
        assert "rror" not in await editor.messages()
        assert await same(editor, AREA), "the cursor stayed in the file"
        assert await editor.ask("#vim.api.nvim_list_wins()") == 2
        await editor.command("wincmd j")
        await eventually(lambda: editor.ask("vim.bo.filetype == 'markdown'"), "in its window")
        await editor.terminal.type("q")
        await eventually(lambda: _windows(editor, 1), "it is closed")


async def _windows(editor: Neovim, count: int) -> bool:
    return bool(await editor.ask("#vim.api.nvim_list_wins()") == count)
