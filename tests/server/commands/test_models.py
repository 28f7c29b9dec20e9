"""``codex.models``."""

from __future__ import annotations

import pytest

from lsp_codex.sandbox import replies
from lsp_codex.sandbox.codex import SandboxCodex
from tests.harness.editor import editing
from tests.harness.wire import RefusedError


async def test_the_visible_models_in_their_order() -> None:
    """With what may be set for each, and the two that are taken unasked."""
    async with editing() as editor:
        answer = await editor.run("codex.models")
    slugs = [row["slug"] for row in answer["models"]]
    assert slugs[:2] == ["gpt-6.1-sol", "gpt-6-astra"]
    assert "codex-auto-review" not in slugs
    assert answer["default"] == "gpt-6.1-sol"
    assert answer["completion"] == {"model": "gpt-6-luna", "reasoningEffort": "low"}
    first = answer["models"][0]
    assert first["serviceTiers"] == ["priority"]
    assert first["contextWindow"] == 272_000
    assert "high" in first["efforts"]


async def test_the_settings_decide_what_ghost_text_takes() -> None:
    """An effort that the model does not list is shown as what is sent instead."""
    options = {"completion": {"model": "gpt-6-sol", "reasoningEffort": "none"}}
    async with editing(options=options) as editor:
        answer = await editor.run("codex.models")
    assert answer["completion"] == {"model": "gpt-6-sol", "reasoningEffort": "low"}


@pytest.mark.parametrize("status", [401, 403])
async def test_a_refused_login_is_shown_and_not_hidden_behind_the_bundled_list(status: int) -> None:
    """Zed's D26: a list that always works makes a dead login look alive."""
    codex = SandboxCodex()
    refusal = replies.raw(status, {}, {"detail": "no"}, endpoint="codex/models")
    codex.script(*[refusal] * 6)
    async with editing(codex) as editor:
        with pytest.raises(RefusedError):
            await editor.run("codex.models")
