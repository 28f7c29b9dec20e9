"""editors/vscode in the real workbench: what is typed, seen, clicked and accepted there, and what is left of it."""

from __future__ import annotations

import json
import os
import re
import signal
from typing import TYPE_CHECKING
from urllib.parse import parse_qs, urlsplit

import pytest

from lsp_codex.sandbox.codex import SandboxCodex
from lsp_codex.sandbox.loopback import serve
from lsp_codex.sandbox.replies import silent
from tests.editors.driver.desk import SERVER, endpoints, listens, script
from tests.editors.driver.newcomer import PAGES, lines
from tests.editors.driver.run import eventually
from tests.editors.driver.vscode import EXAMPLES, SOURCES, direct, editor_processes, vscode
from tests.harness.person import decides, enters

if TYPE_CHECKING:
    from collections.abc import Callable
    from contextlib import AbstractAsyncContextManager
    from pathlib import Path

    from playwright.async_api import Page

    from tests.editors.driver.desk import Desk
    from tests.editors.driver.newcomer import Newcomer
    from tests.editors.driver.vscode import VSCode, Workbench

    Start = Callable[..., AbstractAsyncContextManager[VSCode]]

pytestmark = [pytest.mark.editors, pytest.mark.real_time, pytest.mark.timeout(150, func_only=True)]

UV_BIN = ".local/bin/lsp-codex"  # where `uv tool install` and pipx put it
SANDBOX = json.loads((EXAMPLES / "settings-sandbox.json").read_text())
TYPED = "def fibonacci(n):\n"
# What the sandbox says there, whenever and however often it is asked: what is typed goes key by key.
SAID = """\
if n < 2:
        return n
    return fibonacci(n - 1) + fibonacci(n - 2)"""


@pytest.fixture(scope="session")
def extension(workbench: Workbench, newcomer: Newcomer) -> Path:
    """VS Code's folder with the extension in it: made and installed by the page's own lines, with all checks."""
    extensions = newcomer.desk.folder / "extensions"
    workbench.equip(newcomer.desk, extensions)
    clone, install, *others = lines(PAGES["vscode"])[0]
    assert clone.startswith("git clone ")
    assert install.startswith("uv tool install ")  # both are typed in test_readme.py
    said = newcomer.types(others)
    assert "'lsp-codex.vsix' was successfully installed" in said, said
    return extensions


@pytest.fixture
def start(workbench: Workbench, desk: Desk, extension: Path) -> Start:
    """Opens VS Code on an empty project, with settings and more environment; the server is where uv puts it."""

    def opened(
        settings: dict[str, object], *, server: bool = True, **more: str
    ) -> AbstractAsyncContextManager[VSCode]:
        if server:
            script(desk.home / UV_BIN, SERVER)
        return vscode(workbench, desk, extension, settings, more)

    return opened


async def begin_sign_in(editor: VSCode) -> tuple[Page, str]:
    """Click the button in the status bar: the page that the browser opens, and the address a desktop would open."""
    async with editor.context.expect_page(timeout=15_000) as opening:
        await editor.page.locator(".statusbar-item", has_text="Sign in").click()
    await editor.page.mouse.move(1195, 400)  # or the status hovers over what comes
    popup = await opening.value
    return popup, direct(popup.url)


@pytest.mark.shows_secrets("the driver plays the browser and tells where it goes, the code of the callback included")
async def test_sign_in_type_see_accept_sign_out(start: Start) -> None:
    """A person signs in from the status bar, types, sees ghost text, takes it by word, by line and whole, looks at
    status, usage and models, and signs out."""
    codex = SandboxCodex()
    async with serve(codex) as address, start({}, **endpoints(address)) as editor:
        await editor.says("Codex: Sign in")
        await sign_in(editor, codex)

        await editor.open("series.py")
        await editor.type(TYPED)
        await editor.ghost(SAID)
        await editor.capture("5-ghost")
        await accept(editor)
        await editor.capture("6-accepted")
        await act_and_ask(editor, codex)

        await editor.command("Codex: Status")
        status = await editor.read("Codex status")
        assert codex.person.email in status
        assert "first token after" in status
        await editor.capture("7-status")
        await editor.command("Codex: Usage of your plan")
        assert "5 hours" in await editor.read("Usage of your plan")
        await editor.command("Codex: Models")
        assert "ghost text" in await editor.read("Models of your account")
        await editor.capture("8-models")

        await editor.command("Codex: Sign out")
        await editor.says("Codex: Sign in")
        await eventually(editor.desk.signed_out, "the login is deleted")
        await editor.told("signed out")
        await editor.capture("9-signed-out")


