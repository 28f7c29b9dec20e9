"""``lsp-codex login``, ``status`` and ``logout`` as processes: a headless machine, from signed out to signed out."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import sys
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

import pytest

from lsp_codex.sandbox import loopback
from lsp_codex.sandbox.codex import SandboxCodex
from lsp_codex.terminal import consent
from tests.harness.person import decides, enters

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

pytestmark = [pytest.mark.real_time, pytest.mark.timeout(60)]


@asynccontextmanager
async def command(address: str, *arguments: str) -> AsyncIterator[asyncio.subprocess.Process]:
    """``lsp-codex`` with ``arguments``, at the sandbox; killed if it outlives the block."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "lsp_codex", *arguments,
        stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE,
        env={**os.environ, "LSP_CODEX_ISSUER": address},
    )  # fmt: skip
    try:
        yield process
    finally:
        if process.returncode is None:
            process.kill()
        await process.communicate()


async def done(address: str, *arguments: str, typed: bytes = b"") -> tuple[int | None, str, str]:
    """Exit code, standard output, standard error."""
    async with command(address, *arguments) as process:
        out, error = await process.communicate(typed)
        return process.returncode, out.decode(), error.decode()


async def shown(process: asyncio.subprocess.Process, prefix: str) -> str:
    """The first line of standard output that begins so."""
    assert process.stdout is not None
    async with asyncio.timeout(20):
        async for line in process.stdout:
            if (text := line.decode().strip()).startswith(prefix):
                return text
    raise AssertionError(prefix)


async def test_a_headless_machine_from_signed_out_to_signed_out() -> None:
    """Address shown, callback address pasted, status, logout; every exit code is the promised one."""
    async with loopback.serve(SandboxCodex()) as address:
        assert (await done(address, "status"))[:2] == (3, "Not signed in. Sign in with lsp-codex login.\n")
        async with command(address, "login", "--no-browser") as process:
            pasted = await decides(await shown(process, address), "continue")
            out, error = await process.communicate(b"nonsense\n" + pasted.encode() + b"\n")
        assert process.returncode == 0
        assert out.decode().splitlines()[-1] == "Signed in as demo@sandbox.invalid (plus)."
        assert error.decode().startswith("lsp-codex: The address belongs to another sign-in")
        code, out_text, _ = await done(address, "status", "--json")
        assert (code, json.loads(out_text)["account"]["email"]) == (0, "demo@sandbox.invalid")
        assert await done(address, "logout") == (0, "Signed out.\n", "")
        assert (await done(address, "status"))[0] == 3


async def test_through_browser_and_device_code() -> None:
    """The callback reaches the listener; the code is entered on the issuer's page; input may be closed."""
    codex = SandboxCodex(device_interval=1)
    async with loopback.serve(codex) as address:
        async with command(address, "login", "--no-browser") as process:
            assert process.stdin is not None
            process.stdin.close()
            await consent.agree(await shown(process, address))
            assert await process.wait() == 0
        async with command(address, "login", "--device-code") as process:
            page = await shown(process, address)
            await shown(process, "and enter this code")
            assert process.stdout is not None
            await process.stdout.readline()
            await enters(page, (await process.stdout.readline()).decode().strip())
            assert (await process.stdout.read()).decode().endswith("Signed in as demo@sandbox.invalid (plus).\n")
            assert await process.wait() == 0


async def test_an_api_key_from_standard_input() -> None:
    """Never an argument; status says what it is."""
    assert (await done("https://issuer.invalid", "login", "--with-api-key", typed=b"sk-sandbox-1\n"))[0] == 0
    code, out, _ = await done("https://issuer.invalid", "status")
    assert (code, out.startswith("Signed in with an API key")) == (0, True)
    code, out, error = await done("https://issuer.invalid", "login", "--with-api-key")
    assert (code, out, error.count("\n")) == (1, "", 1)
    code, _, error = await done("https://issuer.invalid", "login", "sk-sandbox-1")
    assert (code, "unrecognized arguments: …" in error) == (2, True)
    assert (await done("https://issuer.invalid", "logout"))[:2] == (0, "Signed out.\n")


async def test_a_closed_input_brings_no_key() -> None:
    """As under a service manager: one line, no traceback."""
    process = await asyncio.create_subprocess_exec(
        "sh", "-c", 'exec "$0" -m lsp_codex login --with-api-key <&-', sys.executable,
        stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE,
    )  # fmt: skip
    out, error = await process.communicate()
    assert (process.returncode, out, error.count(b"\n")) == (1, b"", 1)
    assert b"The API key cannot be used" in error


async def test_a_failure_is_one_line_and_exit_code_1() -> None:
    """What happened and what to do; nothing is left behind."""
    code, out, error = await done("http://127.0.0.1:9", "login", "--device-code")
    assert (code, out, error.count("\n")) == (1, "", 1)
    assert error.startswith("lsp-codex: The sign-in service could not be reached")
    assert not os.path.exists(os.environ["LSP_CODEX_HOME"])  # noqa: ASYNC240, PTH110 — one look at the disk


async def test_an_interrupted_login_frees_its_port() -> None:
    """Ctrl-C ends with 130 at once, and the next login has the port again."""
    async with loopback.serve(SandboxCodex()) as address:
        ports = []
        for _ in range(2):
            async with command(address, "login", "--no-browser") as process:
                ports.append((await shown(process, address)).partition("127.0.0.1%3A")[2][:4])
                process.send_signal(signal.SIGINT)
                async with asyncio.timeout(10):
                    assert await process.wait() == 130
        assert ports[0] == ports[1]
