"""What we ask of the client, by what it said it can do."""

from __future__ import annotations

from typing import Any

import pytest

from lsp_codex.server.app import build
from lsp_codex.server.editor import Editor
from lsp_codex.server.world import World
from tests.harness.wire import connected


@pytest.mark.parametrize(
    ("name", "wait"), [("Neovim", 0.2), ("emacs", 2.0), ("Visual Studio Code", 0.0), ("helix", 0.0), (None, 0.0)]
)
async def test_each_client_is_credited_with_its_own_wait(name: str | None, wait: float) -> None:
    """Our wait is never added on top of the client's (spec/editors.md section 3)."""
    async with build(World()) as server, connected(server) as client:
        await client.initialize(**({"clientInfo": {"name": name}} if name else {}))
        editor = Editor(server)
        assert editor.completion_wait == 0.0
        editor.introduce(_params(name, {}), wants_notifications=False)
        assert editor.completion_wait == wait


@pytest.mark.parametrize(
    ("name", "linger"),
    [("Visual Studio Code", 0.05), ("Visual Studio Code - Insiders", 0.05), ("Neovim", 0.0), (None, 0.0)],
)
async def test_who_cancels_before_asking_anew_may_still_join(name: str | None, linger: float) -> None:
    """For all others a cancelled stream is closed at once (spec/editors.md section 3)."""
    async with build(World()) as server, connected(server) as client:
        await client.initialize()
        editor = Editor(server)
        editor.introduce(_params(name, {}), wants_notifications=False)
        assert editor.completion_linger == linger


@pytest.mark.parametrize(
    ("window", "opened"),
    [
        ({}, False),
        ({"showDocument": {"support": False}}, False),
        ({"showDocument": {"support": True}}, True),
    ],
)
async def test_an_address_is_opened_only_by_who_can(window: dict[str, Any], opened: bool) -> None:
    """Without the capability nothing is sent, and the answer is no."""
    async with build(World()) as server, connected(server) as client:
        await client.initialize()
        client.handlers["window/showDocument"] = lambda params: {"success": params["external"]}
        editor = Editor(server)
        editor.introduce(_params("x", window), wants_notifications=False)
        assert await editor.open_url("https://example.invalid/") is opened
        assert len(client.requests) == int(opened)


@pytest.mark.parametrize(
    ("name", "message", "asked"),
    [("helix", "x" * 81, ["OK"]), ("helix", "x" * 80, []), ("Neovim", "x" * 200, []), (None, "x" * 200, [])],
)
async def test_an_answer_is_shown_whole(name: str | None, message: str, asked: list[str]) -> None:
    """Helix cuts a message off at the end of the line and shows all of a question; others get the message alone."""
    async with build(World()) as server, connected(server) as client:
        await client.initialize()
        editor = Editor(server)
        editor.introduce(_params(name, {}), wants_notifications=False)
        assert editor.shows_results is (name != "helix")
        editor.answer(message)
        await client.request("workspace/executeCommand", {"command": "codex.status"})  # everything sent has come
        told = [params["message"] for method, params in client.notifications if method == "window/showMessage"]
        assert told == [message]
        questions = [each["params"] for each in client.requests if each["method"] == "window/showMessageRequest"]
        assert [each["message"] for each in questions] == [message] * len(asked)
        assert [action["title"] for each in questions for action in each["actions"]] == asked


def _params(name: str | None, window: dict[str, Any]) -> Any:
    from lsprotocol import converters
    from lsprotocol import types as lsp

    given: dict[str, Any] = {"processId": None, "rootUri": None, "capabilities": {"window": window}}
    if name:
        given["clientInfo"] = {"name": name}
    return converters.get_converter().structure(given, lsp.InitializeParams)
