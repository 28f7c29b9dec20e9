"""What begins, changes and ends."""

from __future__ import annotations

from typing import Any

from lsp_codex.sandbox.codex import SandboxCodex
from tests.harness.editor import editing

BODY = 'def add(a, b):\n    """Return the sum of a and b."""\n    ┃\n'


def pushed(**section: Any) -> dict[str, Any]:
    """A client's push of all its settings."""
    return {"settings": {"codex": section, "other": {"completion": {"trigger": "off"}}}}


async def test_a_wrong_setting_is_named_once_and_the_others_hold() -> None:
    """One message with key, value and what is allowed; the good key beside it is in force."""
    options = {"completion": {"trigger": "manual", "debounceMs": "soon"}}
    async with editing(options=options) as editor:
        await editor.eventually(lambda: bool(editor.messages), what="the message")
        assert len(editor.messages) == 1
        assert "codex.completion.debounceMs" in editor.messages[0]
        assert "'soon'" in editor.messages[0]
        assert (await editor.run("codex.status"))["completion"]["trigger"] == "manual"


async def test_a_pushed_change_takes_effect_without_a_restart() -> None:
    """Off, then on again; a push without a setting falls back to what initialize said."""
    async with editing(options={"completion": {"trigger": "manual"}}) as editor:
        editor.open(BODY)
        for section, offered in (({"completion": {"trigger": "off"}}, False), ({}, True)):
            editor.client.notify("workspace/didChangeConfiguration", pushed(**section))
            assert bool(await editor.complete(kind=1)) is offered


async def test_a_push_without_settings_changes_nothing() -> None:
    """Clients that only announce a change send null."""
    async with editing(options={"completion": {"trigger": "off"}}) as editor:
        editor.client.notify("workspace/didChangeConfiguration", {"settings": None})
        assert (await editor.run("codex.status"))["completion"]["trigger"] == "off"


async def test_another_home_is_another_login(tmp_path: Any) -> None:
    """Changing where credentials live opens that store; going back finds the first login again."""
    codex = SandboxCodex()
    async with editing(codex, world={"store": None}, signed_in=False) as editor:
        editor.client.notify(
            "workspace/didChangeConfiguration", pushed(auth={"home": str(tmp_path), "store": "file"})
        )
        assert (await editor.run("codex.status"))["state"] == "signedOut"


async def test_a_closed_document_is_forgotten() -> None:
    """Its suggestions are not served after it was opened again with the same text."""
    codex = SandboxCodex()
    async with editing(codex) as editor:
        for _ in range(2):
            editor.open(BODY)
            assert await editor.complete()
            editor.close()
    assert sum(request.path.endswith("/codex/responses") for request in codex.requests) == 2


async def test_custom_notifications_go_only_to_who_asked() -> None:
    """Plain clients log every unknown notification, so they get none."""
    async with editing(options={"notifications": False}) as editor:
        editor.open(BODY)
        await editor.complete()
        assert editor.statuses == []
    async with editing() as editor:
        editor.open(BODY)
        await editor.complete()
        assert editor.statuses[0]["state"] == "signedIn"
