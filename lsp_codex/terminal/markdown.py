"""Markdown in a terminal while it streams: a block is rendered when it is whole, what is not yet is shown as it came.

Nothing that stands in the terminal's history is ever drawn again, so that scrolling, copying and Ctrl-C are as with
any program.
"""

from __future__ import annotations

import time
from itertools import pairwise
from typing import TYPE_CHECKING, Protocol, Self

from lsp_codex.terminal.paint import visible

if TYPE_CHECKING:
    from types import TracebackType
    from typing import TextIO

    from markdown_it import MarkdownIt
    from rich.text import Text

WIDEST = 100
"""Columns; longer lines of prose are hard to read."""
APART = 0.05
"""Seconds between two drawings of what is not yet whole."""


class Writer(Protocol):
    """Where a text goes that comes in pieces; what came is shown also when the block ends early."""

    def write(self, piece: str) -> None:
        """The next piece."""
        ...

    def __enter__(self) -> Self: ...

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None: ...


def writer(stream: TextIO, environ: dict[str, str]) -> Writer:
    """Rendered if ``stream`` is a terminal that can be drawn on, else as it comes."""
    drawn = stream.isatty() and environ.get("TERM", "dumb") != "dumb"
    return Rendered(stream) if drawn else Plain(stream)


class Plain:
    """The text as it is; a terminal gets nothing that it would obey."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream
        self._terminal = stream.isatty()
        self._last = "\n"

    def write(self, piece: str) -> None:
        self._stream.write(visible(piece) if self._terminal else piece)
        self._stream.flush()
        self._last = piece[-1:] or self._last

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._last != "\n":
            self._stream.write("\n")
            self._stream.flush()


class Rendered:
    """Blocks in their colours; below them, until it is whole, the end of the block that is arriving."""

    def __init__(self, stream: TextIO, width: int | None = None) -> None:
        from markdown_it import MarkdownIt
        from rich.console import Console
        from rich.live import Live
        from rich.theme import Theme

        measured = Console(file=stream, highlight=False)
        # Rich's own sets code on black, which is a stain on a light terminal.
        own = Theme({"markdown.code": "bold cyan"})
        self._console = Console(file=stream, highlight=False, theme=own, width=width or min(measured.width, WIDEST))
        self._live = Live(console=self._console, auto_refresh=False, transient=True, redirect_stdout=False)
        self._parser = MarkdownIt().enable("table")
        self._pending = ""
        self._printed = False
        self._drawn = float("-inf")

    def write(self, piece: str) -> None:
        self._pending += visible(piece)
        if "\n" in piece:
            whole, self._pending = split(self._pending, self._parser)
            if whole:
                self._live.update(self._preview())
                self._print(*whole)
        if (now := time.monotonic()) >= self._drawn + APART:
            self._drawn = now
            self._draw()

    def __enter__(self) -> Self:
        self._live.start()
        self._draw()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        whole, last = split(self._pending, self._parser)
        self._live.update("", refresh=True)
        self._live.stop()
        self._print(*whole, last)

    def _print(self, *blocks: str) -> None:
        from rich.markdown import Markdown

        for text in filter(str.strip, blocks):
            if self._printed:
                self._console.print()
            self._console.print(Markdown(text, code_theme="ansi_dark", hyperlinks=False))
            self._printed = True

    def _draw(self) -> None:
        self._live.update(self._preview(), refresh=True)

    def _preview(self) -> Text:
        from rich.text import Text

        room = max(1, self._console.height - 2)
        rows = Text(self._pending.rstrip("\n") or "…", style="dim").wrap(self._console, self._console.width)
        return Text("\n").join(rows[-room:])


def split(text: str, parser: MarkdownIt) -> tuple[list[str], str]:
    """The blocks that are whole, each for itself, and the one that more text may still belong to."""
    begins = [token.map[0] for token in parser.parse(text) if token.level == 0 and token.map and token.nesting >= 0]
    lines = text.split("\n")
    borders = [0, *begins[1:], len(lines)]
    *whole, last = ["\n".join(lines[start:end]) for start, end in pairwise(borders)]
    return whole, last
