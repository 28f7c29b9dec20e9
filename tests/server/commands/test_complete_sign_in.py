"""``codex.completeSignIn``: its argument and its answer (how it ends is tests/server/test_sign_in_outcomes.py)."""

from __future__ import annotations

import pytest

from tests.harness.person import decides, state_of
from tests.harness.site import editing_at_site
from tests.harness.wire import RefusedError

pytestmark = pytest.mark.real_time


@pytest.mark.parametrize("form", ["callbackUrl", "quoted", "query", "code and state"])
async def test_what_the_browser_ended_on_finishes_the_sign_in(form: str) -> None:
    """The whole address, as copied or in quotes, its query alone, or only code and state (field-notes pain 2)."""
    async with editing_at_site() as editor:
        started = await editor.run("codex.signIn")
        address = await decides(started["authUrl"], "continue")
        query = address.partition("?")[2]
        code = query.partition("code=")[2].partition("&")[0]
        argument = {
            "callbackUrl": {"callbackUrl": f" {address}\n"},
            "quoted": {"callbackUrl": f'"{address}"'},
            "query": {"callbackUrl": query},
            "code and state": {"code": code, "state": state_of(started["authUrl"])},
        }[form]
        assert await editor.run("codex.completeSignIn", argument) == {"loginId": started["loginId"]}
        await editor.eventually(lambda: "signed in as" in editor.messages[-1], what="the sign-in")
        assert (await editor.run("codex.status"))["state"] == "signedIn"


@pytest.mark.parametrize(
    "argument", [None, {}, {"callbackUrl": 7}, {"code": "c"}, {"code": "c", "state": None}], ids=repr
)
async def test_anything_else_is_invalid_params(argument: object) -> None:
    """The error names what it takes; the sign-in waits on."""
    async with editing_at_site() as editor:
        await editor.run("codex.signIn")
        with pytest.raises(RefusedError, match="callbackUrl") as caught:
            await editor.run("codex.completeSignIn", argument)
        assert caught.value.code == -32602
        assert (await editor.run("codex.status"))["state"] == "signingIn"
