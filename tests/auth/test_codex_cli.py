"""The real Codex CLI and we on one login: each reads what the other wrote, in the file and in the keyring.

Not part of the default run, for it takes 100 MB from npm:

    LSP_CODEX_TEST_CLI=install .venv/bin/pytest -m codex_cli tests/auth/test_codex_cli.py

LSP_CODEX_TEST_CLI is the path of a ``codex`` program, or ``install`` to get the npm package ``@openai/codex`` into a
temporary folder. The program is kept off the network by a proxy that does not exist; its issuer is our sandbox.
"""

from __future__ import annotations

import asyncio
import json
import os
import re
import subprocess
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import httpx2
import pytest
from keyring.backends import SecretService

from lsp_codex.auth.store import open_store
from lsp_codex.auth.tokens import Tokens
from lsp_codex.config import Auth
from lsp_codex.sandbox import loopback
from lsp_codex.sandbox.codex import SandboxCodex
from tests.auth.test_lock import free
from tests.harness.accounts import FakeAccount

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from lsp_codex.auth.store import TokenStore
    from tests.harness import secret_service as secrets

pytestmark = [pytest.mark.codex_cli, pytest.mark.real_time, pytest.mark.timeout(120)]

PACKAGE = "@openai/codex"
LOGGED_IN = "Logged in using ChatGPT"
ACCOUNT = FakeAccount(tag="x" * 2_000, email="ü@example.invalid")


