"""Text of a document at one version, and edits of it: offsets are indexes into ``str``; nothing here knows LSP."""

from __future__ import annotations

import re
from dataclasses import dataclass
from urllib.parse import unquote, urlsplit

OWN_SCHEME = "codex"
"""The scheme of our own virtual documents, which show what was answered."""

_HOME = re.compile(r"^(?:.*?/)?(?:home|users)/[^/]+/|^/?root/", re.IGNORECASE)


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


def shown_path(uri: str) -> str:
    """The last two parts of the path, for the model: enough to tell a test from a module, and no home folder."""
    try:
        path = unquote(urlsplit(uri).path)
    except ValueError:
        path = uri
    below_home = _HOME.sub("", path.replace("\\", "/"))
    return "/".join([part for part in below_home.split("/") if part][-2:])
