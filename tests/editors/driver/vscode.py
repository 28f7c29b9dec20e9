"""VS Code as a person has it: the real workbench (code-server's) in a headless Chromium, with a home of its own."""

from __future__ import annotations

import asyncio
import json
import os
import re
import shutil
import signal
import subprocess
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import httpx2
from playwright.async_api import async_playwright

from tests.editors.driver.run import eventually, run
from tests.harness.ports import free_ports

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Mapping

    from playwright.async_api import BrowserContext, Page

    from tests.editors.driver.neovim import Desk

ROOT = Path(__file__).parents[3]
SOURCES = ROOT / "editors" / "vscode"
EXAMPLES = SOURCES / "examples"

ENTRY = "workbench/node_modules/code-server/out/node/entry.js"
GHOST = ".ghost-text, .ghost-text-decoration, .ghost-text-decoration-preview"
TOASTS = ".notifications-toasts .notification-list-item"
ROWS = ".quick-input-widget .monaco-list-row"

# Nothing but this machine: neither the workbench nor the browser may look for updates, extensions or fonts.
CHROMIUM = ("--no-sandbox", "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1, EXCLUDE localhost")
SETTINGS = {
    "editor.accessibilitySupport": "off",
    "extensions.autoCheckUpdates": False,
    "security.workspace.trust.enabled": False,
    "workbench.startupEditor": "none",
    "workbench.tips.enabled": False,
}


@dataclass(frozen=True, slots=True)
class Workbench:
    """The programs that are driven: the folder that setup.sh made, and the browser."""

    home: Path
    chromium: Path

    def node(self, script: str, *arguments: str) -> tuple[str, ...]:
        """The command that runs a script of ``home``."""
        return (str(self.home / "node"), str(self.home / script), *arguments)

    def code(self, desk: Desk, *arguments: str) -> tuple[str, ...]:
        """VS Code's own command, for one desk."""
        data = desk.folder / "vscode"
        folders = ("--user-data-dir", str(data), "--extensions-dir", str(data / "extensions"))
        return self.node(ENTRY, *folders, "--disable-telemetry", "--disable-update-check", *arguments)


def build(workbench: Workbench, folder: Path, *lines: str) -> subprocess.CompletedProcess[str]:
    """Run shell ``lines`` in a copy of editors/vscode at ``folder`` whose ``npm ci`` setup.sh has done already."""
    if not folder.exists():
        shutil.copytree(SOURCES, folder, ignore=shutil.ignore_patterns("node_modules", "out", "*.vsix"))
        (folder / "node_modules").symlink_to(workbench.home / "toolchain" / "node_modules")
    programs = folder.parent / "bin"
    programs.mkdir(exist_ok=True)
    (programs / "node").unlink(missing_ok=True)
    (programs / "node").symlink_to((workbench.home / "node").resolve())
    npm = programs / "npm"
    npm.write_text(f'#!/bin/sh\n[ "$1" = ci ] || exec node {workbench.home / "npm.js"} "$@"\n')
    npm.chmod(0o755)
    environ = {"PATH": f"{programs}:/usr/bin:/bin", "HOME": str(folder.parent), "LANG": "C.UTF-8"}
    command = ["sh", "-euc", "\n".join(lines)]
    return subprocess.run(
        command,
        cwd=folder,
        env=environ,
        capture_output=True,
        text=True,
        timeout=80,
        check=False,
        stdin=subprocess.DEVNULL,
    )


