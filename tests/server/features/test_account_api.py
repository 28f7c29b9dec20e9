"""The rows of the account API: in turn, each answered once (their contents: tests/conformance)."""

from __future__ import annotations

import asyncio

import pytest

from lsp_codex.sandbox import replies
from lsp_codex.server.features import FEATURES
from tests.conformance.program import program

LSP = ("initialize", "textDocument/", "codeAction/", "workspace/")


def test_the_methods() -> None:
    """Those of the contract, but for the apps."""
    assert [row.method for row in FEATURES if not row.method.startswith(LSP)] == [
        "account/read",
        "account/login/start",
        "account/login/cancel",
        "account/logout",
        "account/rateLimits/read",
        "model/list",
    ]


async def test_requests_are_handled_one_after_another() -> None:
    """A slow one holds the next back, and both are answered in their order."""
    async with program(signed_in=True) as it:
        it.codex.script(replies.silent(endpoint="wham/usage"))
        slow = it.client.start("account/rateLimits/read")
        quick = it.client.start("account/read", {})
        await asyncio.sleep(1)
        assert not quick[1].done()
        with pytest.raises(Exception, match="failed to fetch codex rate limits"):
            await slow[1]
        assert (await quick[1])["account"] is not None


async def test_a_cancelled_request_lets_the_next_one_go() -> None:
    """Its turn ends with it."""
    async with program(signed_in=True) as it:
        it.codex.script(replies.silent(endpoint="wham/usage"))
        number, slow = it.client.start("account/rateLimits/read")
        waiting, second = it.client.start("account/read", {})
        quick = it.client.start("account/read", {})
        await asyncio.sleep(1)
        it.client.cancel(waiting)
        it.client.cancel(number)
        for gone in (slow, second):
            with pytest.raises(Exception, match="cancelled"):
                await gone
        assert (await quick[1])["account"] is not None


async def test_without_an_id_nothing_happens() -> None:
    """A notification of one of these names is like an unknown one (spec/account-api.md 1)."""
    async with program(signed_in=True) as it:
        for method, params in (("account/logout", None), ("account/login/start", {"type": "chatgpt"})):
            it.client.notify(method, params)
        await asyncio.sleep(1)
        assert it.heard() == []
        status = await it.call("workspace/executeCommand", {"command": "codex.status"})
        assert status["state"] == "signedIn"
