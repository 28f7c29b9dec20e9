"""Privacy knows of every open document whether it may leave the machine, and asks the disk again as time goes by."""

from __future__ import annotations

import asyncio
import sys
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from lsp_codex.advice import Advice
from lsp_codex.completion.ignore_files import IgnoreFiles
from lsp_codex.errors import Unanswered
from lsp_codex.exclusion import DEFAULT, excluded_by, path_of, path_parts, rules
from lsp_codex.text import shown_path

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from lsp_codex.exclusion import Rules

FRESH = 2.0
"""Seconds for which an answer of the disk counts: so long after saving an ignore file it is in force."""
STALE = 10.0
"""Seconds after which no other document is quoted by an old answer."""
SETTING = "the setting codex.context.exclude"
UNKNOWN = "its path, which cannot be looked at"


class Privacy:
    """One for a session. ``documents`` and ``folders`` give the addresses of what is open and of the workspace."""

    def __init__(self, documents: Callable[[], Iterable[str]], folders: Callable[[], Iterable[str]]) -> None:
        self._documents = documents
        self._folders = folders
        self._files = IgnoreFiles()
        self._one_at_a_time = asyncio.Lock()
        self._known: dict[str, tuple[str | None, float]] = {}
        self._setting = _Setting((), ())

    async def excluded(self, uri: str, patterns: tuple[str, ...]) -> str | None:
        """What excludes the document, for people; None if it may be sent. ``patterns`` are those of the setting."""
        await self._look({uri}, patterns)
        return self._known[uri][0]

    async def look_around(self, patterns: tuple[str, ...]) -> None:
        """Ask about all open documents whose answers are no longer fresh."""
        await self._look(set(self._documents()), patterns)

    async def check(self, uri: str, patterns: tuple[str, ...]) -> None:
        """Raises ``Unanswered`` if the document must not leave the machine."""
        _refuse(uri, await self.excluded(uri, patterns))

    def may_send(self, uri: str) -> bool:
        """Whether the document was looked at not long ago, and is not excluded."""
        reason, looked = self._known.get(uri, ("unknown", 0.0))
        return reason is None and asyncio.get_running_loop().time() - looked <= STALE

    async def _look(self, uris: set[str], patterns: tuple[str, ...]) -> None:
        async with self._one_at_a_time:
            now = asyncio.get_running_loop().time()
            folders = tuple(path for each in self._folders() if (path := on_disk(each)) is not None)
            if (patterns, folders) != (self._setting.patterns, self._setting.folders):
                # Nothing may be sent by an old answer while the new one is on its way.
                self._known = {}
                self._setting = _Setting(patterns, folders)
            due = {uri for uri in uris if uri not in self._known or now - self._known[uri][1] > FRESH}
            if due:
                found = await asyncio.to_thread(self._reasons, due, self._setting)
                still_open = {*self._documents(), *uris}
                kept = {uri: known for uri, known in self._known.items() if uri in still_open}
                self._known = kept | {uri: (reason, now) for uri, reason in found.items()}

    def _reasons(self, uris: set[str], setting: _Setting) -> dict[str, str | None]:
        return {uri: _reason(uri, setting, self._files) for uri in uris}


def check(uri: str, patterns: tuple[str, ...]) -> None:
    """What a :class:`Privacy` says of one document without a workspace, at once; blocking. Raises ``Unanswered``."""
    _refuse(uri, _reason(uri, _Setting(patterns, ()), IgnoreFiles()))


class _Setting:
    """The default and the user's own patterns after it, which have the last word.

    The user's hold from the workspace's folders on, and outside of them from the root. The default holds from the
    root anyway, for somebody may open ``~/.ssh`` as a workspace; so does what takes a part of it back.

    Made and asked in the thread that asks the disk; what it has said of a path it remembers.
    """

    def __init__(self, patterns: tuple[str, ...], folders: tuple[Path, ...]) -> None:
        self.patterns = patterns
        self.folders = folders
        self._said: dict[tuple[str, ...], str | None] = {}

    @cached_property
    def _bases(self) -> tuple[tuple[str, ...], ...]:
        return tuple(path_parts(folder.as_posix()) for folder in self.folders)

    @cached_property
    def _inside(self) -> tuple[Rules, ...]:
        taken_back = (pattern for pattern in self.patterns if pattern.startswith("!"))
        everywhere = _made((*DEFAULT, *taken_back), ())
        return (*everywhere, *(each for base in self._bases for each in _made(self.patterns, base)))

    @cached_property
    def _loose(self) -> tuple[Rules, ...]:
        return _made((*DEFAULT, *self.patterns), ())

    def excluding(self, parts: tuple[str, ...]) -> str | None:
        if parts not in self._said:
            inside = any(parts[: len(base)] == base for base in self._bases)
            self._said[parts] = excluded_by(parts, self._inside if inside else self._loose)
        return self._said[parts]


def _reason(uri: str, setting: _Setting, files: IgnoreFiles) -> str | None:
    path = on_disk(uri)
    try:
        if path is None:
            return setting.excluding(path_parts(uri))
        # A link with a harmless name lets nothing out.
        ends = (setting.excluding(path_parts(end.as_posix())) for end in (path, path.resolve()))
        return next(filter(None, ends), None) or files.excluding(path, setting.folders)
    except (OSError, RuntimeError, ValueError):  # a loop of links; a NUL in the name
        return UNKNOWN


def _refuse(uri: str, why: str | None) -> None:
    if why is not None:
        raise Unanswered(f"{shown_path(uri)} is not shown to the model, because of {why}", Advice.CHANGE_SETTING)


def _made(lines: tuple[str, ...], base: tuple[str, ...]) -> tuple[Rules, ...]:
    made = rules(lines, "setting", SETTING, base, fold=True)
    return (made,) if made else ()


def on_disk(uri: str, platform: str = sys.platform) -> Path | None:
    """Where a document may lie on this machine; None if its address says nothing about that."""
    absolute, parts = path_of(uri)
    if not absolute:
        return None
    return Path("/".join(parts)) if platform == "win32" else Path("/" + "/".join(parts))