@pytest.fixture(scope="session")
def program(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The Codex CLI."""
    named = os.environ.get("LSP_CODEX_TEST_CLI", "")
    if not named:
        pytest.skip("LSP_CODEX_TEST_CLI names no codex program, nor says install")
    if named != "install":
        return Path(named)
    folder = tmp_path_factory.mktemp("npm")
    command = ["npm", "install", "--no-audit", "--no-fund", "--ignore-scripts", "--prefix", str(folder), PACKAGE]
    done = subprocess.run(command, capture_output=True, text=True, timeout=600, check=False)
    assert done.returncode == 0, done.stderr
    return folder / "node_modules" / ".bin" / "codex"


@dataclass(frozen=True, slots=True)
class Cli:
    """The program on a home of its own, and our store on the same home."""

    program: Path
    home: Path
    environ: dict[str, str]
    store_word: str

    @asynccontextmanager
    async def started(self, *arguments: str) -> AsyncIterator[asyncio.subprocess.Process]:
        """The running program, both outputs in one; ended with the block."""
        process = await asyncio.create_subprocess_exec(
            str(self.program),
            *arguments,
            *("-c", f'cli_auth_credentials_store="{self.store_word}"'),
            env=self.environ,
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
        )
        try:
            async with asyncio.timeout(30):
                yield process
        finally:
            if process.returncode is None:
                process.kill()
            await process.communicate()

    async def run(self, *arguments: str) -> tuple[int, str]:
        """Exit code and what it said."""
        async with self.started(*arguments) as process:
            said, _ = await process.communicate()
        return process.returncode or 0, said.decode()

    async def log_in(self, issuer: str) -> None:
        """Its device-code sign-in at ``issuer``, with a person who agrees."""
        async with self.started("login", "--device-auth", "--experimental_issuer", issuer) as process:
            assert process.stdout is not None
            said = ""
            while not (code := re.search(r"[A-Z]{4}-[A-Z]{4}(?![A-Z])", said)):  # in colour, without a word boundary
                line = await process.stdout.readline()
                assert line, said
                said += line.decode()
            async with httpx2.AsyncClient(trust_env=False) as person:
                form = {"user_code": code[0], "decision": "continue"}
                assert (await person.post(f"{issuer}/codex/device", data=form)).status_code == 200
            rest, _ = await process.communicate()
        assert process.returncode == 0, said + rest.decode()

    def ours(self) -> TokenStore:
        """Our store on the same folder, as the settings would open it."""
        return open_store(Auth(home=self.home, store=self.store_word), self.environ, keyring)


def keyring() -> Any:
    """The Secret Service, past the environment variable that keeps tests away from it."""
    return SecretService.Keyring()  # type: ignore[no-untyped-call]


@asynccontextmanager
async def site() -> AsyncIterator[str]:
    """A sandbox that answers at once when asked whether the person has agreed."""
    async with loopback.serve(SandboxCodex(device_interval=1)) as address:
        yield address


def a_cli(program: Path, tmp_path: Path, store_word: str, more: dict[str, str]) -> Cli:
    """A home in use by the program."""
    home = tmp_path / "codex-home"
    home.mkdir(mode=0o700)
    environ = {
        "PATH": os.environ["PATH"],
        "HOME": str(tmp_path),
        "CODEX_HOME": str(home),
        "HTTPS_PROXY": "http://127.0.0.1:9",
        "HTTP_PROXY": "http://127.0.0.1:9",
        "NO_PROXY": "127.0.0.1",
        **more,
    }
    return Cli(program, home, environ, store_word)


@pytest.fixture(params=["file", "keyring"])
def cli(request: pytest.FixtureRequest, program: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Cli:
    """The program with either store."""
    more = {}
    if request.param == "keyring":
        service: secrets.SecretService = request.getfixturevalue("secret_service")
        more = {"DBUS_SESSION_BUS_ADDRESS": service.address}
        monkeypatch.setenv("DBUS_SESSION_BUS_ADDRESS", service.address)
    return a_cli(program, tmp_path, request.param, more)


async def test_it_reads_what_we_wrote(cli: Cli) -> None:
    """``Logged in using ChatGPT``, of a login that it has never seen; gone when we delete it."""
    store = cli.ours()
    async with store.lock():
        await store.save(ACCOUNT.tokens())
    code, said = await cli.run("login", "status")
    assert LOGGED_IN in said
    assert code == 0
    async with store.lock():
        await store.delete()
    code, said = await cli.run("login", "status")
    assert "Not logged in" in said
    assert code == 1


async def test_we_read_what_it_wrote_and_it_reads_our_renewal(cli: Cli) -> None:
    """Its sign-in is ours; our save of renewed tokens keeps its own keys and its item; its logout signs us out."""
    async with site() as issuer:
        cli.environ["CODEX_REVOKE_TOKEN_URL_OVERRIDE"] = f"{issuer}/oauth/revoke"
        await cli.log_in(issuer)
        found = await cli.ours().load()
        assert isinstance(found, Tokens)
        assert found.provenance is not None
        assert (found.provenance.issuer, bool(found.login_owner_id)) == (issuer, True)
        renewed = ACCOUNT.but(issuer=issuer, login_owner_id=found.login_owner_id).tokens()
        store = cli.ours()
        async with store.lock():
            await store.save(renewed)
        assert LOGGED_IN in (await cli.run("login", "status"))[1]
        assert await cli.ours().load() == renewed
        code, said = await cli.run("logout")
        assert "Successfully logged out" in said
        assert code == 0
    assert await cli.ours().load() is None


async def test_our_layout_is_its_layout_byte_for_byte(program: Path, tmp_path: Path) -> None:
    """Saving again what it wrote changes nothing but the last digits of the time, which we keep to a microsecond."""
    cli = a_cli(program, tmp_path, "file", {})
    async with site() as issuer:
        await cli.log_in(issuer)
    written = text(cli.home)
    store = cli.ours()
    found = await store.load()
    assert isinstance(found, Tokens)
    await store.save(found)
    assert coarse(text(cli.home)) == coarse(written)
    assert json.loads(written)["tokens"]["refresh_token"] == found.refresh_token.reveal()


async def test_its_logout_waits_for_our_renewal(program: Path, tmp_path: Path) -> None:
    """While we hold the locks for longer than its 5 s, it waits and then succeeds; it does not fail (auth.md 4.7)."""
    cli = a_cli(program, tmp_path, "file", {})
    (cli.home / "auth.json").write_text('{"auth_mode": "apikey", "OPENAI_API_KEY": "sk-fake"}')
    lock = cli.ours().lock()
    await lock.__aenter__()
    async with cli.started("logout") as process:
        ending = asyncio.create_task(process.wait())
        await asyncio.wait({ending}, timeout=7)
        assert not ending.done()
        assert (cli.home / "auth.json").exists()
        await lock.__aexit__(None, None, None)
        assert await ending == 0
    assert free(cli.home / "auth.lock")
    assert not (cli.home / "auth.json").exists()


def text(home: Path) -> str:
    """What ``auth.json`` holds."""
    return (home / "auth.json").read_text("utf-8")


def coarse(record: str) -> str:
    """The record with times to five decimals."""
    return re.sub(r"(\.\d{5})\d{4}Z", r"\1Z", record)