class VSCode:
    """One window: keys in, what is on the screen out."""

    def __init__(self, page: Page, context: BrowserContext, desk: Desk, address: str) -> None:
        self.page = page
        self.context = context
        self.desk = desk
        self.address = address

    async def texts(self, selector: str) -> list[str]:
        """The text of every element of ``selector`` that there is now."""
        found: list[str] = await self.page.evaluate(
            "s => [...document.querySelectorAll(s)].map(e => e.innerText ?? e.textContent)", selector
        )
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

    async def ghost(self) -> str:
        """The ghost text that is shown, or nothing."""
        return "\n".join(await self.texts(GHOST))

    async def press(self, *keys: str) -> None:
        """Press keys by Playwright's names: ``Tab``, ``Control+ArrowRight``."""
        for key in keys:
            await self.page.keyboard.press(key)

    async def type(self, text: str) -> None:
        """Type ``text`` key by key."""
        await self.page.keyboard.type(text, delay=15)

    async def command(self, title: str) -> None:
        """Run a command of the palette by its whole title."""
        await self.press("F1")
        await eventually(lambda: self.texts(".quick-input-widget input"), "the palette")
        await self.type(title)
        await self.choose(title)

    async def choose(self, label: str) -> None:
        """Take the row of the open list that begins with ``label``."""

        async def look() -> str:
            rows = await self.texts(ROWS)
            return rows[0] if rows and rows[0].strip().startswith(label) else ""

        await eventually(look, f"{label!r} first in the list; it is {await self.texts(ROWS)}")
        await self.press("Enter")

    async def open(self, name: str, text: str = "") -> None:
        """Create a file of the project, open it by name, and have the cursor in it."""
        await asyncio.to_thread((self.desk.project / name).write_text, text)
        await self.press("Control+P")
        await eventually(lambda: self.texts(".quick-input-widget input"), "the list of files")
        await self.type(name)
        await self.choose(name)
        await self.page.locator(
            f'.editor-instance[aria-label*="{name}"], .monaco-editor[data-uri$="{name}"]'
        ).first.wait_for()
        await self.press("Control+1")

    async def saved(self, name: str) -> str:
        """Save the editor's buffer and read it from the disk."""
        await self.press("Control+S")
        path = self.desk.project / name

        async def clean() -> bool:
            return not await self.texts(".tab.dirty")

        await eventually(clean, f"{name} is saved")
        return await asyncio.to_thread(path.read_text)

    async def capture(self, name: str) -> Path:
        """Keep what is on the screen as NAME.png in the desk's folder."""
        path = self.desk.folder / f"{name}.png"
        await self.page.screenshot(path=path)
        print(f"--- {path}")  # noqa: T201 — pytest shows it when a test fails, and with -s
        return path

    async def log(self) -> str:
        """What the extension and the server wrote to the output channel."""
        found = sorted((self.desk.folder / "vscode").rglob("*Codex.log"))
        return "\n".join([await asyncio.to_thread(path.read_text, errors="replace") for path in found])


@asynccontextmanager
async def vscode(
    workbench: Workbench, desk: Desk, extension: Path, settings: Mapping[str, object], environ: Mapping[str, str]
) -> AsyncIterator[VSCode]:
    """VS Code with the packed ``extension`` installed and the project open, until the block ends; then it is gone."""
    user = desk.folder / "vscode" / "User"
    await asyncio.to_thread(user.mkdir, parents=True)
    (user / "settings.json").write_text(json.dumps({**SETTINGS, **settings}))
    whole = {**desk.environ(environ), "EXTENSIONS_GALLERY": "{}"}
    await run(*workbench.code(desk, "--install-extension", str(extension)), environ=whole, seconds=30)
    port = free_ports(1)[0]
    command = workbench.code(desk, "--auth", "none", "--bind-addr", f"127.0.0.1:{port}", str(desk.project))
    with (desk.folder / "code-server.log").open("wb") as log:
        process = await asyncio.create_subprocess_exec(
            *command, env=whole, stdin=asyncio.subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True
        )
    try:
        address = f"http://127.0.0.1:{port}"
        await eventually(lambda: _healthy(address), "code-server answers", 30)
        async with async_playwright() as playwright:
            browser = await playwright.chromium.launch(executable_path=workbench.chromium, args=CHROMIUM)
            context = await browser.new_context(viewport={"width": 1200, "height": 760})
            page = await context.new_page()
            editor = VSCode(page, context, desk, address)
            try:
                await page.goto(f"{address}/?folder={desk.project}")
                await eventually(editor.status, "our item in the status bar", 40)
                yield editor
            except BaseException:
                await editor.capture("failed")
                print(await editor.log())  # noqa: T201 — for the report of the failed test
                raise
            finally:
                await browser.close()
    finally:
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        await process.wait()


async def _healthy(address: str) -> bool:
    async with httpx2.AsyncClient(trust_env=False, timeout=5) as client:
        try:
            return (await client.get(f"{address}/healthz")).status_code == 200
        except httpx2.TransportError:
            return False


def direct(address: str) -> str:
    """What a desktop would open: code-server sends loopback addresses through itself, as /proxy/PORT/…."""
    return re.sub(r"^http://[^/]+/proxy/(\d+)/", r"http://127.0.0.1:\1/", address)
