"""The conformance checklist of spec/account-api.md 15, C28 to C44: one test each, named after it."""

from __future__ import annotations

import asyncio
import json
import re
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from lsp_codex.auth.store import FileStore, MemoryStore
from lsp_codex.auth.tokens import ApiKey
from lsp_codex.sandbox import replies
from lsp_codex.sandbox.codex import SandboxCodex
from lsp_codex.sandbox.tokens import Standing, Workspace
from lsp_codex.secret import Secret
from tests.auth.backends import NoKeyring
from tests.auth.issuer import BrokenStore
from tests.conformance.checklist import (
    BROWSER,
    KEY,
    LENT,
    LIMITS,
    LIMITS_UPDATED,
    LOGOUT,
    START,
    done,
    updated,
)
from tests.conformance.program import ACCOUNT, program, token
from tests.conformance.transcripts import FOLDER
from tests.harness.accounts import FakeAccount
from tests.harness.editor import demo_login

if TYPE_CHECKING:
    from lsp_codex.auth.store import TokenStore

NOW = 1_800_000_000.0
SIGNED_OUT = {"account": None, "userId": None, "requiresOpenaiAuth": True, "workspaceRouting": None}
NOBODY = updated(None, None)
CHECK, USAGE = "wham/accounts/check", "wham/usage"

ELSEWHERE = {
    "C28": "LSP has one client for each server; a second answer: test_external.py",
    "C41": "app/list is a later issue",
    "C42": "the apps gateway is a later issue",
}


def test_the_checklist_is_complete() -> None:
    """C01 to C44: each is a test here or beside, or is about something that is not there."""
    folder = Path(__file__).parent
    found = {
        name.upper()
        for path in folder.glob("test_*.py")
        for name in re.findall(r"def test_(c\d\d)_", path.read_text())
    }
    assert found | ELSEWHERE.keys() == {f"C{number:02}" for number in range(1, 45)}
    assert not found & ELSEWHERE.keys()


async def test_c29_all_four_members_always() -> None:
    """Signed out, with an API key, with a login."""
    async with program() as it:
        assert await it.read() == SIGNED_OUT
        await it.call(START, KEY)
        assert await it.read() == SIGNED_OUT | {"account": {"type": "apiKey"}}
    async with program(signed_in=True) as it:
        found = await it.read()
        assert found.keys() == SIGNED_OUT.keys()
        assert found["account"] == {
            "type": "chatgpt", "email": "demo@sandbox.invalid", "planType": "plus", "workspaceName": "Personal",
        }  # fmt: skip


ROW = Workspace(ACCOUNT, "W", "https://example.com")


@pytest.mark.parametrize(
    ("rows", "text"),
    [
        ((), "selected workspace missing from routing discovery"),
        ((ROW, ROW), "duplicate workspace in routing discovery"),
        ((replace(ROW, origin=None),), "workspace routing discovery missing backend origin"),
        ((replace(ROW, override="mars"),), "workspace routing discovery has invalid account routing override"),
        (
            (replace(ROW, origin="http://example.com"),),
            "workspace backend must use an HTTPS origin without credentials",
        ),
        (
            (replace(ROW, origin="https://u:p@example.com"),),
            "workspace backend must use an HTTPS origin without credentials",
        ),
        ((replace(ROW, origin="https://example.com/x"),), "workspace backend must return an origin"),
        (500, "workspace routing discovery failed"),
        (None, "workspace routing discovery timed out"),
    ],
)
async def test_c30_routing(rows: Any, text: str) -> None:
    """Asked once for each credential; an error is told by the login's end and by each reading, and not kept."""
    async with program() as it:
        if isinstance(rows, tuple):
            it.codex.backend.workspaces = rows
        else:
            bad = replies.silent(endpoint=CHECK) if rows is None else replies.raw(rows, {}, {}, endpoint=CHECK)
            it.codex.script(bad, bad)
        it.codex.lend(token())
        await it.call(START, LENT)
        await asyncio.sleep(20)
        assert it.heard() == [done(None, text)]
        assert await it.refused("account/read", {}) == (-32603, text)
        it.codex.backend.workspaces = None
        assert (await it.read())["workspaceRouting"]["accountRoutingOverride"] == "NO_CONSTRAINT"
        asked = it.asked(CHECK)
        await it.read()
        assert it.asked(CHECK) == asked


