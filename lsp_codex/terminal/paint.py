"""Colours and dimming for a terminal, and only for a terminal that wants them."""

from __future__ import annotations

import os
import re
import shutil
import textwrap
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import TextIO


NARROWEST = 20
"""Columns; on less, lines break where the terminal breaks them."""

# What a terminal obeys: both rows of control characters but tab and newline, and what turns the direction of writing.
_ORDERS = re.compile("[\\x00-\\x08\\x0b-\\x1f\\x7f-\\x9f\\u202a-\\u202e\\u2066-\\u2069]")


def visible(text: str) -> str:
    """``text`` with pictures in place of what a terminal would obey; tab and newline stay."""
    return _ORDERS.sub(_picture, text.replace("\r\n", "\n"))


def _picture(found: re.Match[str]) -> str:
    code = ord(found[0])
    return chr(0x2400 + code) if code < 0x20 else "\ufffd"


def can_write(text: str, stream: TextIO) -> bool:
    """Whether the encoding of ``stream`` has every character of ``text``."""
    try:
        text.encode(stream.encoding or "ascii")
    except (UnicodeEncodeError, LookupError):
        return False
    return True


def columns(stream: TextIO | None) -> int | None:
    """How many columns the terminal has that ``stream`` writes to; None if it is none."""
    return shutil.get_terminal_size().columns if stream is not None and stream.isatty() else None


def wrapped(text: str, width: int | None) -> str:
    """``text`` in lines of at most ``width`` columns; as it is for None.

    An address or a path stays in one piece, and a line that is set in, which is to be copied, as it is.
    """
    if width is None:
        return text
    return "\n".join(
        line
        if line.startswith(" ")
        else textwrap.fill(line, max(width, NARROWEST), break_long_words=False, break_on_hyphens=False)
        for line in text.split("\n")
    )


def clipped(text: str, stream: TextIO) -> str:
    """As much of ``text`` as fits on one line of the terminal that ``stream`` writes to."""
    room = (columns(stream) or len(text) + 1) - 1  # a full line would go on to the next one
    return text if len(text) <= room else text[: max(room - 1, 0)] + "…"


@dataclass(frozen=True, slots=True)
class Paint:
    """Wraps text in escape sequences, or leaves it alone; ``obeyed``: the terminal obeys them, in colour or not."""

    coloured: bool
    obeyed: bool = False

    @classmethod
    def of(cls, stream: TextIO | None, environ: Mapping[str, str] | None = None) -> Paint:
        """Coloured if ``stream`` is a terminal (``None``: closed) and ``NO_COLOR`` is unset (no-color.org)."""
        env = os.environ if environ is None else environ
        obeyed = stream is not None and stream.isatty() and env.get("TERM") != "dumb"
        return cls(obeyed and not env.get("NO_COLOR"), obeyed)

    def dim(self, text: str) -> str:
        """Ghost text and side remarks."""
        return self._wrap("2", text)

    def bold(self, text: str) -> str:
        """What matters."""
        return self._wrap("1", text)

    def good(self, text: str) -> str:
        """What went well."""
        return self._wrap("32", text)

    def warn(self, text: str) -> str:
        """What is worth a look."""
        return self._wrap("33", text)

    def bad(self, text: str) -> str:
        """What does not work."""
        return self._wrap("31", text)

    def ghost(self, text: str) -> str:
        """A suggestion: dimmed, each line for itself so that pagers keep it."""
        return "\n".join(self._wrap("2;3", line) for line in text.split("\n"))

    def _wrap(self, code: str, text: str) -> str:
        return f"\x1b[{code}m{text}\x1b[0m" if self.coloured and text else text
