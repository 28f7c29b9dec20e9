"""A position encoding's units against indexes into ``str``: the only code that counts UTF-8, 16 or 32 units."""

from __future__ import annotations

import re
from typing import Protocol

# Two units in UTF-16, one code point.
_ASTRAL = re.compile("[\U00010000-\U0010ffff]")
_CONTINUATION_BYTES = bytes(range(0x80, 0xC0))


class Units(Protocol):
    """One position encoding. Lone surrogates count as one code point of the plane they are in."""

    def index(self, line: str, units: int) -> int:
        """The index into ``line`` that lies ``units`` from its start.

        Beyond the end it is the end; inside a character it is the start of that character.
        """
        ...

    def count(self, line: str, start: int, end: int) -> int:
        """How many units ``line[start:end]`` has."""
        ...


class Utf8:
    """``character`` counts bytes of UTF-8."""

    def index(self, line: str, units: int) -> int:
        if line.isascii():
            return min(units, len(line))
        encoded = line.encode("utf-8", "surrogatepass")
        if units >= len(encoded):
            return len(line)
        begun = len(encoded[:units].translate(None, _CONTINUATION_BYTES))
        inside = encoded[units] in _CONTINUATION_BYTES
        return begun - inside

    def count(self, line: str, start: int, end: int) -> int:
        return len(line[start:end].encode("utf-8", "surrogatepass"))


class Utf16:
    """``character`` counts UTF-16 code units; the encoding every client speaks."""

    def index(self, line: str, units: int) -> int:
        pairs = 0
        if not line.isascii():
            # No index is greater than its unit, so what lies beyond cannot matter.
            for match in _ASTRAL.finditer(line, 0, units):
                first = match.start() + pairs
                if first + 1 >= units:
                    break
                pairs += 1
            else:
                return min(units - pairs, len(line))
            return match.start() if first + 1 == units else units - pairs
        return min(units, len(line))

    def count(self, line: str, start: int, end: int) -> int:
        piece = line[start:end]
        return len(piece) if piece.isascii() else len(piece.encode("utf-16-le", "surrogatepass")) // 2


class Utf32:
    """``character`` counts code points."""

    def index(self, line: str, units: int) -> int:
        return min(units, len(line))

    def count(self, line: str, start: int, end: int) -> int:
        return end - start


def units_of(encoding: str | None) -> Units:
    """The units of a negotiated ``positionEncoding``; UTF-16 unless told (LSP 3.18, PositionEncodingKind)."""
    match encoding:
        case "utf-8":
            return Utf8()
        case "utf-32":
            return Utf32()
        case _:
            return Utf16()
