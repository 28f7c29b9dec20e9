"""VS Code as a person has it: the real workbench (code-server's) in a headless Chromium, with a home of its own."""

from __future__ import annotations

import asyncio
import json
import os
import re
import signal
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING

import httpx2
from playwright.async_api import Error as PlaywrightError
from playwright.async_api import async_playwright

from tests.editors.driver.desk import ROOT
from tests.editors.driver.run import eventually
from tests.harness.ports import free_ports

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Mapping
    from pathlib import Path

    from playwright.async_api import BrowserContext, Page

    from tests.editors.driver.desk import Desk

SOURCES = ROOT / "editors" / "vscode"
EXAMPLES = SOURCES / "examples"

ENTRY = "workbench/node_modules/code-server/out/node/entry.js"
GHOST = ".ghost-text, .ghost-text-decoration, .ghost-text-decoration-preview"
TOASTS = ".notifications-toasts .notification-list-item"
ROWS = ".quick-input-widget .monaco-list-row"

# In the order in which they are read: that of the document is another.
_TEXTS = """selector => [...document.querySelectorAll(selector)]
  .map(element => [element.getBoundingClientRect(), element.innerText ?? element.textContent])
  .sort(([a], [b]) => a.top - b.top || a.left - b.left)
  .map(([, text]) => text)"""

# A page that is loading has its text already, in a frame that nobody sees yet.
_DRAWN = """() => window.frameElement?.id === 'pending-frame' ? ''
  : document.querySelector('.markdown-body')?.innerText ?? ''"""

# Nothing but this machine: neither the workbench nor the browser may look for updates, extensions or fonts.
CHROMIUM = ("--no-sandbox", "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1, EXCLUDE localhost")
SETTINGS = {
    "extensions.autoCheckUpdates": False,
    "files.autoSave": "off",
    "security.workspace.trust.enabled": False,
    "workbench.secondarySideBar.defaultVisibility": "hidden",
    "workbench.startupEditor": "none",
    "workbench.editor.useModal": "off",
    "workbench.tips.enabled": False,
    # settings.json is written in one piece
    "[jsonc]": {"editor.autoClosingBrackets": "never", "editor.autoClosingQuotes": "never"},
}


@dataclass(frozen=True, slots=True)
class Workbench:
    """The programs that are driven: the folder that setup.sh made, and the browser."""

    home: Path
    chromium: Path

    def node(self, script: str, *arguments: str) -> tuple[str, ...]:
        """The command that runs a script of ``home``."""
        return (str(self.home / "node"), str(self.home / script), *arguments)

    def code(self, desk: Desk, extensions: Path, *arguments: str) -> tuple[str, ...]:
        """VS Code's own command, for one desk; what is installed is in ``extensions``."""
        folders = ("--user-data-dir", str(desk.folder / "vscode"), "--extensions-dir", str(extensions))
        return self.node(ENTRY, *folders, "--disable-telemetry", "--disable-update-check", *arguments)

    def equip(self, desk: Desk, extensions: Path) -> None:
        """Put ``node``, ``npm`` and ``code`` into the desk's PATH; ``npm ci`` has been done by setup.sh."""
        modules = self.home / "toolchain" / "node_modules"
        desk.program("node", f'exec {self.home / "node"} "$@"')
        desk.program("npm", f'[ "$1" = ci ] && exec ln -sfn {modules} . || exec node {self.home / "npm.js"} "$@"')
        desk.program("code", f'exec {" ".join(self.code(desk, extensions))} "$@"')


