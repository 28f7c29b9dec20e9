"""Text of a document at one version, and edits of it: offsets are indexes into ``str``; nothing here knows LSP."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Snapshot:
    """A document as it was when a request came in; it never changes."""

    uri: str
    language: str
    version: int
    text: str


@dataclass(frozen=True, slots=True, order=True)
class Span:
    """A half-open range of offsets, ``start <= end``."""

    start: int
    end: int

    @classmethod
    def at(cls, offset: int) -> Span:
        """The empty span at ``offset``: an insertion point."""
        return cls(offset, offset)


@dataclass(frozen=True, slots=True)
class Edit:
    """Replace what stands in ``span`` by ``text``."""

    span: Span
    text: str

    def apply(self, source: str) -> str:
        """The text after the edit."""
        return source[: self.span.start] + self.text + source[self.span.end :]
