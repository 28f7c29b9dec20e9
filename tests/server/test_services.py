"""What is opened together for one set of settings, and closed together."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from lsp_codex.auth.state import SignedIn
from lsp_codex.auth.store import MemoryStore
from lsp_codex.config import Auth, Backend, Completion, Config, Network
from lsp_codex.proxy import parse
from lsp_codex.sandbox.codex import SandboxCodex
from lsp_codex.server.services import Services, open_services
from lsp_codex.server.world import SandboxSite, World
from tests.auth.issuer import BrokenStore
from tests.conformance.program import program
from tests.harness.wire import RefusedError

if TYPE_CHECKING:
    from collections.abc import AsyncIterator


@pytest.mark.parametrize(
    ("other", "same"),
    [
        (Config(), True),
        (Config(completion=Completion(trigger="off")), True),
        (Config(auth=Auth(issuer="https://issuer.invalid")), False),
        (Config(backend=Backend(chatgpt_base_url="https://backend.invalid")), False),
        (Config(sandbox=True), False),
        (Config(backend=Backend(transport="sse")), False),
        (Config(network=Network(ca_certificate=Path("/ca.pem"))), False),
        (Config(network=Network(proxy=parse("http://proxy.test"))), False),
    ],
)
def test_only_a_change_of_account_address_or_network_needs_new_services(other: Config, same: bool) -> None:
    """A change of how ghost text behaves does not interrupt a sign-in or drop a connection."""
    assert Services.same(Config(), other) is same


async def test_the_sandbox_never_touches_the_stored_login(tmp_path: Path) -> None:
    """With the sandbox the demo account is signed in from memory; the real store is not even opened."""
    closed: list[str] = []

    @asynccontextmanager
    async def site() -> AsyncIterator[SandboxSite]:
        tokens = SandboxCodex().sign_in_demo()
        yield SandboxSite("http://127.0.0.1:1", {n: tokens[n] for n in ("id_token", "access_token", "refresh_token")})
        closed.append("site")

    store = MemoryStore()
    config = replace(Config(sandbox=True), auth=Auth(home=tmp_path / "login"))
    async with open_services(config, World(open_sandbox=site, store=store), _nobody, _nobody) as services:
        await services.auth.load()
        assert isinstance(services.auth.state, SignedIn)
        assert services.sandbox
        await services.auth.sign_out()
    assert closed == ["site"]
    assert await store.load() is None
    assert not (tmp_path / "login").exists()


async def test_what_cannot_be_opened_leaves_nothing_open() -> None:
    """If the sandbox cannot listen, the error goes up and the rest was never opened."""

    @asynccontextmanager
    async def site(port: int = 0) -> AsyncIterator[SandboxSite]:
        if port == 0:
            raise OSError("no port")
        yield SandboxSite("", {})

    with pytest.raises(OSError, match="no port"):
        async with open_services(Config(sandbox=True), World(open_sandbox=site), _nobody, _nobody):
            pass


def _nobody(_state: Any) -> None:
    """Who is told of no change."""


@pytest.mark.parametrize(
    ("auth", "kept"),
    [({}, True), ({"forcedLoginMethod": "api"}, True), ({"profile": "other"}, False), ({"store": "file"}, False)],
    ids=["another proxy", "a restriction", "another profile", "another store"],
)
async def test_a_login_in_memory_outlives_a_change_of_settings(
    auth: dict[str, str], kept: bool, tmp_path: Path
) -> None:
    """It is nowhere else; another place has no login of its own yet."""
    given = {"store": "ephemeral", "home": str(tmp_path)}
    async with program(auth=given, world={"store": None}) as it:
        await it.call("account/login/start", {"type": "apiKey", "apiKey": "sk-1"})
        changed = {"auth": given | auth, "network": {"proxy": "http://127.0.0.1:9"}}
        it.client.notify("workspace/didChangeConfiguration", {"settings": {"codex": changed}})
        await asyncio.sleep(1)
        assert ((await it.read())["account"] is not None) is kept


@pytest.mark.parametrize("lost", [frozenset[str](), frozenset({"load"})], ids=["no saving", "nor reading"])
async def test_a_login_that_could_not_be_saved_outlives_a_change_of_settings(lost: frozenset[str]) -> None:
    """The disk is full when somebody signs in, and a proxy is set; when there is room again, the login is saved."""
    store = BrokenStore()
    async with program(world={"store": store}) as it:
        store.failing |= {"save", *lost}
        with pytest.raises(RefusedError):
            await it.call("account/login/start", {"type": "apiKey", "apiKey": "sk-1"})
        assert (await it.read())["account"] is not None
        changed = {"network": {"proxy": "http://127.0.0.1:9"}}
        it.client.notify("workspace/didChangeConfiguration", {"settings": {"codex": changed}})
        await asyncio.sleep(1)
        assert (await it.read())["account"] is not None
        store.failing.clear()
        await asyncio.sleep(600)
        assert await store.load() is not None
