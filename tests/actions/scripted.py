"""Places in marked documents, a model that says what a test wants, and what becomes of it."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

from lsp_codex.actions.action import Task
from lsp_codex.actions.menu import ACTIONS
from lsp_codex.actions.outcome import Change
from lsp_codex.actions.place import Finding, Place
from lsp_codex.actions.rewriting import applied
from lsp_codex.backend.models import BUNDLED
from lsp_codex.text import Snapshot, Span

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from lsp_codex.actions.action import Action
    from lsp_codex.actions.outcome import Outcome
    from lsp_codex.backend.models import Model
    from lsp_codex.backend.request import ResponsesRequest

URI = "file:///work/pkg/demo.py"


def action(name: str) -> Action:
    """The action with that id."""
    (found,) = [each for each in ACTIONS if each.id == name]
    return found


def place(marked: str, language: str = "python", **more: Any) -> Place:
    """The document ``marked``: ``┃`` is the cursor, or ``├`` and ``┤`` stand around the selection.

    ``problem`` is the message of a diagnostic on the selection or the cursor's line, ``code`` its code.
    """
    problem, code = more.pop("problem", None), more.pop("code", None)
    uri = more.pop("uri", URI)
    first, last = ("┃", "┃") if "┃" in marked else ("├", "┤")
    start = marked.index(first)
    selection = Span(start, max(start, marked.index(last) - 1))
    text = marked.translate({ord(mark): None for mark in "┃├┤"})
    findings = () if problem is None else (Finding(selection, problem, code, "tool"),)
    return Place(Snapshot(uri, language, 1, text), selection, findings, **more)


def outcome(name: str, at: Place, said: str) -> Outcome:
    """What comes of the answer ``said`` to the action ``name``; what keeps it from asking, if something does."""
    entry = action(name)
    task = entry.task(at)
    if not isinstance(task, Task):
        assert not hasattr(task, "prompt"), "an explanation has no outcome"
        return task
    return entry.outcome(task, said)


def after(name: str, at: Place, said: str) -> str:
    """The document after the edit that ``said`` becomes."""
    made = outcome(name, at, said)
    assert isinstance(made, Change), made
    return applied(at.text, made.edits)


class ScriptedClient:
    """A client whose model says ``said``, ever silent at None, and that remembers what it was asked."""

    def __init__(self, *said: str | None) -> None:
        self.said = said
        self.asked: list[ResponsesRequest] = []
        self.closed = 0
        self.account: object = "somebody"

    async def models(self) -> tuple[Model, ...]:
        return BUNDLED

    @asynccontextmanager
    async def stream(self, request: ResponsesRequest) -> AsyncIterator[AsyncIterator[str]]:
        self.asked.append(request)

        async def pieces() -> AsyncIterator[str]:
            for piece in self.said:
                if piece is None:
                    await asyncio.Event().wait()
                    raise AssertionError
                yield piece

        try:
            yield pieces()
        finally:
            self.closed += 1
