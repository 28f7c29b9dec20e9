"""editors/helix in the real Helix: what is typed, seen and taken there, and what is left when it dies."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from lsp_codex.sandbox.codex import SandboxCodex
from lsp_codex.sandbox.loopback import serve
from tests.editors.driver.browser import approve
from tests.editors.driver.desk import asked_to_open
from tests.editors.driver.helix import EXAMPLES, Helix, helix
from tests.editors.driver.run import eventually
from tests.editors.test_neovim import deleted, endpoints

if TYPE_CHECKING:
    from collections.abc import Callable
    from contextlib import AbstractAsyncContextManager

    from tests.editors.driver.helix import HelixPrograms
    from tests.editors.driver.neovim import Desk

    Start = Callable[..., AbstractAsyncContextManager[Helix]]

pytestmark = [pytest.mark.editors, pytest.mark.real_time, pytest.mark.timeout(90, func_only=True)]


@pytest.fixture
def start(helix_programs: HelixPrograms, desk: Desk) -> Start:
    """Opens a file in Helix, configured by one of the examples and with more environment."""

    def opened(languages: str, file: str = "area.py", **more: str) -> AbstractAsyncContextManager[Helix]:
        return helix(helix_programs, desk, (EXAMPLES / languages).read_text(), file, more)

    return opened


async def test_sign_in_status_sign_out(start: Start) -> None:
    """A person signs in from Helix."""
    codex = SandboxCodex()
    async with serve(codex) as address, start("languages.toml", **endpoints(address)) as editor:
        import asyncio

        await editor.attached()
        await editor.capture("0-started")
        await editor.command("lsp-workspace-command codex.signIn")
        authorize = await eventually(lambda: asked_to_open(editor.desk), "a browser is asked to open the address")
        await asyncio.sleep(1)
        await editor.capture("1-signing-in")
        await editor.terminal.press("Enter")
        await approve(authorize)
        await editor.seen(f"signed in as {codex.person.email}")
        await editor.capture("2-signed-in")
        await editor.command("lsp-workspace-command codex.status")
        await asyncio.sleep(0.5)
        await editor.capture("2-status")
        await editor.command('lsp-workspace-command codex.signIn {"method":"deviceCode"}')
        await asyncio.sleep(1.5)
        await editor.capture("3-device")
        await editor.terminal.press("Enter")
        await editor.command(
            'lsp-workspace-command codex.completeSignIn {"callbackUrl":"http://localhost:1455/auth/callback?code=a%%20b&state=%%7Bx"}'
        )
        await asyncio.sleep(0.5)
        await editor.capture("4-paste")
        await editor.command("lsp-workspace-command codex.signOut")
        await editor.seen("signed out")
        await eventually(lambda: deleted(editor.desk.home / "codex" / "auth.json"), "the login is deleted")
        await editor.capture("5-signed-out")
        await editor.normal()
        await editor.terminal.type(":lsp-workspace-command ")
        await asyncio.sleep(0.5)
        await editor.capture("6-menu")
