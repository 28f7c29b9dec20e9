"""Where logs go (stderr and, if asked, a rotating file; never stdout), at which level, and without secrets."""

from __future__ import annotations

import logging
import logging.handlers
import re
import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

FORMAT = "%(asctime)s %(levelname)-7s %(name)s: %(message)s"

# pygls logs message bodies and the whole InitializeParams at INFO; the HTTP libraries log addresses at INFO
# and headers at DEBUG. Both would carry what must not be logged.
HELD_AT_WARNING = ("pygls", "httpx2", "httpcore2", "hpack", "filelock", "asyncio")

# The last net, not the first: our own code wraps tokens in Secret and never formats one.
_SECRET_SHAPES = re.compile(
    r"eyJ[\w-]{8,}\.[\w-]+\.[\w-]*"  # a JWT
    r"|(?i:bearer\s+)[\w.~+/-]{8,}=*"
    r"|\bsk-[\w-]{8,}"
    r"|(?<=[?&])(?:code|state|code_verifier|id_token|token)=[^&\s\"']+"
)


class Redaction(logging.Filter):
    """Replaces what looks like a token, a key or an authorization code in the finished message."""

    def filter(self, record: logging.LogRecord) -> bool:
        message = record.getMessage()
        if _SECRET_SHAPES.search(message):
            record.msg = _SECRET_SHAPES.sub("…", message)
            record.args = None
        return True


class RedactingFormatter(logging.Formatter):
    """Redacts tracebacks too: an exception of a library may quote what it was given."""

    def formatException(self, ei: object) -> str:  # noqa: N802 — the name is logging's
        text = super().formatException(ei)  # type: ignore[arg-type]
        return _SECRET_SHAPES.sub("…", text)


def start(level: str = "WARNING", file: Path | None = None) -> None:
    """Send logs to stderr and, if ``file`` is given, to that file (three times 1 MB, newest first)."""
    handlers: list[logging.Handler] = [logging.StreamHandler(sys.stderr)]
    if file is not None:
        file.parent.mkdir(parents=True, exist_ok=True)
        handlers.append(
            logging.handlers.RotatingFileHandler(file, maxBytes=1_000_000, backupCount=2, encoding="utf-8")
        )
    root = logging.getLogger()
    for handler in list(root.handlers):
        root.removeHandler(handler)
    for handler in handlers:
        handler.setFormatter(RedactingFormatter(FORMAT))
        handler.addFilter(Redaction())
        root.addHandler(handler)
    root.setLevel(level.upper())
    for name in HELD_AT_WARNING:
        logging.getLogger(name).setLevel(logging.WARNING)
