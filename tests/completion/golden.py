"""Reads the golden files: TOML in which ``┃`` is the cursor and ``├…┤`` the suggestion as it stands in the document.

``document`` is the text before, ``answer`` what the model said, ``shown`` the text with the suggestion in it; nothing
between ``├`` and ``┤``, or no such marks, means that nothing is suggested. ``crlf = true`` makes the newlines of the
document CRLF, those of ``shown`` too. ``rule`` says what the file is about.
"""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from lsp_codex.completion.context import CompletionContext, gather
from lsp_codex.text import Snapshot

if TYPE_CHECKING:
    from collections.abc import Callable

HERE = Path(__file__).parent / "golden"


@dataclass(frozen=True, slots=True)
class Golden:
    """One file."""

    name: str
    rule: str
    language: str
    document: str
    answer: str
    shown: str

    @property
    def snapshot(self) -> Snapshot:
        """The document without the cursor mark."""
        return Snapshot("file:///work/project/a.py", self.language, 1, self.document.replace("┃", ""))

    @property
    def place(self) -> CompletionContext:
        """The place of the cursor mark."""
        return gather(self.snapshot, self.document.index("┃"))

    def drawn(self, text: str, replaced: int = 0) -> str:
        """The document with ``text`` in it, as ``shown`` has it, instead of ``replaced`` characters."""
        before, after = self.document.split("┃")
        return f"{before}├{text}┤{after[replaced:]}" if text else before + after


def load(folder: str) -> list[Golden]:
    """The files of one folder, by name."""
    files = sorted((HERE / folder).glob("*.toml"))
    assert files, f"no golden files in {folder}"
    return [_read(file) for file in files]


def check(golden: Golden, apply: Callable[[str, CompletionContext], str]) -> None:
    """Assert that the filter ``apply`` makes of the answer what the file shows."""
    assert golden.drawn(apply(golden.answer, golden.place)) == golden.shown, golden.rule


def _read(file: Path) -> Golden:
    row = tomllib.loads(file.read_text("utf-8"))
    newline = "\r\n" if row.get("crlf") else "\n"
    return Golden(
        name=file.stem,
        rule=row["rule"],
        language=row.get("language", "python"),
        document=row["document"].replace("\n", newline),
        answer=row["answer"],
        shown=row["shown"].replace("\n", newline),
    )
