"""Where logs go (stderr and, if asked, a rotating file; never stdout), at which level, and without secrets."""

from __future__ import annotations

import logging
import re
import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

FORMAT = "%(asctime)s %(levelname)-7s %(name)s: %(message)s"

# pygls logs message bodies and the whole InitializeParams at INFO; the HTTP libraries log addresses at INFO
# and headers at DEBUG. Both would carry what must not be logged.
HELD_AT_WARNING = ("pygls", "httpx2", "httpcore2", "hpack", "websockets", "filelock", "asyncio")

# The last net, not the first: our own code wraps tokens in Secret and never formats one.
_SECRET_SHAPES = re.compile(
    r"eyJ[\w-]{8,}\.[\w-]+\.[\w-]*"  # a JWT
    r"|(?i:\bbearer\s+)[\w.~+/-]{8,}=*"
    r"|\bsk-[\w-]{8,}"
    r"|(?<=[?&])(?:code|state|token)=[^&\s\"']+"
    r"|(?i:\b(?:access_token|refresh_token|id_token|code_verifier|authorization_code|openai_api_key|authorization)\b)"
    r"[\"']?\s*[=:]\s*[\"']?(?:(?i:bearer|basic)\s+)?[^\s\"'&,}]+"
)

log = logging.getLogger(__name__)


class RedactingFormatter(logging.Formatter):
    """Replaces what looks like a token, a key or an authorization code: in messages, arguments and tracebacks."""

    def format(self, record: logging.LogRecord) -> str:
        """The finished line; a record whose arguments do not fit is shown without them."""
        try:
            text = super().format(record)
        except (TypeError, ValueError, KeyError):
            # logging itself would print the arguments to stderr as they are.
            text = f"{record.levelname} {record.name}: {record.msg} (its arguments do not fit)"
        return redacted(text)

    def formatException(self, ei: object) -> str:  # noqa: N802 — the name is logging's
        """The traceback, redacted here too because logging keeps it on the record for other handlers."""
        return redacted(super().formatException(ei))  # type: ignore[arg-type]


def redacted(text: str) -> str:
    """``text`` without what looks like a token, a key or an authorization code."""
    return _SECRET_SHAPES.sub("…", text)


def start(level: str = "WARNING", file: Path | None = None) -> None:
    """Send logs to stderr and, if ``file`` is given, to that file (three times 1 MB, newest first).

    A file that cannot be opened is named in a warning; the server starts without it.
    """
    root = logging.getLogger()
    for handler in list(root.handlers):
        root.removeHandler(handler)
        if isinstance(handler.formatter, RedactingFormatter):  # ours, from an earlier start
            handler.close()
    _add(logging.StreamHandler(sys.stderr))
    root.setLevel(level.upper())
    for name in HELD_AT_WARNING:
        logging.getLogger(name).setLevel(logging.WARNING)
    if file is not None:
        from logging.handlers import RotatingFileHandler  # 6 ms, and few ask for a file

        try:
            file.parent.mkdir(parents=True, exist_ok=True)
            handler = RotatingFileHandler(file, maxBytes=1_000_000, backupCount=2, encoding="utf-8")
        except OSError as error:
            log.warning("no log file: %s", error)
        else:
            _add(handler)


def _add(handler: logging.Handler) -> None:
    handler.setFormatter(RedactingFormatter(FORMAT))
    logging.getLogger().addHandler(handler)
