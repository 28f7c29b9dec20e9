"""Colours and dimming for a terminal, and only for a terminal that wants them."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import TextIO


# What a terminal obeys: both rows of control characters but tab and newline, and what turns the direction of writing.
_ORDERS = re.compile("[\\x00-\\x08\\x0b-\\x1f\\x7f-\\x9f\\u202a-\\u202e\\u2066-\\u2069]")


def visible(text: str) -> str:
    """``text`` with pictures in place of what a terminal would obey; tab and newline stay."""
    return _ORDERS.sub(_picture, text.replace("\r\n", "\n"))


def _picture(found: re.Match[str]) -> str:
    code = ord(found[0])
    return chr(0x2400 + code) if code < 0x20 else "\ufffd"


@dataclass(frozen=True, slots=True)
class Paint:
    """Wraps text in escape sequences, or leaves it alone."""

    coloured: bool

    @classmethod
    def of(cls, stream: TextIO | None, environ: Mapping[str, str] | None = None) -> Paint:
        """Coloured if ``stream`` is a terminal (``None``: closed) and ``NO_COLOR`` is unset (no-color.org)."""
        env = os.environ if environ is None else environ
        return cls(stream is not None and stream.isatty() and not env.get("NO_COLOR") and env.get("TERM") != "dumb")

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
