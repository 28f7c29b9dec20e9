"""The wrapper that every handler gets."""

from __future__ import annotations

from typing import Any

import pytest

from lsp_codex.errors import SignInRequired
from lsp_codex.server.app import build
from lsp_codex.server.features import FEATURES, completion, inline_completion
from lsp_codex.server.handlers import Feature, run
from lsp_codex.server.session import Session
from lsp_codex.server.world import World
from tests.harness.editor import editing
from tests.harness.wire import RefusedError


@pytest.mark.parametrize("arguments", [["text"], [{}, {}], [[1]]])
async def test_a_wrong_argument_is_invalid_params(arguments: list[Any]) -> None:
    """Commands take one JSON object or nothing; anything else is refused with a sentence."""
    async with editing() as editor:
        with pytest.raises(RefusedError, match="one JSON object") as caught:
            params = {"command": "codex.status", "arguments": arguments}
            await editor.client.request("workspace/executeCommand", params)
        assert caught.value.code == -32602


@pytest.mark.parametrize("name", ["helix", "Neovim"])
async def test_an_answer_is_said_where_the_client_shows_none(name: str) -> None:
    """Helix runs commands and drops what they answer; the answer itself is the same for all."""
    async with editing(client_info=name) as editor:
        answer = await editor.run("codex.status")
        assert answer["state"] == "signedIn"
        said = [message for message in editor.messages if message.startswith("Codex: signed in as ")]
        assert len(said) == (name == "helix")


async def test_our_error_becomes_a_sentence() -> None:
    """RequestFailed with advice for ours; a bug goes up to the protocol, which logs it and says nothing of it."""

    async def ours(_session: Session, _params: Any) -> None:
        raise SignInRequired

    async def bug(_session: Session, _params: Any) -> None:
        raise ZeroDivisionError

    async with build(World()) as server:
        session = Session(server, World())
        with pytest.raises(Exception, match="not signed in") as caught:
            await run("ours", ours, session, None)
        assert getattr(caught.value, "code", None) == -32803
        with pytest.raises(ZeroDivisionError):
            await run("bug", bug, session, None)


async def test_a_bug_in_ghost_text_is_an_empty_answer() -> None:
    """Where the row says what to answer otherwise; wrong params and our refusals stay errors."""

    async def bug(_session: Session, _params: Any) -> None:
        raise ZeroDivisionError

    async def refused(_session: Session, _params: Any) -> None:
        raise SignInRequired

    async with build(World()) as server:
        session = Session(server, World())
        assert await Feature("m", bug, otherwise=list).bound(session)({}) == []
        with pytest.raises(ZeroDivisionError):
            await Feature("m", bug).bound(session)({})
        with pytest.raises(Exception, match="not signed in"):
            await Feature("m", refused, otherwise=list).bound(session)({})
    rows = {feature.method: feature for feature in FEATURES}
    for method, module in (("inlineCompletion", inline_completion), ("completion", completion)):
        otherwise = rows[f"textDocument/{method}"].otherwise
        assert otherwise is not None
        assert otherwise() == module.nothing()
