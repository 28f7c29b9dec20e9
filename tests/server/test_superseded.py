"""What was asked before answers first and with nothing, whatever comes after it: a client shows what comes last."""

from __future__ import annotations

import asyncio
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

import pytest

from lsp_codex.completion.wishes import Wishes
from lsp_codex.sandbox import replies
from lsp_codex.sandbox.codex import SandboxCodex
from tests.harness.editor import FakeEditor, editing

if TYPE_CHECKING:
    from pathlib import Path


def note_end(ended: list[str], name: str, answer: asyncio.Future[Any]) -> None:
    """Write down when an answer comes, and with how many items."""
    answer.add_done_callback(lambda done: ended.append(f"{name} {len(done.result()['items'])}"))


async def test_a_place_where_nothing_is_wanted_supersedes_too() -> None:
    """What was asked before the comment sign is not shown behind it."""
    codex = SandboxCodex()
    codex.script(replies.slow("foo", 2.0))
    async with editing(codex, options={"completion": {"inComments": False}}) as editor:
        editor.open("x = ┃\n")
        ended: list[str] = []
        older = editor.ask()[1]
        note_end(ended, "older", older)
        await asyncio.sleep(1)
        editor.type("# ")
        newer = editor.ask()[1]
        note_end(ended, "newer", newer)
        await asyncio.wait([older, newer])
        assert ended == ["older 0", "newer 0"]


@pytest.mark.parametrize(("typed", "items"), [("", 1), ("x", 0)])
async def test_asked_by_hand_lasts_while_nobody_types(typed: str, items: int) -> None:
    """With the trigger manual, an editor that asks of itself at the same place does not end what a person asked."""
    codex = SandboxCodex()
    codex.script(replies.slow("1", 2.0))
    async with editing(codex, options={"completion": {"trigger": "manual"}}) as editor:
        editor.open("x = ┃\n")
        by_hand = editor.ask(1)[1]
        await asyncio.sleep(1)
        if typed:
            editor.type(typed)
        assert await editor.complete() == []
        assert len((await by_hand)["items"]) == items


async def _toggled(editor: FakeEditor) -> None:
    await editor.run("codex.toggleCompletion", {"enabled": False})


async def _excluded(editor: FakeEditor) -> None:
    settings = {"codex": {"context": {"exclude": ["demo.py"]}}}
    editor.client.notify("workspace/didChangeConfiguration", {"settings": settings})
    await asyncio.sleep(0)


@pytest.mark.parametrize("change", [_toggled, _excluded])
@pytest.mark.parametrize("waiting", [0.01, 1.0])
async def test_other_settings_end_what_is_asked(change: Any, waiting: float) -> None:
    """Switched off is off at once, and excluded stays here: a request that still waits does not go out."""
    codex = SandboxCodex()
    codex.script(replies.slow("foo", 5.0))
    async with editing(codex) as editor:
        editor.open("x = ┃\n")
        await asyncio.sleep(0.5)
        answer = editor.ask()[1]
        await asyncio.sleep(waiting)
        await change(editor)
        assert await answer == {"items": []}
        await asyncio.sleep(1)
    asked = [request for request in codex.requests if request.path.endswith("/codex/responses")]
    assert len(asked) == (waiting == 1.0)


def _after(turns: int, done: Future[Any], result: Any) -> None:
    """Turns of the loop and no seconds: the virtual clock stands still while a thread is at work."""
    if turns:
        asyncio.get_running_loop().call_soon(_after, turns - 1, done, result)
    else:
        done.set_result(result)


class _SlowOnce(ThreadPoolExecutor):
    """Reads the user's wishes late, the first time."""

    first = True

    def submit(self, fn: Any, /, *args: Any, **kwargs: Any) -> Future[Any]:
        """Do it at once; what is told late is the result."""
        done: Future[Any] = Future()
        result = fn(*args, **kwargs)
        is_reading = isinstance(getattr(fn.args[0], "__self__", None), Wishes)
        if is_reading and self.first:
            self.first = False
            _after(100, done, result)
        else:
            done.set_result(result)
        return done


async def test_a_slow_disk_does_not_let_the_newer_go_first(tmp_path: Path) -> None:
    """Else the newer would be superseded by the older one, and a stale answer shown."""
    codex = SandboxCodex()
    codex.script(replies.text("foo"))
    async with editing(codex) as editor:
        asyncio.get_running_loop().set_default_executor(_SlowOnce())
        editor.uri = (tmp_path / "demo.py").as_uri()
        editor.open("x = ┃\n")
        ended: list[str] = []
        older = editor.ask()[1]
        note_end(ended, "older", older)
        editor.type("y.")
        newer = editor.ask()[1]
        note_end(ended, "newer", newer)
        await asyncio.wait([older, newer])
        assert ended == ["older 0", "newer 1"]


@pytest.mark.parametrize("trigger", ["manual", "off"])
async def test_nothing_goes_out_that_nobody_asked_for(trigger: str) -> None:
    """Not even the question for the models, though a document is open."""
    codex = SandboxCodex()
    async with editing(codex, options={"completion": {"trigger": trigger}}) as editor:
        editor.open("x = ┃\n")
        await asyncio.sleep(30)
        assert await editor.complete() == []
        assert codex.requests == []
