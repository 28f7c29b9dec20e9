"""``codex.accepted``, and what the status counts."""

from __future__ import annotations

from typing import Any

from tests.harness.editor import FakeEditor, editing

BODY = "def add(a, b):\n    ┃\n"


async def counts(editor: FakeEditor) -> dict[str, int]:
    """The numbers of the status."""
    found: dict[str, int] = (await editor.run("codex.status"))["completion"]["counts"]
    return found


async def run(editor: FakeEditor, command: dict[str, Any]) -> None:
    """Run the command of an item, as clients do."""
    params = {"command": command["command"], "arguments": command["arguments"]}
    assert await editor.client.request("workspace/executeCommand", params) == {}


async def test_accepting_is_counted_once_though_the_change_and_the_command_both_tell_it() -> None:
    """Clients put the text in and run the command then."""
    async with editing() as editor:
        editor.open(BODY)
        (item,) = await editor.complete()
        assert await counts(editor) == {"shown": 1, "accepted": 0, "partlyAccepted": 0, "rejected": 0}
        editor.accept(item)
        await run(editor, item["command"])
        assert await counts(editor) == {"shown": 1, "accepted": 1, "partlyAccepted": 0, "rejected": 0}


async def test_clients_that_run_no_command_are_understood_by_what_they_change() -> None:
    """All at once, a word of it, or something else."""
    async with editing() as editor:
        editor.open(BODY)
        await editor.complete()
        editor.type("return ")
        await editor.complete()
        assert (await counts(editor))["shown"] == 1
        editor.type("None")
        assert await counts(editor) == {"shown": 1, "accepted": 0, "partlyAccepted": 1, "rejected": 0}
        editor.close()
        editor.open(BODY)
        await editor.complete(kind=1)
        editor.type("x")
        assert (await counts(editor))["rejected"] == 1


async def test_what_is_unknown_is_ignored() -> None:
    """An offer of long ago, of another session, or none."""
    async with editing() as editor:
        for argument in (None, {"offer": "77"}, {"offer": None}, {"partly": True}):
            assert await editor.run("codex.accepted", argument) == {}
        assert (await counts(editor))["accepted"] == 0
