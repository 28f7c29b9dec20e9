"""Several accounts side by side: each profile is a login of its own, also of one person (field-notes pain 23)."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from lsp_codex.auth.home import home_of
from lsp_codex.auth.manager import AuthManager
from lsp_codex.auth.store import open_store
from lsp_codex.config import Auth
from lsp_codex.errors import CredentialsRejected
from tests.auth.issuer import FakeIssuer
from tests.auth.world import EXPIRED, GONE, NEWER, NOW

if TYPE_CHECKING:
    from pathlib import Path

    from lsp_codex.credentials import Credential

WORKSPACES = {"default": "acct-home", "work": "acct-work"}


async def ask(base: Path, profile: str, fake: FakeIssuer) -> Credential:
    """The credential that a new process gets for ``profile``."""
    auth = Auth(home=base, store="file", profile=profile)
    manager = AuthManager(open_store(auth, {}), fake.issuer(), now=lambda: NOW)
    try:
        await manager.load()
        return await manager.credential()
    finally:
        await manager.aclose()


@pytest.mark.real_time
@pytest.mark.parametrize("dies", [False, True], ids=["renewed", "refused"])
async def test_two_workspaces_of_one_person_keep_apart(tmp_path: Path, *, dies: bool) -> None:
    """Same address, same user: each has its own workspace in the header, and what befalls one befalls it alone."""
    files = {}
    for profile, workspace in WORKSPACES.items():
        account = EXPIRED.but(
            account_id=workspace, chatgpt_account_id=workspace, tag=profile, refresh_token=f"rt-{profile}"
        )
        files[profile] = account.write(home_of(tmp_path, profile, {}).folder)
    before = files["default"].read_bytes(), files["default"].stat()
    fake = FakeIssuer(GONE if dies else NEWER.but(chatgpt_account_id="acct-work").answer())
    if dies:
        with pytest.raises(CredentialsRejected):
            await ask(tmp_path, "work", fake)
    else:
        assert (await ask(tmp_path, "work", fake)).account_id == "acct-work"
        assert json.loads(files["work"].read_bytes())["tokens"]["refresh_token"] == "rt-new"
    assert [body["refresh_token"] for body in fake.bodies()] == ["rt-work"], "no other account stepped in"
    assert (files["default"].read_bytes(), files["default"].stat()) == before
    other = FakeIssuer(NEWER.but(chatgpt_account_id="acct-home").answer())
    assert (await ask(tmp_path, "default", other)).account_id == "acct-home"
