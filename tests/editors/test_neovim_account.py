"""What `:Codex` shows of the account in the real Neovim: usage, models, the switch, health, a lent account."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.editors.driver.desk import endpoints
from tests.editors.driver.neovim import EXAMPLES, Neovim, neovim
from tests.editors.driver.run import eventually
from tests.editors.test_neovim import ghost_after, shown

if TYPE_CHECKING:
    from collections.abc import Callable
    from contextlib import AbstractAsyncContextManager

    from tests.editors.driver.desk import Desk
    from tests.editors.driver.neovim import Editors

    Start = Callable[..., AbstractAsyncContextManager[Neovim]]

pytestmark = [pytest.mark.editors, pytest.mark.real_time, pytest.mark.timeout(90, func_only=True)]

TYPED = "def area(width, height):\n"


@pytest.fixture
def start(editors: Editors, desk: Desk) -> Start:
    """Opens area.py in Neovim, configured by one of the examples."""

    def opened(init: str = "init-sandbox.lua", **more: str) -> AbstractAsyncContextManager[Neovim]:
        return neovim(editors, desk, (EXAMPLES / init).read_text(), "area.py", more)

    return opened


async def told(editor: Neovim, text: str) -> bool:
    """Whether Neovim has told its user ``text``."""
    return text in await editor.messages()


async def windows(editor: Neovim) -> int:
    """How many windows there are."""
    return int(await editor.ask("#vim.api.nvim_list_wins()"))


async def test_usage_and_models_are_shown_and_closed(start: Start) -> None:
    """Each in a small window that ``q`` closes; the bars and the model's facts can be read."""
    async with start() as editor:
        await editor.attached()
        await editor.command("Codex usage")
        screen = await eventually(lambda: shown(editor, "Usage of your ChatGPT plan (plus)"), "the usage")
        assert "5 hours" in screen
        assert "█" in screen
        assert "starts anew " in screen
        await editor.capture("usage")
        await editor.terminal.press("q")
        assert await windows(editor) == 1

        await editor.command("Codex models")
        screen = await eventually(lambda: shown(editor, " Models "), "the models")
        assert "ghost text" in screen
        assert "effort: " in screen
        assert "╯" not in screen.splitlines()[-2], "the status line can be seen below it"
        await editor.capture("models")
        await editor.terminal.press("q")
        assert await windows(editor) == 1


async def test_toggle(start: Start) -> None:
    """Off, nothing is offered and the statusline says so; on again, it is; a wrong word gets the right ones."""
    async with start() as editor:
        await editor.attached()
        await editor.command("Codex toggle")
        await eventually(lambda: told(editor, "Codex: suggestions are off"), "off")
        await eventually(lambda: _says(editor, "Codex sandbox paused"), "the statusline")
        await editor.command("Codex toggle off")
        await editor.terminal.press("i")
        await editor.terminal.type(TYPED)
        await editor.command("Codex toggle on")
        await eventually(lambda: told(editor, "Codex: suggestions are on"), "on")
        assert not await editor.ghost(), "nothing was offered while it was off"
        await editor.terminal.press("A")
        await ghost_after(editor, "    ")
        await editor.command("Codex toggle sideways")
        await eventually(lambda: told(editor, "`:Codex toggle off`"), "what there is")
        completed = "vim.fn.getcompletion('Codex {}', 'cmdline')"
        assert await editor.ask(completed.format("toggle ")) == ["off", "on"]
        assert await editor.ask(completed.format("signin ")) == ["device"]
        assert await editor.ask(completed.format("us")) == ["usage"]


async def _says(editor: Neovim, status: str) -> bool:
    return bool(await editor.ask("require('codex').status()") == status)


async def test_checkhealth(start: Start) -> None:
    """Neovim, the program, the server and each check of the doctor have a line of their own."""
    async with start() as editor:
        await editor.attached()
        await editor.command("checkhealth codex")
        await eventually(lambda: _health(editor, "lsp-codex doctor"), "the report", 60)
        report = await editor.text()
        print(report)  # noqa: T201 — pytest shows it when the test fails
        for line in (
            "shows ghost text",
            "require('codex').setup() has run",
            f"{editor.desk.folder}/bin/lsp-codex",
            "The server runs (0.",
            "for 1 file",
            "OK python: CPython",
            "OK home: ",
        ):
            assert line in report
        assert "failed" not in report
        await editor.capture("checkhealth")


async def _health(editor: Neovim, text: str) -> bool:
    # Drawn at the end of all checks.
    return text in await editor.text() and "OK home: " in await editor.text()


async def test_checkhealth_without_the_program(start: Start, desk: Desk) -> None:
    """A newcomer who forgot the first step is told which one."""
    async with start("init.lua", **endpoints("http://127.0.0.1:1")) as editor:
        await editor.attached()
        (desk.folder / "bin" / "lsp-codex").unlink()
        await editor.command("checkhealth codex")
        await eventually(lambda: _has(editor, '"lsp-codex" is not in the PATH of this Neovim'), "the error")
        report = await editor.text()
        assert "ERROR" in report
        assert "uv tool install" in report
        assert "doctor" not in report


async def _has(editor: Neovim, text: str) -> bool:
    return text in await editor.text()


async def test_a_lent_account(start: Start) -> None:
    """What a parent program has lent is called so, in the statusline and in ``:Codex status``."""
    async with start() as editor:
        await editor.attached()
        lent = "{ state = 'external', account = { email = 'a@b.example', planType = 'pro' }, model = 'm' }"
        assert await editor.ask(f"require('codex').on_status({lent}) or require('codex').status()") == (
            "Codex (lent account)"
        )
        assert await editor.ask(f"require('codex')._sentence({lent})") == (
            "Codex: lent an account by the program that started it, a@b.example (pro), model m"
        )