async def test_c30_a_managed_login_that_can_never_be_used_is_undone() -> None:
    """What is reported as failed is not kept: not stored, revoked; a failure that may pass costs no login."""
    store = MemoryStore()
    async with program(world={"store": store}) as it:
        it.codex.backend.workspaces = (replace(ROW, override="mars"),)
        login = await it.call(START, BROWSER)
        await it.browse(login["authUrl"])
        assert it.heard()[0][1]["error"] == "workspace routing discovery has invalid account routing override"
        assert (await store.load(), it.asked("/oauth/revoke"), len(it.heard())) == (None, 1, 1)
        it.codex.backend.workspaces = None
        it.codex.script(replies.raw(503, {}, {}, endpoint=CHECK))
        login = await it.call(START, BROWSER)
        await it.browse(login["authUrl"])
        assert it.heard()[1][1]["success"] is True
        assert await store.load() is not None


async def test_c31_a_managed_refresh() -> None:
    """Asked for: at once, with its reason; trouble of the issuer signs nobody out."""
    async with program(signed_in=True) as it:
        await it.read(refreshToken=True)
        [asked] = [request.json() for request in it.codex.requests if request.path == "/oauth/token"]
        assert asked["refresh_reason"] == "forced"
        it.codex.script(replies.raw(500, {}, {}, endpoint="oauth/token"))
        assert (await it.read(refreshToken=True))["account"]["email"] == "demo@sandbox.invalid"


STORED: dict[str, dict[str, Any]] = {
    "exp in 60 s": {"expires_at": NOW + 60},
    "exp in 290 s": {"expires_at": NOW + 290},
    "exp in 310 s": {"expires_at": NOW + 310},
    "exp in 600 s": {"expires_at": NOW + 600},
    "opaque token, last_refresh 9 days": {"access_token": "opaque", "last_refresh": NOW - 9 * 86_400},
    "opaque token, last_refresh 7 days": {"access_token": "opaque", "last_refresh": NOW - 7 * 86_400},
    "exp in 1 h, last_refresh 30 days": {"expires_at": NOW + 3600, "last_refresh": NOW - 30 * 86_400},
}
RECORDED = json.loads((FOLDER / "27_proactive_refresh.json").read_text())["refresh_reasons_seen"]


@pytest.mark.parametrize(("state", "reasons"), RECORDED.items())
async def test_c31_a_managed_refresh_before_it_is_due(state: str, reasons: list[str]) -> None:
    """The recorded reasons for each recorded state of the stored token (27_proactive_refresh)."""
    codex = SandboxCodex()
    demo = codex.sign_in_demo()
    fresh: dict[str, Any] = {"expires_at": None, "last_refresh": NOW - 3600, "refresh_token": demo["refresh_token"]}
    account = FakeAccount(account_id=ACCOUNT, chatgpt_account_id=ACCOUNT).but(**fresh | STORED[state])
    codex.lend(account.access_jwt())
    async with program(codex, world={"store": MemoryStore(account.tokens()), "now": lambda: NOW}) as it:
        assert (await it.read())["account"]["type"] == "chatgpt"
        asked = [request.json() for request in codex.requests if request.path == "/oauth/token"]
        assert [each["refresh_reason"] for each in asked] == reasons


async def test_c32_a_permanent_refusal() -> None:
    """The account is gone, one call only, the login stays where it is until somebody logs out, nobody is notified."""
    codex = SandboxCodex()
    store = MemoryStore(demo_login(codex))
    async with program(codex, world={"store": store}) as it:
        codex.end_refresh_tokens(Standing.USED)
        for _ in range(3):
            assert await it.read(refreshToken=True) == SIGNED_OUT
        assert it.asked("/oauth/token") == 1
        assert await store.load() is not None
        assert it.heard() == []