async def sign_in(editor: VSCode, codex: SandboxCodex) -> None:
    """The button, the pages in the browser, and what the editor says meanwhile and then."""
    popup, authorize = await begin_sign_in(editor)
    await editor.says("Codex: Signing in…")
    await editor.told("finish signing in in your browser")
    await editor.capture("1-signing-in")
    await popup.goto(authorize)
    await popup.screenshot(path=editor.desk.folder / "2-consent.png")
    await popup.get_by_role("button", name="Continue").click()
    await popup.wait_for_url(re.compile(r"/auth/callback|/success"))
    await popup.screenshot(path=editor.desk.folder / "3-signed-in-page.png")
    await popup.close()
    await editor.told(f"signed in as {codex.person.email}")
    await signed_in(editor)
    await editor.untold("finish signing in")
    await editor.capture("4-signed-in")


async def act_and_ask(editor: VSCode, codex: SandboxCodex) -> None:
    """A code action with its preview; an answer in a page, and more questions in the same conversation."""
    await editor.press("Control+Home")
    await editor.action("Codex: Document fibonacci")
    apply = editor.page.get_by_role("button", name="Apply")
    await apply.wait_for()
    await editor.capture("6-preview")
    await editor.page.locator(".refactor-preview .monaco-checkbox, .edit-checkbox").first.click()
    await apply.click()
    documented = re.compile(re.escape(TYPED) + r'    """.+\n    """\n' + re.escape(f"    {SAID}"), re.DOTALL)
    await editor.saves("series.py", documented)
    await editor.action("Codex: Explain fibonacci")
    await eventually(lambda: editor.reads("Explain", "fibonacci(n)"), "the answer, once it has come")
    await editor.command("Codex: Ask")
    await editor.answer("What is it called with?")
    await eventually(lambda: editor.reads("Explain", "What is it called with?"), "both questions on one page")
    await editor.capture("6-answers")
    codex.script(silent())
    await editor.command("Codex: Ask")
    await editor.answer("And this one?")
    await eventually(lambda: editor.reads("Explain", "And this one?"), "the third question")
    await editor.command("Codex: Ask")
    await editor.told("still answers the question before")
    await editor.page.get_by_role("button", name="Cancel").click()
    await eventually(lambda: editor.reads("Explain", "Stopped."), "the third answer is stopped")
    assert await editor.reads("Explain", "What is it called with?")


async def accept(editor: VSCode) -> None:
    """Take the ghost text by word, by line and whole; each time the buffer is compared."""
    first, rest = SAID.split("\n", 1)
    await editor.press("Control+ArrowRight")  # VS Code's own key for the next word
    await editor.saves("series.py", TYPED + "    if")
    await editor.press("Control+Alt+ArrowRight")  # ours for the next line
    await editor.saves("series.py", f"{TYPED}    {first}\n")
    await editor.ghost(rest)
    await editor.press("Tab")  # where the line is still to be indented, VS Code's Tab does that first
    await editor.saves("series.py", f"{TYPED}    {first}\n        ")
    await editor.ghost(rest)
    await editor.press("Tab")
    await editor.saves("series.py", f"{TYPED}    {SAID}")


async def signed_in(editor: VSCode) -> None:
    """Wait until the status bar has our name, with usage if any is known."""

    async def look() -> bool:
        return re.fullmatch(r"Codex( \d+%)?", await editor.status()) is not None

    await eventually(look, "signed in, says the status bar")


