"""How a login goes when another takes its place (signing out: test_sign_out.py)."""

from __future__ import annotations

import asyncio

import pytest

from lsp_codex.errors import SignInFailed, SignInFailure
from lsp_codex.secret import Secret
from tests.auth.world import FRESH, GONE, world
from tests.harness.accounts import jwt

LENT = Secret(jwt({"email": "x@example.com"}))


async def test_a_replaced_grant_is_revoked() -> None:
    """At its issuer, beside the new login."""
    async with world(FRESH) as it:
        await it.manager.use_api_key(Secret("sk-1"))
        await asyncio.sleep(2)
        assert [body["token"] for body in it.fake.bodies("/oauth/revoke")] == [FRESH.refresh_token]


async def test_a_dead_grant_is_not_revoked() -> None:
    """There is nothing to end."""
    async with world(FRESH, GONE) as it:
        with pytest.raises(Exception, match="revoked"):
            await it.manager.refresh()
        await it.manager.use_api_key(Secret("sk-1"))
        await asyncio.sleep(2)
        assert it.fake.bodies("/oauth/revoke") == []


async def test_what_lies_beneath_lent_tokens_stays_until_the_logout() -> None:
    """Hidden meanwhile, then deleted, and never revoked: it may be in use elsewhere."""
    async with world(FRESH) as it:
        await it.manager.use_external(LENT, "acct")
        assert await it.stored() == FRESH.refresh_token
        await it.manager.load()
        assert it.states[-1] == "External"
        await it.manager.sign_out()
        await asyncio.sleep(2)
        assert (await it.stored(), it.fake.bodies("/oauth/revoke"), it.states[-1]) == (None, [], "SignedOut")


async def test_a_renewal_that_was_sent_is_saved_beneath_lent_tokens() -> None:
    """The rotated token of the hidden login is not lost, and is not shown."""
    async with world(FRESH, FRESH.but(tag="NEW", refresh_token="rt-new").answer()) as it:
        renewing = asyncio.create_task(it.manager.refresh())
        await asyncio.sleep(0.5)
        await it.manager.use_external(LENT, "acct")
        await renewing
        assert (it.states[-1], await it.stored()) == ("External", "rt-new")


@pytest.mark.parametrize("way", ["browser", "key"])
async def test_while_tokens_are_lent_no_other_login_begins(way: str) -> None:
    """It says who keeps the login."""
    async with world(None) as it:
        await it.manager.use_external(LENT, "acct")
        with pytest.raises(SignInFailed) as refused:
            await (it.manager.start_login() if way == "browser" else it.manager.use_api_key(Secret("sk-1")))
        assert refused.value.reason is SignInFailure.EXTERNAL
