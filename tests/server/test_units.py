"""Columns in all three encodings, against counting one character after the other."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lsp_codex.server.units import Utf16, units_of

ENCODINGS = ("utf-8", "utf-16", "utf-32")
# ASCII, a combining mark, two and three bytes, astral characters, a family of them, lone surrogates.
LINES = st.text(st.sampled_from("ab\té\u0301€\u2028\x0c😀👩\u200d👩\ud83d\ude00"), max_size=20)


def width(character: str, encoding: str) -> int:
    """The units of one character, by definition."""
    if encoding == "utf-8":
        return len(character.encode("utf-8", "surrogatepass"))
    return 2 if encoding == "utf-16" and ord(character) > 0xFFFF else 1


@pytest.mark.parametrize("encoding", ENCODINGS)
@given(line=LINES, units=st.integers(0, 90))
def test_index_is_counting(line: str, units: int, encoding: str) -> None:
    """The index is that of the last character that begins at or before the unit, or the end."""
    begins, at = [], 0
    for character in line:
        begins.append(at)
        at += width(character, encoding)
    expected = len(line) if units >= at else max(i for i, begin in enumerate(begins) if begin <= units)
    assert units_of(encoding).index(line, units) == expected


@pytest.mark.parametrize("encoding", ENCODINGS)
@given(line=LINES, start=st.integers(0, 20), end=st.integers(0, 20))
def test_count_is_counting(line: str, start: int, end: int, encoding: str) -> None:
    """The units of a piece are the sum of its characters' units."""
    start, end = sorted((min(start, len(line)), min(end, len(line))))
    assert units_of(encoding).count(line, start, end) == sum(width(c, encoding) for c in line[start:end])


@pytest.mark.parametrize("unknown", [None, "utf-7", ""])
def test_utf_16_unless_told_otherwise(unknown: str | None) -> None:
    """UTF-16 is what every client speaks."""
    assert isinstance(units_of(unknown), Utf16)
