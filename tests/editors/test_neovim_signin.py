"""The other ways in from the real Neovim: a device code, and an address pasted from a browser elsewhere."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from lsp_codex.sandbox.codex import SandboxCodex
from lsp_codex.sandbox.loopback import serve
from tests.editors.driver.desk import endpoints
from tests.editors.driver.neovim import EXAMPLES, neovim
from tests.editors.driver.run import eventually
from tests.editors.test_neovim import shown, state
from tests.harness.person import decides, enters

if TYPE_CHECKING:
    from tests.editors.driver.desk import Desk
    from tests.editors.driver.neovim import Editors

pytestmark = [pytest.mark.editors, pytest.mark.real_time, pytest.mark.timeout(90, func_only=True)]


INIT = (EXAMPLES / "init.lua").read_text()


async def test_a_device_code_can_be_read_and_entered(editors: Editors, desk: Desk) -> None:
    """Page, code and warning stand on the screen; once the code is entered, somebody is signed in."""
    codex = SandboxCodex(device_interval=1)
    async with serve(codex) as address, neovim(editors, desk, INIT, "a.py", endpoints(address)) as editor:
        await editor.attached()
        await editor.command("Codex signin device")
        screen = await eventually(lambda: shown(editor, f"{address}/codex/device"), "the page on the screen")
        code = re.search(r"\b[A-Z]{4}-[A-Z]{4}\b", screen)
        assert code is not None, screen
        assert "giveittonobody" in re.sub(r"[│~\s]", "", screen)
        await enters(f"{address}/codex/device", code[0])
        await eventually(lambda: state(editor, "Codex"), "signed in")
        assert codex.person.email in await editor.messages()


async def test_a_pasted_address_finishes_the_sign_in(editors: Editors, desk: Desk) -> None:
    """``:Codex complete`` asks for the address; one of another sign-in is refused with one message."""
    async with serve(SandboxCodex()) as address, neovim(editors, desk, INIT, "a.py", endpoints(address)) as editor:
        await editor.attached()
        await editor.command("Codex signin")
        authorize = await eventually(editor.desk.asked_to_open, "a browser is asked to open the address")
        pasted = await decides(authorize, "continue")
        await editor.command("Codex complete http://127.0.0.1:1455/auth/callback?code=x&state=old")
        await eventually(lambda: shown(editor, "belongs to another sign-in"), "the refusal on the screen")
        await editor.terminal.press("Enter")
        assert (await editor.messages()).count("belongs to another sign-in") == 1
        await editor.terminal.type(":Codex complete")
        await editor.terminal.press("Enter")
        await eventually(lambda: shown(editor, "The address that the browser ended on:"), "the prompt")
        await editor.terminal.type(pasted)
        await editor.terminal.press("Enter")
        await eventually(lambda: state(editor, "Codex"), "signed in")
