"""An open document for tests of what comes along, and a place in it."""

from __future__ import annotations

from dataclasses import dataclass

from lsp_codex.completion.context import CompletionContext, gather
from lsp_codex.text import Snapshot


@dataclass(frozen=True, slots=True)
class Opened:
    """As the server's documents; ``┃`` in the text is the cursor."""

    uri: str
    marked: str
    language_id: str = "python"
    version: int = 1

    @property
    def text(self) -> str:
        """Without the cursor."""
        return self.marked.replace("┃", "")

    @property
    def line_count(self) -> int:
        """How many rows there are."""
        return self.text.count("\n") + 1

    @property
    def row(self) -> int:
        """The row of the cursor."""
        return self.marked.partition("┃")[0].count("\n")

    @property
    def place(self) -> CompletionContext:
        """The place of the cursor."""
        snapshot = Snapshot(self.uri, self.language_id, self.version, self.text)
        return gather(snapshot, self.marked.index("┃"))

    def rows(self, first: int, last: int) -> list[str]:
        """Some rows."""
        return self.text.split("\n")[max(first, 0) : max(last, 0)]