@pytest.mark.parametrize("kind", ["chatgpt", "key", "nobody"])
async def test_c33_one_unasked_notification(kind: str) -> None:
    """After ``initialize`` where a ChatGPT login is stored and notifications are wanted; else none."""
    codex = SandboxCodex()
    stores = {
        "chatgpt": MemoryStore(demo_login(codex)),
        "key": MemoryStore(ApiKey(Secret("sk"))),
        "nobody": MemoryStore(),
    }
    async with program(codex, options={"notifications": True}, world={"store": stores[kind]}) as it:
        expected = [updated("chatgpt", "plus")] if kind == "chatgpt" else []
        await it.read()
        await it.read()
        assert it.heard() == expected


@pytest.mark.parametrize("params", [None, {}])
async def test_c34_logout_answers_always(params: Any) -> None:
    """``{}``, then nobody, also when nobody was signed in."""
    async with program() as it:
        for _ in range(2):
            assert await it.call(LOGOUT, params) == {}
        assert it.heard() == [NOBODY, NOBODY]


@pytest.mark.parametrize(
    "reply", [replies.raw(500, {}, {}, endpoint="oauth/revoke"), replies.silent(endpoint="oauth/revoke")]
)
async def test_c35_revocation(reply: Any) -> None:
    """A managed login is revoked beside the answer: neither its failure nor its silence holds that up."""
    store = MemoryStore()
    codex = SandboxCodex()
    await store.save(demo_login(codex))
    async with program(codex, world={"store": store}) as it:
        codex.script(reply)
        begun = asyncio.get_running_loop().time()
        await it.client.request(LOGOUT)
        assert asyncio.get_running_loop().time() - begun < 0.1
        assert await store.load() is None
        await asyncio.sleep(1)
        assert it.asked("/oauth/revoke") == 1


async def test_c36_what_lies_beneath_goes_too() -> None:
    """Logout of lent tokens removes what is stored, without revoking it."""
    codex = SandboxCodex()
    store = MemoryStore(demo_login(codex))
    async with program(codex, world={"store": store}) as it:
        await it.lend(token())
        await it.call(LOGOUT)
        assert (await store.load(), it.asked("/oauth/revoke")) == (None, 0)
        assert await it.read() == SIGNED_OUT


async def test_c37_a_store_that_fails() -> None:
    """-32603, and no notification."""
    codex = SandboxCodex()
    store = BrokenStore(demo_login(codex))
    async with program(codex, world={"store": store}) as it:
        await it.read()
        before = len(it.heard())
        store.failing.add("delete")
        code, text = await it.refused(LOGOUT)
        await asyncio.sleep(0.5)
        assert code == -32603
        assert text.startswith("logout failed: ")
        assert len(it.heard()) == before
        store.failing.clear()


async def test_c38_rate_limits() -> None:
    """Two guards; the answer; what fails behind is -32603 without what the service wrote, and renews nothing."""
    async with program() as it:
        assert await it.refused(LIMITS) == (-32600, "codex account authentication required to read rate limits")
        await it.call(START, KEY)
        assert await it.refused(LIMITS, {}) == (-32600, "chatgpt authentication required to read rate limits")
    async with program(signed_in=True) as it:
        found = await it.call(LIMITS)
        assert found["rateLimits"]["primary"]["usedPercent"] == 12
        assert found["rateLimitsByLimitId"] == {"codex": found["rateLimits"]}
        assert found["rateLimitResetCredits"] == {"availableCount": 0, "credits": []}
        assert (await it.call(LIMITS, {"excludeResetCreditDetails": True}))["rateLimitResetCredits"] is None
        for status, words in ((401, "401 Unauthorized"), (503, "503 Service Unavailable")):
            it.codex.script(replies.raw(status, {}, {"error": {"message": "secret words"}}, endpoint=USAGE))
            code, text = await it.refused(LIMITS)
            assert (code, text.rpartition("wham/usage failed: ")[2]) == (-32603, words)
        assert it.asked("/oauth/token") == 0


async def test_c39_limits_after_each_answer() -> None:
    """Sparse, whole percents, half a percent up."""
    async with program(signed_in=True) as it:
        await it.read()
        assert await it.turn() == ""
        [(_, said)] = it.heard(LIMITS_UPDATED)
        assert said["rateLimits"]["primary"]["usedPercent"] == 13
        assert said["rateLimits"]["planType"] is None


