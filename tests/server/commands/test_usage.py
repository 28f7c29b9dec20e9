"""``codex.usage``."""

from __future__ import annotations

import pytest

from lsp_codex.sandbox import replies
from lsp_codex.sandbox.codex import SandboxCodex
from lsp_codex.sandbox.limits import Limits, Window
from tests.harness.editor import editing
from tests.harness.wire import RefusedError


async def test_the_windows_with_their_use_and_reset() -> None:
    """Asked now; the status shows the same afterwards."""
    codex = SandboxCodex(limits=Limits(Window(22, 10_080, 3_600.0), None), now=lambda: 1_000_000.0)
    async with editing(codex) as editor:
        answer = await editor.run("codex.usage")
        window = {"usedPercent": 22.0, "windowMinutes": 10_080, "resetsAt": 1_003_600.0}
        assert (answer["primary"], answer["secondary"]) == (window, None)
        assert answer["planType"] == codex.person.plan
        assert answer["credits"] == {"hasCredits": False, "unlimited": False, "balance": "0"}
        assert (answer["reached"], answer["others"]) == (None, [])
        assert (await editor.run("codex.status"))["usage"]["primary"] == window


async def test_signed_out_it_says_to_sign_in() -> None:
    """An error to act on."""
    async with editing(signed_in=False) as editor:
        with pytest.raises(RefusedError, match=r"codex\.signIn"):
            await editor.run("codex.usage")


async def test_a_service_in_trouble_is_an_error_to_act_on() -> None:
    """With the service's words."""
    codex = SandboxCodex()
    async with editing(codex) as editor:
        codex.script(replies.raw(503, {}, {"error": {"message": "later"}}, endpoint="wham/usage"))
        with pytest.raises(RefusedError, match="later"):
            await editor.run("codex.usage")
