"""editors/helix in the real Helix: what is typed and seen there, and what is left when it dies."""

from __future__ import annotations

import asyncio
import os
import re
import signal
from typing import TYPE_CHECKING
from urllib.parse import parse_qs, urlsplit

import pytest

from lsp_codex.sandbox.codex import SandboxCodex
from lsp_codex.sandbox.loopback import serve
from tests.editors.driver.browser import approve
from tests.editors.driver.desk import Desk, endpoints, listens
from tests.editors.driver.helix import EXAMPLES, Helix, helix
from tests.editors.driver.neovim import EXAMPLES as NEOVIM_EXAMPLES
from tests.editors.driver.neovim import neovim
from tests.editors.driver.run import eventually
from tests.editors.test_neovim import state as neovim_state
from tests.harness.person import decides, enters

if TYPE_CHECKING:
    from collections.abc import Callable
    from contextlib import AbstractAsyncContextManager
    from pathlib import Path

    from tests.editors.driver.helix import HelixPrograms
    from tests.editors.driver.neovim import Editors

    Start = Callable[..., AbstractAsyncContextManager[Helix]]

pytestmark = [pytest.mark.editors, pytest.mark.real_time, pytest.mark.timeout(90, func_only=True)]


@pytest.fixture
def start(helix_programs: HelixPrograms, desk: Desk) -> Start:
    """Opens a file in Helix, configured by examples (names between blanks) and with more environment."""

    def opened(languages: str, text: str = "", **more: str) -> AbstractAsyncContextManager[Helix]:
        config = (EXAMPLES / "config.toml").read_text()
        whole = "".join((EXAMPLES / each).read_text() for each in languages.split())
        return helix(helix_programs, desk, whole, config, "area.py", more, text)

    return opened


async def sign_in(editor: Helix) -> str:
    """Start a sign-in by its command; answers the address that a browser was asked to open."""
    await editor.command("lsp-workspace-command codex.signIn")
    return await eventually(editor.desk.asked_to_open, "a browser is asked to open the address")


async def test_sign_in_status_sign_out(start: Start) -> None:
    """A person signs in from Helix, asks for the status, the usage and the models, and signs out."""
    codex = SandboxCodex()
    async with serve(codex) as address, start("languages.toml", **endpoints(address)) as editor:
        await editor.attached()
        authorize = await sign_in(editor)
        screen = await editor.seen("Finish signing in in your browser", "OK")
        await editor.capture("1-signing-in")
        assert authorize in re.sub(r"[│\s]", "", screen), "the whole address can be read on the screen"
        await editor.terminal.press("Enter")
        await approve(authorize)
        await editor.seen(f"signed in as {codex.person.email}")

        await editor.command("lsp-workspace-command codex.status")
        await editor.seen(f"Codex: signed in as {codex.person.email} (plus)\n")
        await editor.capture("2-status")
        await editor.terminal.press("Space", "C", "u")  # the key of config.toml
        await editor.seen("% used, anew on")
        await editor.capture("3-usage")
        await editor.terminal.press("Enter")
        await editor.terminal.press("Space", "C", "m")
        await editor.seen("for questions", "for suggestions")
        await editor.capture("4-models")
        await editor.terminal.press("Enter")

        await editor.terminal.press("Space", "C", "o")
        await editor.seen("Codex: signed out")
        await eventually(editor.desk.signed_out, "the login is deleted")
        await editor.capture("5-signed-out")


async def test_a_device_code_can_be_read_and_entered(start: Start) -> None:
    """Page, code and warning stand on the screen, whole; once the code is entered, somebody is signed in."""
    codex = SandboxCodex(device_interval=1)
    async with serve(codex) as address, start("languages.toml", **endpoints(address)) as editor:
        await editor.attached()
        await editor.command('lsp-workspace-command codex.signIn {"method":"deviceCode"}')
        screen = await editor.seen(f"{address}/codex/device", "give it to nobody", "OK")
        await editor.capture("device-code")
        code = re.search(r"\b[A-Z]{4}-[A-Z]{4}\b", screen)
        assert code is not None, screen
        await editor.terminal.press("Enter")
        await enters(f"{address}/codex/device", code[0])
        await editor.seen(f"signed in as {codex.person.email}")


async def test_a_pasted_address_finishes_the_sign_in(start: Start) -> None:
    """As the README says: the address in quotes, in JSON; each % twice, which is how Helix reads one."""
    codex = SandboxCodex()
    async with serve(codex) as address, start("languages.toml", **endpoints(address)) as editor:
        await editor.attached()
        pasted = await decides(await sign_in(editor), "continue")
        await editor.seen("OK")
        await editor.terminal.press("Enter")
        doubled = pasted.replace("%", "%%")
        await editor.command(f'lsp-workspace-command codex.completeSignIn {{"callbackUrl":"{doubled}"}}')
        # Nobody looks at the screen before what was pasted is gone from there.
        await eventually(lambda: asyncio.to_thread((editor.desk.home / "codex" / "auth.json").exists), "a login")
        await editor.seen(f"signed in as {codex.person.email}")


async def test_killed_helix_leaves_nothing(start: Start, desk: Desk) -> None:
    """Helix killed with -9 during a sign-in: within three seconds no server, no listener, no lock."""
    async with serve(SandboxCodex()) as address, start("languages.toml", **endpoints(address)) as editor:
        await editor.attached()
        callback = urlsplit(parse_qs(urlsplit(await sign_in(editor)).query)["redirect_uri"][0])
        assert callback.port is not None
        assert listens(callback.port)
        assert desk.servers()

        os.kill(editor.pid(), signal.SIGKILL)
        await eventually(lambda: desk.gone(callback.port), "no server, no listener", seconds=3)


async def test_closed_helix_leaves_nothing(start: Start, desk: Desk) -> None:
    """``:quit!`` ends the server too."""
    async with start("languages-sandbox.toml") as editor:
        await editor.attached()
        assert desk.servers()
        await editor.command("quit!")
        await eventually(desk.gone, "no server", seconds=3)


async def test_the_sandbox_without_an_account(start: Start) -> None:
    """The README's sandbox line: somebody is signed in, and no browser was opened."""
    async with start("languages-sandbox.toml") as editor:
        await editor.attached()
        await editor.command("lsp-workspace-command codex.status")
        await editor.seen("Codex (sandbox): signed in as")
        assert not editor.desk.opened.exists()


async def test_two_editors_share_one_login(start: Start, editors: Editors, tmp_path: Path) -> None:
    """Neovim signs in; Helix, open beside it all the time, is signed in too."""
    codex = SandboxCodex()
    async with serve(codex) as address:
        shared = {**endpoints(address), "LSP_CODEX_HOME": str(tmp_path / "shared")}
        other = Desk(tmp_path / "other")
        init = (NEOVIM_EXAMPLES / "init.lua").read_text()
        async with start("languages.toml", **shared) as first, neovim(editors, other, init, "a.py", shared) as second:
            await first.attached()
            await second.attached()
            await second.command("Codex signin")
            await approve(await eventually(other.asked_to_open, "a browser is asked to open the address"))
            await eventually(lambda: neovim_state(second, "Codex"), "Neovim is signed in")

            await first.command("lsp-workspace-command codex.status")
            await first.seen(f"signed in as {codex.person.email}")
            await first.capture("shared")