async def test_c40_models() -> None:
    """Without a login those that we know; the account's in their place; pages; limit 0 is 1."""
    async with program() as it:
        known = await it.call("model/list", {})
        assert (len(known["data"]), known["nextCursor"]) == (9, None)
        assert [each["id"] for each in known["data"] if each["isDefault"]] == ["gpt-6.1-sol"]
        assert len((await it.call("model/list", {"includeHidden": True}))["data"]) == 12
        page = await it.call("model/list", {"limit": 0, "cursor": "2"})
        assert ([each["id"] for each in page["data"]], page["nextCursor"]) == (["gpt-6-sol"], "3")
        for bad in ("x", "-1", "²", "1" * 400):
            assert await it.refused("model/list", {"cursor": bad}) == (-32600, f"invalid cursor: {bad[:80]}")
        assert (await it.refused("model/list", {"cursor": "99"}))[1] == "cursor 99 exceeds total models 9"
        assert (await it.refused("model/list", {"modelProvider": "nope"}))[0] == -32600
    async with program(SandboxCodex(models=()), signed_in=True) as it:
        rows = [{"slug": "only", "display_name": "Only", "supported_reasoning_levels": [{"effort": "low"}]}]
        it.codex.script(replies.raw(200, {}, {"models": rows}, endpoint="codex/models"))
        assert [each["id"] for each in (await it.call("model/list", {}))["data"]] == ["only"]


async def test_c37_a_key_that_cannot_be_kept() -> None:
    """-32603, and it holds for the session: the account in force is told, as after a browser sign-in."""
    store = BrokenStore(None, "save")
    async with program(world={"store": store}) as it:
        code, text = await it.refused(START, KEY)
        await asyncio.sleep(0.5)
        assert (code, text.partition(": ")[0]) == (-32603, "failed to save api key")
        assert it.heard() == [updated("apikey", None)]
        assert (await it.read())["account"] == {"type": "apiKey"}
        store.failing.clear()


@pytest.mark.real_time
@pytest.mark.parametrize("kind", ["file", "keyring", "auto", "ephemeral"])
async def test_c43_where_it_is_kept(kind: str, tmp_path: Path) -> None:
    """File and auto without a keyring: a file, gone at logout; ephemeral: none; keyring without one: an error."""
    auth = {"store": kind, "home": str(tmp_path / "home")}
    path = tmp_path / "home" / "auth.json"
    async with program(auth=auth, world={"store": None, "open_keyring": NoKeyring}) as it:
        if kind == "keyring":
            code, text = await it.refused(START, KEY)
            assert (code, text.partition(": ")[0]) == (-32603, "failed to save api key")
        else:
            await it.call(START, KEY)
        assert path.exists() is (kind in ("file", "auto"))
        if kind != "keyring":
            await it.call(LOGOUT)
            assert not path.exists()


@pytest.mark.parametrize("store", ["memory", "file"])
async def test_c44_stored_for_another_workspace(store: str, tmp_path: Path) -> None:
    """Signed out, and what is stored is left as it is."""
    codex = SandboxCodex()
    login = demo_login(codex)
    kept: TokenStore = MemoryStore() if store == "memory" else FileStore(tmp_path / "home")
    await kept.save(login)
    before = json.dumps((tmp_path / "home" / "auth.json").read_text()) if store == "file" else ""
    async with program(codex, auth={"forcedWorkspaceId": "another"}, world={"store": kept}) as it:
        assert await it.read() == SIGNED_OUT
        assert (await it.refused(LIMITS))[0] == -32600
    assert await kept.load() == login or store == "file"
    assert store == "memory" or json.dumps((tmp_path / "home" / "auth.json").read_text()) == before


async def test_a_replaced_login_is_revoked() -> None:
    """Beyond the list: the old grant ends when another one takes its place, also an API key's."""
    codex = SandboxCodex()
    old = demo_login(codex)
    async with program(codex, world={"store": MemoryStore(old)}) as it:
        await it.call(START, KEY)
        await asyncio.sleep(1)
        [revoked] = [request.json()["token"] for request in codex.requests if request.path == "/oauth/revoke"]
        assert revoked == old.refresh_token.reveal()