class VSCode:
    """One window: keys in, what is on the screen out."""

    def __init__(self, page: Page, context: BrowserContext, desk: Desk, address: str) -> None:
        self.page = page
        self.context = context
        self.desk = desk
        self.address = address

    async def texts(self, selector: str) -> list[str]:
        """The text of every element of ``selector`` that there is now."""
        found: list[str] = await self.page.evaluate(_TEXTS, selector)
        return [text.replace("\xa0", " ") for text in found]

    async def status(self) -> str:
        """What our item in the status bar says."""
        return next((text.strip() for text in await self.texts(".statusbar-item") if "Codex" in text), "")

    async def says(self, text: str, seconds: float = 15.0) -> None:
        """Wait until the status bar item says exactly ``text``."""

        async def look() -> bool:
            return await self.status() == text

        try:
            await eventually(look, text, seconds)
        except AssertionError:
            raise AssertionError(f"the status bar says {await self.status()!r} and not {text!r}") from None

    async def toasts(self) -> str:
        """The notifications that can be read."""
        return "\n".join(await self.texts(TOASTS))

    async def told(self, text: str, seconds: float = 10.0) -> str:
        """The notifications, once one holds ``text``."""

        async def look() -> str:
            shown = await self.toasts()
            return shown if text in shown else ""

        return await eventually(look, f"a notification with {text!r}; there is {await self.toasts()!r}", seconds)

    async def untold(self, text: str) -> None:
        """Wait until no notification holds ``text`` any more."""

        async def look() -> bool:
            return text not in await self.toasts()

        await eventually(look, f"no notification with {text!r} any more")

    async def ghost(self, text: str) -> None:
        """Wait until the ghost text shown is ``text``, white space aside: each line is an element of its own."""
        seen = ""

        async def look() -> bool:
            nonlocal seen
            seen = "".join("".join(await self.texts(GHOST)).split())
            return seen == "".join(text.split())

        try:
            await eventually(look, text)
        except AssertionError:
            raise AssertionError(f"the ghost text is {seen!r} and not {text!r}") from None

    async def press(self, *keys: str) -> None:
        """Press keys by Playwright's names: ``Tab``, ``Control+ArrowRight``."""
        for key in keys:
            await self.page.keyboard.press(key)

    async def type(self, text: str) -> None:
        """Type ``text`` key by key."""
        await self.page.keyboard.type(text, delay=15)

    async def command(self, title: str) -> None:
        """Run a command of the palette by its whole title."""
        await self._ask("F1", f">{title}")
        await self.choose(title)

    async def choose(self, label: str) -> None:
        """Take the row of the open list that begins with ``label``."""

        async def look() -> str:
            rows = await self.texts(ROWS)
            return rows[0] if rows and rows[0].strip().startswith(label) else ""

        await eventually(look, f"{label!r} first in the list; it is {await self.texts(ROWS)}")
        await self.press("Enter")

    async def action(self, title: str) -> None:
        """Open the code actions at the cursor and take the one called ``title``."""
        row = self.page.locator(".action-widget .monaco-list-row", has_text=title).first
        for patience in (2_000, 4_000, 8_000):  # a key pressed while the focus moves opens nothing
            await self.press("Control+1", "Control+Period")
            with suppress(PlaywrightError):
                await row.wait_for(timeout=patience)
                break
            await self.press("Escape")
        await row.click()

    async def open(self, name: str, text: str = "") -> None:
        """Create a file of the project, open it by name, and have the cursor in it."""
        await asyncio.to_thread((self.desk.project / name).write_text, text)
        await self._ask("Control+P", name)
        await self.choose(name)
        await self.page.locator(f'.monaco-editor.focused[data-uri$="{name}"]').wait_for()

    async def saves(self, name: str, text: str | re.Pattern[str]) -> None:
        """Save the editor's buffer and wait until ``text``, or what matches it, is what the disk has."""
        await self._save(self.desk.project / name, text)

    async def read(self, heading: str) -> str:
        """The text of the Markdown page that begins with ``heading``, once it is drawn."""

        async def look() -> str:
            for frame in self.page.frames:
                with suppress(PlaywrightError):  # a frame may be gone, or not be drawn yet, while we look
                    body = await frame.evaluate(_DRAWN)
                    if str(body).strip().startswith(heading):
                        return str(body)
            return ""

        return await eventually(look, f"the page {heading!r}")

    async def reads(self, heading: str, text: str) -> bool:
        """Whether ``text`` is on the page that begins with ``heading``."""
        return text in await self.read(heading)

    async def answer(self, text: str) -> None:
        """Type into the box that asks for something, and press Enter."""
        box = self.page.locator(".quick-input-widget input")
        await box.wait_for()
        await box.fill(text)
        await self.press("Enter")

    async def settings(self, settings: Mapping[str, object], *, machine: bool = False) -> None:
        """Change the settings in the editor: without native modules code-server sees no change on the disk.

        Those of the user, or of the ``machine``: in a remote window, as this is one, only there count the settings
        that no workspace may set.
        """
        title, folder = (
            ("Open Remote Settings (JSON)", "Machine") if machine else ("Open User Settings (JSON)", "User")
        )
        await self.command(f"Preferences: {title}")
        await self.page.locator(f'.monaco-editor.focused[data-uri$="{folder}/settings.json"]').wait_for()
        text = json.dumps(settings if machine else {**SETTINGS, **settings})
        await self.press("Control+A", "Delete")
        await self.page.keyboard.insert_text(text)
        await self._save(self.desk.folder / "vscode" / folder / "settings.json", text)

    async def capture(self, name: str) -> Path:
        """Keep what is on the screen as NAME.png in the desk's folder."""
        path = self.desk.folder / f"{name}.png"
        await self.page.evaluate(
            "() => new Promise(drawn => requestIdleCallback(() => requestAnimationFrame(drawn)))"
        )
        await self.page.screenshot(path=path)
        print(f"--- {path}")  # noqa: T201 — pytest shows it when a test fails, and with -s
        return path

    async def _ask(self, key: str, text: str) -> None:
        """Open the quick input with ``key``, again if the focus was just moving, and write ``text`` into it."""
        box = self.page.locator(".quick-input-widget input")

        async def look() -> bool:
            if not await box.is_visible():
                await self.press(key)
            return await box.is_visible()

        await eventually(look, f"the quick input of {key}")
        await box.fill(text)

    async def _save(self, path: Path, text: str | re.Pattern[str]) -> None:
        await self.press("Control+S")
        seen = ""

        async def look() -> bool:
            nonlocal seen
            seen = await asyncio.to_thread(path.read_text)
            return seen == text if isinstance(text, str) else text.fullmatch(seen) is not None

        try:
            await eventually(look, path.name)
        except AssertionError:
            raise AssertionError(f"{path.name} holds {seen!r} and not {text!r}") from None


