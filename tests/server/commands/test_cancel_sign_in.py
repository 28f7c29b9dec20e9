"""``codex.cancelSignIn``."""

from __future__ import annotations

import pytest

from tests.harness.site import editing_at_site


@pytest.mark.real_time
async def test_it_says_whether_an_attempt_was_running() -> None:
    """True once, then false: the second time there is nothing to cancel."""
    async with editing_at_site() as editor:
        await editor.run("codex.signIn")
        answers = [await editor.run("codex.cancelSignIn") for _ in range(2)]
        assert answers == [{"cancelled": True}, {"cancelled": False}]
