"""The sandbox as a site on this machine."""

from __future__ import annotations

import asyncio
import re
import signal
import sys

import pytest

from lsp_codex.terminal.site import open_site, run


@pytest.mark.real_time
async def test_a_site_has_an_address_and_a_signed_in_account() -> None:
    """Three tokens of one account, and an address on loopback."""
    async with open_site() as site:
        assert re.fullmatch(r"http://127\.0\.0\.1:\d+", site.address)
        assert set(site.tokens) == {"id_token", "access_token", "refresh_token"}


@pytest.mark.real_time
async def test_a_taken_port_is_one_line_and_exit_code_1(capsys: pytest.CaptureFixture[str]) -> None:
    """The line names the port."""
    async with open_site() as site:
        port = int(site.address.rpartition(":")[2])
        assert await asyncio.to_thread(run, port) == 1
    assert str(port) in capsys.readouterr().err


@pytest.mark.real_time
@pytest.mark.shows_secrets("the sandbox's key is for everybody, and printed with the settings")
async def test_the_command_prints_the_settings_and_ends_with_an_interrupt() -> None:
    """The three variables that point a server at it; Ctrl-C is the normal end."""
    command = (sys.executable, "-m", "lsp_codex", "sandbox")
    process = await asyncio.create_subprocess_exec(*command, stdout=asyncio.subprocess.PIPE)
    assert process.stdout is not None
    text = (await process.stdout.readuntil(b"Press")).decode()
    process.send_signal(signal.SIGINT)
    assert await process.wait() == 0
    for name in ("LSP_CODEX_ISSUER", "LSP_CODEX_CHATGPT_BASE_URL", "LSP_CODEX_HOME"):
        assert f"export {name}=" in text
