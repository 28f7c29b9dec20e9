"""Privacy knows of every open document whether it may leave the machine, and asks the disk again as time goes by."""

from __future__ import annotations

import asyncio
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from lsp_codex.completion.exclude import ALWAYS, excluded_by, path_of, path_parts, rules
from lsp_codex.completion.ignore_files import IgnoreFiles

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from lsp_codex.completion.exclude import Rules

FRESH = 2.0
"""Seconds for which an answer of the disk counts: so long after saving an ignore file it is in force."""
SETTING = "the setting codex.context.exclude"
UNKNOWN = "its path, which cannot be looked at"


class Privacy:
    """One for a session. ``documents`` and ``folders`` give the addresses of what is open and of the workspace."""

    def __init__(self, documents: Callable[[], Iterable[str]], folders: Callable[[], Iterable[str]]) -> None:
        self._documents = documents
        self._folders = folders
        self._files = IgnoreFiles()
        self._one_at_a_time = asyncio.Lock()
        self._known: dict[str, str | None] = {}
        self._patterns: tuple[str, ...] = ()
        self._looked = float("-inf")

    async def excluded(self, uri: str, patterns: tuple[str, ...]) -> str | None:
        """What excludes the document, for people; None if it may be sent. ``patterns`` are those of the setting."""
        async with self._one_at_a_time:
            now = asyncio.get_running_loop().time()
            if uri not in self._known or patterns != self._patterns or now - self._looked > FRESH:
                every = {uri, *self._documents()}
                folders = tuple(path for each in self._folders() if (path := on_disk(each)) is not None)
                # Nothing may be sent by an old answer while the new one is on its way.
                self._known = {}
                known = await asyncio.to_thread(self._look, every, folders, patterns)
                self._known, self._patterns, self._looked = known, patterns, now
            return self._known[uri]

    def may_send(self, uri: str) -> bool:
        """Whether the document was looked at, and is not excluded."""
        return uri in self._known and self._known[uri] is None

    def _look(self, uris: set[str], folders: tuple[Path, ...], patterns: tuple[str, ...]) -> dict[str, str | None]:
        setting = _Setting.of(patterns, folders)
        return {uri: self._reason(uri, folders, setting) for uri in uris}

    def _reason(self, uri: str, folders: tuple[Path, ...], setting: _Setting) -> str | None:
        path = on_disk(uri)
        try:
            if path is None:
                return setting.excluding(path_parts(uri))
            # A link with a harmless name lets nothing out.
            ends = (setting.excluding(path_parts(end.as_posix())) for end in (path, path.resolve()))
            return next(filter(None, ends), None) or self._files.excluding(path, folders)
        except (OSError, RuntimeError, ValueError):  # a loop of links; a NUL in the name
            return UNKNOWN


@dataclass(frozen=True, slots=True)
class _Setting:
    """The patterns of the setting after ours: the user's hold from the workspace's folders on, else from the root."""

    always: tuple[Rules, ...]
    inside: tuple[Rules, ...]
    loose: tuple[Rules, ...]
    bases: tuple[tuple[str, ...], ...]

    @classmethod
    def of(cls, patterns: tuple[str, ...], folders: tuple[Path, ...]) -> _Setting:
        bases = tuple(path_parts(folder.as_posix()) for folder in folders)
        return cls(
            _made(ALWAYS, ()),
            tuple(each for base in bases for each in _made(patterns, base)),
            _made((*ALWAYS, *patterns), ()),
            bases,
        )

    def excluding(self, parts: tuple[str, ...]) -> str | None:
        inside = any(parts[: len(base)] == base for base in self.bases)
        return excluded_by(parts, (*self.always, *self.inside) if inside else self.loose)


def _made(lines: tuple[str, ...], base: tuple[str, ...]) -> tuple[Rules, ...]:
    made = rules(lines, "setting", SETTING, base, fold=True)
    return (made,) if made else ()


def on_disk(uri: str, platform: str = sys.platform) -> Path | None:
    """Where a document may lie on this machine; None if its address says nothing about that."""
    absolute, parts = path_of(uri)
    if not absolute:
        return None
    return Path("/".join(parts)) if platform == "win32" else Path("/" + "/".join(parts))
