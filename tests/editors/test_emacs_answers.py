"""editors/emacs in the real Emacs: code actions through both clients, and questions in a buffer of their own."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import pytest

from lsp_codex.sandbox.codex import SandboxCodex
from lsp_codex.sandbox.loopback import serve
from lsp_codex.sandbox.replies import silent
from tests.editors.driver.browser import approve
from tests.editors.driver.desk import endpoints
from tests.editors.driver.run import eventually
from tests.editors.test_emacs import CLIENTS, opened, same, says, sign_in
from tests.editors.test_emacs import start as start

if TYPE_CHECKING:
    from tests.editors.driver.emacs import Emacs
    from tests.editors.test_emacs import Start

pytestmark = [pytest.mark.editors, pytest.mark.real_time, pytest.mark.timeout(90, func_only=True)]

AREA = "def area(width, height):\n    return width * height\n"
DOCUMENTED = '''\
def area(width, height):
    """Return the area of width and height.

    :param width: the width
    :param height: the height
    :return: the result
    """
    return width * height
'''


@CLIENTS
async def test_a_code_action_and_a_question(start: Start, client: str) -> None:
    """Document a function; ask about the buffer, see the answer come in Markdown, and ask further in it."""
    async with start("sandbox.el", client, text=AREA) as editor:
        await opened(editor, client)
        await choose(editor, client, "Codex: Document area")
        await eventually(lambda: same(editor, DOCUMENTED), "the function is documented, and nothing else changed")
        await editor.capture("documented")

        await ask(editor, "What does it do?")
        await eventually(lambda: answered(editor, 1), "the answer is whole")
        await editor.capture("answer")
        await editor.terminal.press("C-x", "o", "a")
        await editor.seen("Ask further:")
        await editor.terminal.paste("And why?")
        await editor.terminal.press("Enter")
        await eventually(lambda: answered(editor, 2), "both turns are in the one buffer")
        await editor.capture("further")
        assert await editor.text() == DOCUMENTED


@CLIENTS
async def test_actions_that_need_the_person(start: Start, client: str) -> None:
    """Explain opens the buffer of answers; rewriting asks what shall be done, and then it is done."""
    async with start("sandbox.el", client, text=AREA) as editor:
        await opened(editor, client)
        await choose(editor, client, "Codex: Explain area")
        await editor.seen("a model would say more.")
        await editor.capture("explained")
        await choose(editor, client, "Codex: Rewrite area as I say…")
        await editor.seen("What shall be done?")
        await editor.terminal.paste("rename width to breadth")
        await editor.capture("asked")
        await editor.terminal.press("Enter")
        await eventually(lambda: same(editor, AREA.replace("width", "breadth")), "the function is rewritten")
        await editor.capture("rewritten")


@CLIENTS
async def test_an_answer_that_is_no_edit_can_be_read(start: Start, client: str) -> None:
    """In a window that the next key does not take away; nothing in the file changes."""
    async with start("sandbox.el", client, text=AREA) as editor:
        await opened(editor, client)
        await editor.terminal.press("M->", "C-b")
        await choose(editor, client, "Codex: Continue here")
        await editor.seen("nothing was changed", "I am the sandbox on this machine")
        await editor.capture("unusable")
        await editor.terminal.press("C-a")
        await editor.terminal.press("C-e")
        await editor.seen("I am the sandbox on this machine")
        assert await editor.text() == AREA


@CLIENTS
async def test_a_failure_stands_where_the_answer_would(start: Start, client: str) -> None:
    """Signed out: what to do is said in the answer's buffer, and another question can be asked there."""
    async with start(client, text=AREA, **endpoints("http://127.0.0.1:1")) as editor:
        await opened(editor, client)
        await ask(editor, "What does it do?")
        await editor.seen("What does it do?", "You are not signed in to Codex.")
        await editor.capture("failed-answer")
        await editor.terminal.press("C-x", "o", "a")
        await editor.seen("Ask Codex:")


@CLIENTS
async def test_who_kills_the_answer_stops_it(start: Start, client: str) -> None:
    """``k`` stops it and says so; without its buffer nobody waits for it: the service sees the client leave."""
    codex = SandboxCodex()
    async with serve(codex) as address, start(client, text=AREA, **endpoints(address)) as editor:
        await opened(editor, client)
        await approve(await sign_in(editor))
        await eventually(lambda: says(editor, "Codex"), "signed in")
        for number, keys in enumerate((["C-x", "o", "k", "C-x", "o"], ["C-x", "o", "C-x", "k", "Enter"]), start=1):
            codex.script(silent())
            await ask(editor, "What does it do?")
            await eventually(partial(at_the_service, codex, number, left=0), "the question has arrived")
            await editor.terminal.press(*keys)
            await eventually(partial(at_the_service, codex, number, left=number), "the client has left")
            assert "Cancel" not in await editor.terminal.screen()


async def at_the_service(codex: SandboxCodex, count: int, *, left: int) -> bool:
    """Whether so many questions have come, and at least so many of those who asked have left."""
    asked = [each for each in codex.requests if each.path.endswith("/responses")]
    return len(asked) == count and sum(each.client_left for each in asked) >= left


async def ask(editor: Emacs, question: str) -> None:
    """Ask about the buffer."""
    await editor.command("lsp-codex-ask")
    await editor.seen("Ask Codex:")
    await editor.terminal.paste(question)
    await editor.terminal.press("Enter")


async def choose(editor: Emacs, client: str, title: str) -> None:
    """Choose a code action from the menu."""
    await editor.command("eglot-code-actions" if client == "eglot.el" else "lsp-execute-code-action")
    await editor.seen("Pick an action" if client == "eglot.el" else "Select code action:")
    await editor.terminal.paste(title)
    await editor.terminal.press("Enter")


async def answered(editor: Emacs, turns: int) -> bool:
    """Whether the buffer of the answer holds so many questions, each with its whole answer."""
    shown_now = str(await editor.ask('(with-current-buffer "*Codex*" (if lsp-codex--token "" (buffer-string)))'))
    return shown_now.count("8 lines of Python") == turns == shown_now.count("a model would say more.")
