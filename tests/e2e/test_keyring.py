"""The server as a process beside a real keyring."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from lsp_codex.sandbox.codex import SandboxCodex
from tests.e2e.test_server import ghost_text, serving, signed_in

if TYPE_CHECKING:
    from pathlib import Path

    from tests.harness.secret_service import SecretService

pytestmark = [pytest.mark.real_time, pytest.mark.timeout(60)]


def files(folder: Path) -> set[str]:
    """Everything in the home."""
    return {path.name for path in folder.rglob("*")}


async def test_a_login_outlives_the_process_in_the_keyring(
    secret_service: SecretService, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With no setting at all the keyring is used where there is one: no file holds a token, sign-out empties it."""
    monkeypatch.setenv("DBUS_SESSION_BUS_ADDRESS", secret_service.address)
    monkeypatch.delenv("PYTHON_KEYRING_BACKEND")
    codex, home = SandboxCodex(), tmp_path / "home" / "codex"
    async with serving(codex) as first:
        await signed_in(first)
        assert (await first.command("codex.status"))["store"] == "keyring"
    assert files(home) == {"auth.lock", "auth.json.lock"}
    codex.expire_access_tokens()
    async with serving(codex) as second:
        assert await ghost_text(second) == ["return a + b"]
        status = await second.command("codex.status")
        assert (status["state"], status["store"]) == ("signedIn", "keyring")
        await second.command("codex.signOut")
    async with serving(codex) as third:
        assert (await third.command("codex.status"))["state"] == "signedOut"