async def test_sandbox_and_killed(start: Start, desk: Desk) -> None:
    """The README's sandbox line alone gives ghost text that Tab accepts; every process of VS Code killed with -9
    during a sign-in leaves no server, no listener and no held lock three seconds later."""
    async with serve(SandboxCodex()) as address, start(SANDBOX, **endpoints(address)) as editor:
        await editor.says("Codex sandbox")
        await editor.open("series.py")
        await editor.type(TYPED)
        await editor.ghost(SAID)
        await editor.capture("sandbox")
        await editor.press("Escape")
        await editor.ghost("")
        await editor.press("Alt+Backslash")  # asked for by hand it is there again
        await editor.ghost(SAID)
        await editor.press("Tab")
        await editor.saves("series.py", TYPED + "    " + SAID)
        assert (await editor.status()).startswith("Codex sandbox")

        running = desk.servers()
        await editor.settings({**SANDBOX, "codex.completion.trigger": "off"})
        await editor.says("Codex sandbox: Off")
        assert desk.servers() == running, "a setting is taken without a restart"
        os.kill(running[0], signal.SIGKILL)
        await eventually(lambda: another(desk, running), "a server that dies is started anew")
        await editor.says("Codex sandbox: Off")
        await editor.settings({})  # one that is gone is forgotten: without the sandbox nobody is signed in
        await editor.says("Codex: Sign in")
        _, authorize = await begin_sign_in(editor)
        callback = urlsplit(parse_qs(urlsplit(authorize).query)["redirect_uri"][0])
        assert callback.port is not None
        assert listens(callback.port)
        assert desk.servers()

        for pid in editor_processes(desk):
            os.kill(pid, signal.SIGKILL)
        await eventually(lambda: desk.gone(callback.port), "no server, no listener", seconds=3)


async def another(desk: Desk, before: list[int]) -> bool:
    """Whether one server of this desk runs, and none of ``before``."""
    now = desk.servers()
    return len(now) == 1 and not set(now) & set(before)


async def test_without_a_server_it_says_what_to_do(start: Start, desk: Desk) -> None:
    """No server: one notification, a page that says how to install it; once it is there, a click finds it. A path in
    the settings that leads nowhere is named. Then the other ways to sign in: a code, a pasted address."""
    codex = SandboxCodex(device_interval=1)
    async with serve(codex) as address, start({}, server=False, **endpoints(address)) as editor:
        await editor.says("Codex: No server")
        await editor.told("was not found")
        await editor.capture("1-no-server")
        await editor.page.get_by_role("button", name="How to install").click()
        assert "uv tool install" in await editor.read("Install the Codex language server")
        await editor.capture("2-how-to-install")
        await editor.settings({"codex.server.path": "/nowhere/lsp-codex"}, machine=True)
        await editor.told('codex.server.path is "/nowhere/lsp-codex"')

        script(desk.home / UV_BIN, SERVER)
        await editor.settings({}, machine=True)
        await editor.says("Codex: Sign in")

        await editor.command("Codex: Sign in with a code")
        told = await editor.told("enter the code")
        await editor.capture("3-code")
        code = re.search(r"\b[A-Z]{4}-[A-Z]{4}\b", told)
        assert code is not None, told
        await enters(f"{address}/codex/device", code[0])
        await signed_in(editor)
        await editor.untold("enter the code")

        await editor.command("Codex: Sign out")
        await editor.says("Codex: Sign in")
        popup, authorize = await begin_sign_in(editor)
        await popup.close()
        pasted = await decides(authorize, "continue")
        await editor.page.get_by_role("link", name="Paste the address it ended on").click()
        await editor.answer(pasted)
        await signed_in(editor)


def test_the_lock_file_names_no_host() -> None:
    """Where packages come from is each machine's own affair."""
    lock = json.loads((SOURCES / "package-lock.json").read_text())
    assert [name for name, each in lock["packages"].items() if "resolved" in each] == []
    assert all("integrity" in each for name, each in lock["packages"].items() if name)


@pytest.mark.usefixtures("extension")
def test_the_pure_parts(newcomer: Newcomer) -> None:
    """The extension's own tests: where the server is looked for, and how its answers read."""
    said = newcomer.types(["cd ~/lsp-codex/editors/vscode", "npm test"])
    assert re.search(r"^[#ℹ] pass [1-9]", said, re.MULTILINE)
