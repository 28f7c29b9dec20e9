"""How the answer to a question gets before the user's eyes: by what the client can do and by what it asked for."""

from __future__ import annotations

import asyncio
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol, TypeAlias, assert_never

from lsprotocol import types as lsp

from lsp_codex.chat.events import Begun, Text
from lsp_codex.text import OWN_SCHEME

if TYPE_CHECKING:
    from lsp_codex.actions.outcome import Answered
    from lsp_codex.chat.events import Answer
    from lsp_codex.server.editor import Editor
    from lsp_codex.server.progress import Progress
    from lsp_codex.server.session import Session

REFRESH = 0.2
"""Seconds between two notes that a virtual document has more text: the client asks for all of it each time."""
OPENING = 3.0
"""Seconds that a whole answer waits at most for the client to say whether it has opened a document."""
UNUSED = "Codex: nothing was changed. The answer is shown instead."
"""With the reason it would be longer than a line, where Neovim waits for a key; that stands above the answer."""
LONGEST_MESSAGE = 4_000
"""Characters of an answer in a message box; the command's result holds all of it."""


@dataclass(frozen=True, slots=True)
class Streamed:
    """The client gave a token: it gets the text as it comes, and shows it itself.

    ``partial`` is its ``partialResultToken``, ``work`` its ``workDoneToken``. LSP 3.18 gives ``executeCommand`` the
    second alone; with the first, which is a field more, the two kinds of ``$/progress`` do not mix.
    """

    partial: lsp.ProgressToken | None
    work: lsp.ProgressToken | None


@dataclass(frozen=True, slots=True)
class VirtualDocument:
    """The client opens a document whose text we give: ``workspace/textDocumentContent``, ``window/showDocument``."""


@dataclass(frozen=True, slots=True)
class MessageBox:
    """Nothing better: ``window/showMessage``, once the answer is whole."""


Way: TypeAlias = Streamed | VirtualDocument | MessageBox


def way(editor: Editor, partial: lsp.ProgressToken | None, work: lsp.ProgressToken | None) -> Way:
    """How this client wants to see an answer."""
    if partial is not None or work is not None:
        return Streamed(partial, work)
    return VirtualDocument() if editor.shows_content else MessageBox()


class Showing(Protocol):
    """Shows one answer."""

    def tell(self, event: Begun | Text) -> None:
        """Something has happened."""
        ...

    async def finish(self, answer: Answer) -> None:
        """The answer is whole."""
        ...


def shown(chosen: Way, session: Session, progress: Progress) -> Showing:
    """What shows an answer in the way that was ``chosen``."""
    match chosen:
        case Streamed(partial, work):
            return _Stream(session, progress, partial, work)
        case VirtualDocument():
            return _Document(session, progress)
        case MessageBox():
            return _Box(session, progress)
        case _:
            assert_never(chosen)


def address(thread_id: str) -> str:
    """The URI of the document in which the thread is shown."""
    return f"{OWN_SCHEME}:/answers/{thread_id}.md"


def thread_of(uri: str) -> str | None:
    """The thread that ``uri`` shows; None if it is none of ours."""
    prefix, _, name = uri.rpartition("/")
    return name.removesuffix(".md") if prefix in (f"{OWN_SCHEME}:/answers", f"{OWN_SCHEME}:///answers") else None


async def show_unused(session: Session, title: str, unused: Answered, language: str) -> None:
    """Show an answer that became no edit: in a document with one line that says why, else all of it in a message.

    ``title`` is that of the action, ``language`` that of the code.
    """
    editor, text, name = session.editor, unused.text.strip(), title.removeprefix("Codex: ")
    if editor.shows_content:
        heading = f"# {name}\n\nNothing was changed, as {unused.why}. This is the answer:\n\n"
        uri = session.pages.put(name, f"{heading}{_fenced(text, language)}\n")
        opening = session.tasks.spawn(editor.show_document(uri), "show an answer")
        await asyncio.wait({opening}, timeout=OPENING)
        if not opening.done() or opening.result():
            editor.answer(UNUSED)
            return
    editor.answer(f"Codex: nothing was changed, as {unused.why}. This is the answer:\n\n{_short(text)}")


def _fenced(text: str, language: str) -> str:
    """``text`` as Markdown shows it: code between fences, unless it has its own or is for people."""
    from lsp_codex.actions.answer import is_prose  # not before the server has started

    if "```" in text or all(is_prose(row) for row in text.splitlines() if row.strip()):
        return text
    word = language if re.fullmatch(r"[\w+#.-]+", language) else ""
    return f"```{word}\n{text}\n```"


def _short(text: str) -> str:
    return text if len(text) <= LONGEST_MESSAGE else f"{text[:LONGEST_MESSAGE]}… ({len(text)} characters)"


class _Box:
    def __init__(self, session: Session, progress: Progress) -> None:
        self._session = session
        self._progress = progress
        self._length = 0

    def tell(self, event: Begun | Text) -> None:
        if isinstance(event, Text):
            self._length += len(event.piece)
            self._progress.count(f"{self._length} characters")

    async def finish(self, answer: Answer) -> None:
        self._session.editor.answer(_short(answer.text.strip()))


class _Document(_Box):
    """Opened at the first word, refreshed while more comes; a message box if the client cannot open it after all."""

    def __init__(self, session: Session, progress: Progress) -> None:
        super().__init__(session, progress)
        self._opening: asyncio.Task[bool] | None = None
        self._refreshing = False
        self._refreshed = float("-inf")

    def tell(self, event: Begun | Text) -> None:
        super().tell(event)
        uri = address(event.thread_id)
        if self._opening is None:
            self._opening = self._session.tasks.spawn(self._session.editor.show_document(uri), "show an answer")
        now = asyncio.get_running_loop().time()
        if self._opening.done() and not self._refreshing and now >= self._refreshed + REFRESH:
            self._refreshing, self._refreshed = True, now
            self._session.editor.content_changed(uri, self._noted)

    async def finish(self, answer: Answer) -> None:
        if await self._opened():
            self._session.editor.content_changed(address(answer.thread_id))
        else:
            await super().finish(answer)

    async def _opened(self) -> bool:
        if self._opening is None:
            return False
        # A client that takes its time opens the document some day, and then asks for its text.
        await asyncio.wait({self._opening}, timeout=OPENING)
        return not self._opening.done() or self._opening.result()

    def _noted(self) -> None:
        self._refreshing = False


class _Stream(_Box):
    def __init__(
        self,
        session: Session,
        progress: Progress,
        partial: lsp.ProgressToken | None,
        work: lsp.ProgressToken | None,
    ) -> None:
        super().__init__(session, progress)
        self._partial = partial
        self._work = work

    def tell(self, event: Begun | Text) -> None:
        piece = event.piece if isinstance(event, Text) else ""
        value: dict[str, Any] = {"threadId": event.thread_id, "text": piece}
        if self._partial is not None:
            super().tell(event)
            self._send(self._partial, value)
        elif self._work is not None:
            # Beside what LSP knows of a report stands what our answer has too; clients ignore what they do not know.
            self._length += len(piece)
            report = {"kind": "report", "cancellable": True, "message": f"{self._length} characters"}
            self._send(self._work, report | value if piece else value | report | {"message": "Thinking"})

    async def finish(self, answer: Answer) -> None:
        """The client has it."""

    def _send(self, token: lsp.ProgressToken, value: dict[str, Any]) -> None:
        self._session.server.protocol.notify(lsp.PROGRESS, {"token": token, "value": value})