@asynccontextmanager
async def vscode(
    workbench: Workbench, desk: Desk, extensions: Path, settings: Mapping[str, object], environ: Mapping[str, str]
) -> AsyncIterator[VSCode]:
    """VS Code with the installed ``extensions`` and the project open, until the block ends; then it is gone."""
    user = desk.folder / "vscode" / "User"
    for made in (user, desk.home, desk.project):
        await asyncio.to_thread(made.mkdir, parents=True, exist_ok=True)
    (user / "settings.json").write_text(json.dumps({**SETTINGS, **settings}))
    whole = {**desk.environ(environ), "EXTENSIONS_GALLERY": "{}"}
    port = free_ports(1)[0]
    command = workbench.code(
        desk, extensions, "--auth", "none", "--bind-addr", f"127.0.0.1:{port}", str(desk.project)
    )
    with (desk.folder / "code-server.log").open("wb") as log:
        process = await asyncio.create_subprocess_exec(
            *command, env=whole, stdin=asyncio.subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True
        )
    try:
        address = f"http://127.0.0.1:{port}"
        async with async_playwright() as playwright:  # while code-server starts
            browser = await playwright.chromium.launch(executable_path=workbench.chromium, args=CHROMIUM)
            context = await browser.new_context(viewport={"width": 1200, "height": 760}, reduced_motion="reduce")
            context.set_default_timeout(15_000)
            page = await context.new_page()
            editor = VSCode(page, context, desk, address)
            try:
                await eventually(lambda: _healthy(address), "code-server answers", 30)
                await page.goto(f"{address}/?folder={desk.project}")
                await eventually(editor.status, "our item in the status bar", 40)
                yield editor
            except BaseException:
                await editor.capture("failed")
                raise
            finally:
                await browser.close()
    finally:
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        await process.wait()


def editor_processes(desk: Desk) -> list[int]:
    """VS Code's own processes: all of this desk but the language server."""
    return [pid for pid in desk.processes() if pid not in desk.servers()]


async def _healthy(address: str) -> bool:
    async with httpx2.AsyncClient(trust_env=False, timeout=5) as client:
        try:
            return (await client.get(f"{address}/healthz")).status_code == 200
        except httpx2.TransportError:
            return False


def direct(address: str) -> str:
    """What a desktop would open: code-server sends loopback addresses through itself, as /proxy/PORT/…."""
    return re.sub(r"^http://[^/]+/proxy/(\d+)/", r"http://127.0.0.1:\1/", address)
