"""editors/emacs in the real Emacs: Eglot with Codex beside another server, by the multiplexer rass."""

from __future__ import annotations

import os
import signal
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from lsp_codex.sandbox.codex import SandboxCodex
from lsp_codex.sandbox.loopback import serve
from lsp_codex.sandbox.replies import Stream, pieces
from tests.editors.driver.browser import approve
from tests.editors.driver.desk import endpoints
from tests.editors.driver.run import eventually
from tests.editors.test_emacs import REST, same, says, sign_in
from tests.editors.test_emacs import start as start
from tests.editors.test_neovim import SAID, TYPED

if TYPE_CHECKING:
    from tests.editors.driver.desk import Desk
    from tests.editors.test_emacs import Start

pytestmark = [pytest.mark.editors, pytest.mark.real_time, pytest.mark.timeout(90, func_only=True)]


def program(desk: Desk, name: str, *command: str) -> None:
    """A program in the PATH of ``desk``."""
    path = desk.folder / "bin" / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("#!/bin/sh\nexec " + " ".join(f'"{word}"' for word in command) + ' "$@"\n')
    path.chmod(0o755)


async def test_codex_beside_another_server(start: Start, desk: Desk) -> None:
    """One buffer, two servers: sign-in and ghost text are Codex's, completions the other's; none outlives Emacs."""
    program(desk, "rass", str(Path(sys.executable).with_name("rass")))
    program(desk, "pylsp", sys.executable, str(Path(__file__).with_name("other_server.py")))
    codex = SandboxCodex()
    codex.script(Stream(pieces(SAID), per_delta=0.01))
    async with serve(codex) as address, start("rass.el", **endpoints(address)) as editor:
        await editor.attached()
        await eventually(lambda: says(editor, "Codex[signed out]"), "the status comes through")
        await approve(await sign_in(editor))
        await eventually(lambda: says(editor, "Codex"), "signed in")
        await editor.terminal.type(TYPED)
        assert await eventually(lambda: editor.ask(REST), "ghost text") == SAID
        await editor.capture("beside")
        await editor.terminal.press("Tab")
        await eventually(lambda: same(editor, f"{TYPED}    {SAID}"), "the buffer holds the accepted text")
        await editor.terminal.type("\noffered")
        await editor.terminal.press("C-M-i")
        await eventually(lambda: same(editor, f"{TYPED}    {SAID}\noffered_by_another"), "the other completes")
        os.kill(await editor.pid(), signal.SIGKILL)
        await eventually(desk.gone, "no server", seconds=3)
