"""``codex.toggleCompletion``."""

from __future__ import annotations

import pytest

from tests.harness.editor import editing
from tests.harness.wire import RefusedError

BODY = "def add(a, b):\n    ┃\n"


@pytest.mark.parametrize(
    ("setting", "argument", "trigger"),
    [
        ("automatic", None, "off"),
        ("automatic", {"enabled": True}, "automatic"),
        ("automatic", {"enabled": False}, "off"),
        ("manual", {"enabled": True}, "manual"),
        ("manual", None, "off"),
        ("off", None, "automatic"),
        ("off", {"enabled": False}, "off"),
        ("off", {"enabled": True}, "automatic"),
    ],
)
async def test_it_switches_on_off_or_over(setting: str, argument: object, trigger: str) -> None:
    """The answer and the status say what is in force then; "on" is what is set, or automatic."""
    async with editing(options={"completion": {"trigger": setting}}) as editor:
        answer = await editor.run("codex.toggleCompletion", argument)
        assert answer == {"enabled": trigger != "off", "trigger": trigger}
        assert (await editor.run("codex.status"))["completion"]["trigger"] == trigger
        editor.open(BODY)
        assert bool(await editor.complete()) == (trigger == "automatic")


async def test_twice_is_as_before_and_a_change_of_the_setting_wins() -> None:
    """Another change leaves it as it was switched."""
    async with editing(options={"completion": {"trigger": "manual"}}) as editor:
        assert (await editor.run("codex.toggleCompletion"))["trigger"] == "off"
        settings = {"codex": {"completion": {"trigger": "manual", "model": "gpt-x"}}}
        editor.client.notify("workspace/didChangeConfiguration", {"settings": settings})
        assert (await editor.run("codex.status"))["completion"]["trigger"] == "off"
        assert (await editor.run("codex.toggleCompletion"))["trigger"] == "manual"
        await editor.run("codex.toggleCompletion")
        settings = {"codex": {"completion": {"trigger": "automatic"}}}
        editor.client.notify("workspace/didChangeConfiguration", {"settings": settings})
        assert (await editor.run("codex.status"))["completion"]["trigger"] == "automatic"


@pytest.mark.parametrize("enabled", ["true", 1, [], {}])
async def test_anything_but_true_or_false_is_refused(enabled: object) -> None:
    """The sentence names what it takes."""
    async with editing() as editor:
        with pytest.raises(RefusedError, match="true or false"):
            await editor.run("codex.toggleCompletion", {"enabled": enabled})


async def test_an_editor_that_shows_no_answers_is_told() -> None:
    """Helix: whoever presses the key wants to know which of the two it is now."""
    async with editing(client_info="helix") as editor:
        await editor.run("codex.toggleCompletion")
        await editor.run("codex.toggleCompletion")
        assert editor.messages == ["Codex: ghost text is off", "Codex: ghost text is on"]
