"""A token endpoint that fails for a while costs nothing: not the login, and not a byte of the file."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import httpx2
import pytest

from lsp_codex.auth.manager import AuthManager
from lsp_codex.auth.store import FileStore
from lsp_codex.errors import CredentialsRejected, LspCodexError
from tests.auth.issuer import FakeIssuer
from tests.auth.transient import LOST, TRANSIENT
from tests.auth.world import EXPIRED, NEWER, NOW, is_of

if TYPE_CHECKING:
    from pathlib import Path

    from lsp_codex.credentials import Credential


def _name(answer: object) -> str:
    match answer:
        case httpx2.Response():
            return f"{answer.status_code}-{answer.text[:12]}"
        case Exception():
            return type(answer).__name__
        case _:
            return "no jwt"


@pytest.mark.real_time
@pytest.mark.parametrize("answer", [*TRANSIENT, *LOST], ids=_name)
async def test_no_transient_answer_touches_the_file(answer: object, tmp_path: Path) -> None:
    """Byte for byte, and not even written anew, also at the end of the process; the next success works (pain 6)."""
    path = EXPIRED.write(tmp_path / "home")
    before = path.read_bytes(), path.stat()
    fake = FakeIssuer(answer, NEWER.answer())

    async def ask() -> Credential:
        manager = AuthManager(FileStore(path.parent), fake.issuer(), now=lambda: NOW)
        try:
            await manager.load()
            return await manager.credential()
        finally:
            await manager.aclose()

    with pytest.raises(LspCodexError) as caught:
        await ask()
    assert not isinstance(caught.value, CredentialsRejected)
    assert (path.read_bytes(), path.stat()) == before
    assert is_of(await ask(), NEWER)
    assert json.loads(path.read_bytes())["tokens"]["refresh_token"] == "rt-new"
    assert [body["refresh_token"] for body in fake.bodies()] == ["rt-fake-1"] * 2
