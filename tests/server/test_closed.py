"""A setting that says where or who, and cannot be understood: nobody signs in, and the usual place is left alone."""

from __future__ import annotations

import os
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from lsp_codex.sandbox.codex import SandboxCodex
from lsp_codex.sandbox.transport import SandboxTransport
from tests.harness.accounts import FakeAccount
from tests.harness.editor import FakeEditor, editing
from tests.harness.wire import RefusedError

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Mapping

pytestmark = pytest.mark.real_time

# What is wrong, in the environment or in the settings, and what the one message names.
WRONG: dict[str, tuple[dict[str, str], dict[str, Any], str]] = {
    "home variable": ({"LSP_CODEX_HOME": "codex"}, {}, "LSP_CODEX_HOME"),
    "issuer variable": ({"LSP_CODEX_ISSUER": "http://auth.example"}, {}, "LSP_CODEX_ISSUER"),
    "backend variable": ({"LSP_CODEX_CHATGPT_BASE_URL": "chatgpt"}, {}, "LSP_CODEX_CHATGPT_BASE_URL"),
    "home setting": ({}, {"auth": {"home": 7}}, "codex.auth.home"),
    "API setting": ({}, {"backend": {"openaiBaseUrl": "http://10.0.0.1/v1"}}, "codex.backend.openaiBaseUrl"),
    "group": ({}, {"auth": "chatgpt"}, "codex.auth"),
}
WAYS: tuple[dict[str, str], ...] = ({}, {"method": "deviceCode"}, {"method": "apiKey", "apiKey": "sk-fake-1"})


def usual_login() -> Path:
    """A good login where one is when nothing is set."""
    return FakeAccount().write(Path(os.environ["XDG_DATA_HOME"]) / "lsp-codex")


@asynccontextmanager
async def using(
    codex: SandboxCodex, environ: Mapping[str, str], options: Mapping[str, Any]
) -> AsyncIterator[FakeEditor]:
    """A server on this machine's own store, in ``environ`` and with these settings."""
    world = {"store": None, "environ": dict(environ), "transport": SandboxTransport(codex)}
    async with editing(codex, signed_in=False, options=options, world=world) as editor:
        yield editor


@pytest.mark.parametrize("case", WRONG)
async def test_nobody_signs_in_and_the_usual_place_is_left_alone(case: str) -> None:
    """One message names it; every way in is refused; nothing is asked of anybody; the file is not even touched."""
    environ, options, named = WRONG[case]
    path, codex = usual_login(), SandboxCodex()
    before = (path.read_bytes(), path.stat())
    async with using(codex, environ, options) as editor:
        status = await editor.run("codex.status")
        assert status["state"] == "signedOut"
        assert named in status["completion"]["reason"]
        editor.open("x = ┃\n")
        assert await editor.complete() == []
        (told,) = editor.messages
        assert named in told
        for way in WAYS:
            with pytest.raises(RefusedError, match="not allowed"):
                await editor.run("codex.signIn", way)
        await editor.run("codex.signOut")
    assert codex.requests == []
    assert (path.read_bytes(), path.stat()) == before
    assert [each.name for each in path.parent.iterdir()] == ["auth.json"]


async def test_it_is_over_when_the_setting_is_corrected() -> None:
    """Without a restart, also where the environment stays wrong."""
    path, codex = usual_login(), SandboxCodex()
    async with using(codex, {"LSP_CODEX_HOME": "codex"}, {}) as editor:
        assert (await editor.run("codex.status"))["state"] == "signedOut"
        settings = {"codex": {"auth": {"home": str(path.parent), "store": "file"}}}
        editor.client.notify("workspace/didChangeConfiguration", {"settings": settings})
        await editor.eventually(lambda: bool(editor.statuses) and editor.statuses[-1]["state"] == "signedIn")


async def test_the_sandbox_needs_no_place() -> None:
    """It has its own service and keeps nothing."""
    from lsp_codex.terminal.site import open_site

    world = {"store": None, "environ": {"LSP_CODEX_HOME": "codex"}, "transport": None, "open_sandbox": open_site}
    async with editing(signed_in=False, options={"sandbox": True}, world=world) as editor:
        assert (await editor.run("codex.status"))["state"] == "signedIn"


async def test_signing_out_leaves_a_login_that_was_never_shown() -> None:
    """As on the command line, with the same words."""
    path = FakeAccount(issuer="https://other.invalid").write(Path(os.environ["XDG_DATA_HOME"]) / "lsp-codex")
    async with using(SandboxCodex(), {}, {}) as editor:
        await editor.run("codex.signOut")
        await editor.eventually(lambda: bool(editor.messages))
        assert "another sign-in service, which stays" in editor.messages[-1]
    assert path.exists()
