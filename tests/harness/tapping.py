"""Tapping: whoever listens is told every log record before anything is redacted; the program logs as without it.

The standard library's ``Logger`` is patched for it: a handler of ours would need a level, and levels are what the
program sets and what tests look at.
"""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

LISTENED_TO = ("tests", "lsp_codex", "httpx2", "httpcore2", "pygls", "websockets", "keyring", "filelock", "asyncio")


def tap(said: Callable[[str, str], None]) -> Callable[[], None]:
    """Tell ``said(where, text)`` of every record of :data:`LISTENED_TO` at any level; calling the result ends it."""
    before: Any = {name: getattr(logging.Logger, name) for name in ("isEnabledFor", "handle")}

    def is_enabled_for(self: logging.Logger, level: int) -> bool:
        return self.name.partition(".")[0] in LISTENED_TO or bool(before["isEnabledFor"](self, level))

    def handle(self: logging.Logger, record: logging.LogRecord) -> None:
        said(f"log of {record.name}", as_text(record))
        if before["isEnabledFor"](self, record.levelno):
            before["handle"](self, record)

    def undo() -> None:
        for name, method in before.items():
            setattr(logging.Logger, name, method)

    patched: Any = logging.Logger
    patched.isEnabledFor, patched.handle = is_enabled_for, handle
    return undo


def as_text(record: logging.LogRecord) -> str:
    """Everything that a handler could make of ``record``."""
    try:
        text = record.getMessage()
    except (TypeError, ValueError, KeyError):
        text = f"{record.msg} {record.args!r}"
    if record.exc_info and record.exc_info[1] is not None:
        import traceback

        text += "".join(traceback.format_exception(record.exc_info[1]))
    return text
