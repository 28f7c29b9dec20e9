"""``codex.signIn``: its argument and its answer (how it goes on is tests/server/test_account.py)."""

from __future__ import annotations

import pytest

from tests.harness.site import editing_at_site
from tests.harness.wire import RefusedError


@pytest.mark.real_time
async def test_the_answer_comes_at_once_with_the_address() -> None:
    """A login id to cancel by, the method, and an authorize address with PKCE."""
    async with editing_at_site() as editor:
        answer = await editor.run("codex.signIn", {"method": "browser"})
        assert set(answer) == {"loginId", "method", "authUrl"}
        assert "code_challenge_method=S256" in answer["authUrl"]


@pytest.mark.parametrize("method", ["smoke", 7, None, ["browser"]])
@pytest.mark.real_time
async def test_an_unknown_method_is_invalid_params(method: object) -> None:
    """Nothing is started; the error names the method that there is."""
    async with editing_at_site() as editor:
        with pytest.raises(RefusedError, match="browser") as caught:
            await editor.run("codex.signIn", {"method": method})
        assert caught.value.code == -32602
        assert (await editor.run("codex.status"))["state"] == "signedOut"
