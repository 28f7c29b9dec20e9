"""``lsp-codex ask``: a question about code from a terminal, answered as it streams."""

from __future__ import annotations

import json
import os
import re
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, TextIO

from lsp_codex.advice import Advice
from lsp_codex.chat.events import Text
from lsp_codex.chat.explain import explain
from lsp_codex.chat.question import question
from lsp_codex.errors import Unanswered
from lsp_codex.server.privacy import Privacy
from lsp_codex.server.world import World
from lsp_codex.terminal import site
from lsp_codex.terminal.languages import language_of
from lsp_codex.terminal.markdown import writer
from lsp_codex.terminal.question import use
from lsp_codex.text import Snapshot, Span

if TYPE_CHECKING:
    from collections.abc import Callable

    from lsp_codex.chat.events import Answer, Begun
    from lsp_codex.config import Config
    from lsp_codex.server.services import Services

_PLACE = re.compile(r"(?P<name>.+?)(?::(?P<first>\d{1,9})(?:-(?P<last>\d{1,9}))?)?", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Place:
    """A text and the lines of it that are meant (counted from one, both included), if not all."""

    snapshot: Snapshot
    lines: tuple[int, int] | None = None

    @property
    def span(self) -> Span | None:
        """Where the lines are in the text."""
        if self.lines is None:
            return None
        rows = self.snapshot.text.split("\n")
        start = sum(len(row) + 1 for row in rows[: self.lines[0] - 1])
        return Span(start, start + len("\n".join(rows[self.lines[0] - 1 : self.lines[1]])))


def run(
    prompt: str,
    place: str | None,
    *,
    sandbox: bool = False,
    as_json: bool = False,
    world: World | None = None,
    stream: TextIO | None = None,
) -> int:
    """Ask and show the answer on ``stream``. Raises an ``LspCodexError`` with what to do."""
    stream = sys.stdout if stream is None else stream
    world = world or World(environ=os.environ, sandbox=sandbox, open_sandbox=site.open_site)
    given = None if place is None else parse_place(place)
    words = prompt.strip() or (explain(selected=given.lines is not None) if given else "")
    if not words:
        raise Unanswered(
            "There is nothing to answer: the question is empty, and no file is named", Advice.OTHER_WORDS
        )

    async def asked(services: Services, config: Config, tell: Callable[[Begun | Text], None]) -> Answer:
        about, span = (given.snapshot, given.span) if given else (None, None)
        if about is not None:
            # The project's ignore files and the ends of links count here as in an editor.
            await Privacy(lambda: (about.uri,), tuple).check(about.uri, config.context.exclude)
        return await services.chats.ask(question(words, about, span, (), config.context), config, tell)

    if as_json:
        answer = use(lambda services, config: asked(services, config, lambda _: None), world)
        print(json.dumps(_as_json(answer, given), indent=2, ensure_ascii=False), file=stream)
        return 0
    with writer(stream, dict(world.environ)) as shown:

        def tell(event: Begun | Text) -> None:
            if isinstance(event, Text):
                shown.write(event.piece)

        _ = use(lambda services, config: asked(services, config, tell), world)
    return 0


def parse_place(given: str) -> Place:
    """``FILE``, ``FILE:LINE``, ``FILE:FIRST-LAST``, or ``-`` for standard input. Raises ``Unanswered``."""
    if given == "-":
        return Place(Snapshot("stdin:input", "", 0, _decoded(sys.stdin.buffer.read(), "standard input")))
    found = _PLACE.fullmatch(given)
    # A file whose own name ends so wins.
    if os.path.exists(given) or found is None or found["first"] is None:  # noqa: PTH110 — Path's raises
        return Place(_read(given))
    snapshot = _read(found["name"])
    count = len(snapshot.text.removesuffix("\n").split("\n"))
    first, last = int(found["first"]), int(found["last"] or found["first"])
    if not 1 <= first <= min(last, count):
        asked = f"{first}-{last}" if found["last"] else str(first)
        raise Unanswered(f"{found['name']} has the lines 1 to {count}, not {asked}", Advice.OTHER_FILE)
    return Place(snapshot, (first, min(last, count)))  # 10-9999 is from line 10 on


def _read(name: str) -> Snapshot:
    try:
        data, uri = Path(name).read_bytes(), Path(name).absolute().as_uri()
    except (OSError, ValueError) as error:
        why = error.strerror if isinstance(error, OSError) else "that is no name of a file"
        raise Unanswered(f"{name} cannot be read: {why}", Advice.OTHER_FILE) from None
    return Snapshot(uri, language_of(name), 0, _decoded(data, name))


def _decoded(data: bytes, name: str) -> str:
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise Unanswered(f"{name} cannot be read: it is no text in UTF-8", Advice.OTHER_FILE) from None


def _as_json(answer: Answer, given: Place | None) -> dict[str, object]:
    spent = answer.tokens
    return {
        "text": answer.text,
        "model": answer.model,
        "file": None if given is None else given.snapshot.uri,
        "lines": None if given is None or given.lines is None else list(given.lines),
        "tokens": None if spent is None else {"prompt": spent[0], "answer": spent[1]},
    }
