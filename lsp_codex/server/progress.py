"""Progress: one piece of work that the editor shows and may cancel, as ``$/progress`` (LSP, "Work Done Progress").

The work never waits for the editor: a token that is not ours to use yet, or that is refused, costs reports alone.
"""

from __future__ import annotations

import asyncio
import uuid
from concurrent.futures import Future
from contextlib import contextmanager
from typing import TYPE_CHECKING

from lsprotocol import types as lsp

if TYPE_CHECKING:
    from collections.abc import Iterator

    from lsp_codex.server.protocol import CodexServer

APART = 0.1
"""Seconds between two reports of a count."""


class Progress:
    """What is happening, told to the editor; between begin and end only, and never after a refusal."""

    def __init__(self, server: CodexServer, token: lsp.ProgressToken, title: str) -> None:
        self.token = token
        self._server = server
        self._title = title
        self._message: str | None = None
        self._shown = False
        self._over = False
        self._told_at = float("-inf")

    def tell(self, message: str) -> None:
        """Show ``message`` now."""
        self._message = message
        self._told_at = asyncio.get_running_loop().time()
        if self._shown:
            self._send(lsp.WorkDoneProgressReport(message=message, cancellable=True))

    def count(self, message: str) -> None:
        """Show ``message``, which holds a number that soon will be another, unless one was shown a moment ago."""
        if asyncio.get_running_loop().time() >= self._told_at + APART:
            self.tell(message)

    def begin(self) -> None:
        """The token may be used from now on."""
        if not self._over:
            self._shown = True
            self._send(lsp.WorkDoneProgressBegin(title=self._title, message=self._message, cancellable=True))

    def end(self, message: str | None = None) -> None:
        """Nothing is shown any more; ``message`` is the last word."""
        if self._shown and not self._over:
            self._send(lsp.WorkDoneProgressEnd(message=message))
        self._over = True

    def _send(self, value: object) -> None:
        self._server.protocol.notify(lsp.PROGRESS, lsp.ProgressParams(token=self.token, value=value))


@contextmanager
def showing(
    server: CodexServer, title: str, *, token: lsp.ProgressToken | None = None, message: str | None = None
) -> Iterator[Progress]:
    """Show the running task as ``title`` until the block ends; the editor's cancel cancels the task.

    ``token`` is the client's ``workDoneToken``; without one a token is created, if the client can (LSP 3.18,
    ``window.workDoneProgress``), and otherwise nothing is shown.
    """
    mine = token is None
    progress = Progress(server, uuid.uuid4().hex if token is None else token, title)
    if message is not None:
        progress.tell(message)
    cancelled: Future[None] = Future()
    if (task := asyncio.current_task()) is not None:
        cancelled.add_done_callback(lambda ended: task.cancel() if ended.cancelled() else None)
    # pygls cancels what stands in its table when ``window/workDoneProgress/cancel`` comes.
    known = server.protocol.progress.tokens
    known[progress.token] = cancelled
    if not mine:
        progress.begin()
    elif _can_create(server):
        params = lsp.WorkDoneProgressCreateParams(token=progress.token)
        server.protocol.send_request(
            lsp.WINDOW_WORK_DONE_PROGRESS_CREATE, params, callback=lambda _: progress.begin()
        )
    word = "Stopped"
    try:
        yield progress
        word = "Done"
    finally:
        if known.get(progress.token) is cancelled:
            del known[progress.token]
        progress.end(word)


def _can_create(server: CodexServer) -> bool:
    window = server.protocol.client_capabilities.window
    return window is not None and bool(window.work_done_progress)
