"""Questions in the real Neovim: asked about a selection, watched, gone on with, cancelled, closed."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import pytest

from lsp_codex.sandbox import replies
from lsp_codex.sandbox.codex import SandboxCodex
from lsp_codex.sandbox.loopback import serve
from tests.editors.driver.desk import endpoints
from tests.editors.driver.neovim import EXAMPLES, neovim
from tests.editors.driver.run import eventually
from tests.editors.test_neovim import shown, sign_in

if TYPE_CHECKING:
    from tests.editors.driver.desk import Desk
    from tests.editors.driver.neovim import Editors, Neovim

pytestmark = [pytest.mark.editors, pytest.mark.real_time, pytest.mark.timeout(90, func_only=True)]

CODE = "import math\n\n\ndef area(radius):\n    return math.pi * radius**2\n"


async def _select_and_ask(editor: Neovim, keys: str, line: str) -> None:
    """Type normal mode ``keys``, which leave a selection, and ask about it."""
    await editor.terminal.press("Escape")
    await editor.terminal.type(f"{keys}:Codex {line}\n")


async def _waits(editor: Neovim) -> bool:
    """Whether the buffer of the answer says that it waits."""
    lines = await editor.ask(
        "vim.tbl_map(function(mark) return mark[4].virt_text[1][1] end, vim.api.nvim_buf_get_extmarks(0,"
        " vim.api.nvim_create_namespace('codex.ask'), 0, -1, { details = true }))"
    )
    return any("thinking" in line for line in lines)


async def _in_buffer(editor: Neovim, text: str) -> str:
    """The text of the current buffer, if ``text`` is in it."""
    found = await editor.text()
    return found if text in found else ""


async def test_a_selection_is_asked_about_and_the_conversation_goes_on(editors: Editors, desk: Desk) -> None:
    """Lines are selected and asked about; the answer is Markdown beside the code; ``a`` asks on, ``q`` closes, and
    nothing in the file has changed."""
    init = (EXAMPLES / "init-sandbox.lua").read_text()
    async with neovim(editors, desk, init, "area.py", {}, CODE) as editor:
        await editor.attached()
        await _select_and_ask(editor, "4GVj", "ask What is it for?")
        first = await eventually(lambda: _in_buffer(editor, "a model would say more"), "the whole answer")
        screen = await editor.capture("ask-1-answered")
        assert first.startswith("> What is it for?\n\n`")
        assert "`area.py:4` holds 2 lines of Python." in first.replace("project/", ""), "what was selected"
        assert "area(radius)" in screen, "and it can be seen"
        assert await editor.ask("vim.bo.filetype") == "markdown"
        assert not await _waits(editor)

        await editor.terminal.type("a")
        await eventually(lambda: shown(editor, "Ask Codex:"), "the prompt")
        await editor.terminal.type("And why?\n")
        both = await eventually(lambda: _in_buffer(editor, "> And why?\n\n`"), "the second answer begins")
        assert both.startswith(first)
        await editor.capture("ask-2-asked-on")
        await eventually(lambda: _two_endings(editor), "the second answer is whole")

        await editor.terminal.type("q")
        await eventually(lambda: _in_buffer(editor, CODE.strip()), "the code again")
        assert await editor.text() == CODE.strip("\n")
        assert await editor.ask("#vim.api.nvim_list_wins()") == 1


async def _two_endings(editor: Neovim) -> bool:
    return (await editor.text()).count("a model would say more") == 2


async def test_an_answer_is_cancelled_and_its_connection_closed(editors: Editors, desk: Desk) -> None:
    """While it thinks, while it streams, and by closing the window: the service sees the client leave."""
    init = (EXAMPLES / "init.lua").read_text()
    codex = SandboxCodex()
    async with serve(codex) as address, neovim(editors, desk, init, "area.py", endpoints(address), CODE) as editor:
        await editor.attached()
        await sign_in(editor)
        codex.script(replies.silent())
        await editor.command("Codex ask What is it for?")
        await eventually(lambda: _asked(codex, 1), "the question has arrived")
        assert await _waits(editor)
        await editor.capture("ask-3-thinking")
        await editor.terminal.press("C-c")
        await eventually(lambda: _in_buffer(editor, "*Cancelled.*"), "it is said")
        await eventually(lambda: _left(codex, 1), "the service sees that the client has left")

        codex.script(replies.slow("one two three " * 200, 0.0, 0.02))
        await editor.terminal.type("a")
        await eventually(lambda: shown(editor, "Ask Codex:"), "the prompt")
        await editor.terminal.type("Again?\n")
        await eventually(lambda: _in_buffer(editor, "one two three"), "some of the answer")
        await editor.terminal.press("C-c")
        text = await eventually(lambda: _said_twice(editor), "it is said again")
        assert text.count("one two three") < 200
        await eventually(lambda: _left(codex, 2), "the service sees it again")

        codex.script(replies.silent())
        await editor.terminal.type("a")
        await eventually(lambda: shown(editor, "Ask Codex:"), "the prompt")
        await editor.terminal.type("Once more?\n")
        await eventually(lambda: _asked(codex, 3), "the question has arrived")
        await editor.terminal.type("q")
        await eventually(lambda: _left(codex, 3), "closing cancels")
        assert "rror" not in await editor.messages()


async def _said_twice(editor: Neovim) -> str:
    text = await editor.text()
    return text if text.count("*Cancelled.*") == 2 else ""


async def _asked(codex: SandboxCodex, count: int) -> bool:
    return sum(request.path.endswith("/responses") for request in codex.requests) == count


async def _left(codex: SandboxCodex, count: int) -> bool:
    return sum(request.path.endswith("/responses") and request.client_left for request in codex.requests) == count


async def test_a_failure_stands_where_the_answer_would(editors: Editors, desk: Desk) -> None:
    """Signed out: one sentence that says what to do, in the conversation's window."""
    init = (EXAMPLES / "init.lua").read_text()
    async with neovim(editors, desk, init, "area.py", endpoints("http://127.0.0.1:1")) as editor:
        await editor.attached()
        await editor.command("Codex ask What?")
        await eventually(lambda: _in_buffer(editor, "**You are not signed in to Codex."), "the sentence")


async def test_the_model_is_chosen(editors: Editors, desk: Desk) -> None:
    """From a list, or by name; the next question goes to it, and a wrong name gets the right ones."""
    init = (EXAMPLES / "init.lua").read_text()
    codex = SandboxCodex()
    async with serve(codex) as address, neovim(editors, desk, init, "area.py", endpoints(address), CODE) as editor:
        await editor.attached()
        await sign_in(editor)
        await editor.command("Codex model gpt-0")
        await editor.seen('no model "gpt-0"; there are gpt-')
        await editor.terminal.press("Enter")
        for number, slug in enumerate(("gpt-6-astra", "gpt-6-sol"), start=1):
            await editor.command("Codex model" if number == 1 else f"Codex model {slug}")
            if number == 1:
                screen = await editor.seen("The model for questions and code actions:", slug)
                line = next(row for row in screen.splitlines() if row.endswith(slug))
                await editor.terminal.type(f"{line.split(':')[0].strip()}\n")
            await editor.seen(f"Codex: {slug} answers questions and code actions")
            await editor.command("Codex ask What?")
            await eventually(partial(_asked, codex, number), "the question has arrived")
            await eventually(lambda: _in_buffer(editor, "a model would say more"), "the answer")
            await editor.terminal.press("q")
        asked = [each.json()["model"] for each in codex.requests if each.path.endswith("/responses")]
        assert asked == ["gpt-6-astra", "gpt-6-sol"]
