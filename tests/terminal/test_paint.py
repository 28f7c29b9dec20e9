"""Colours only where they are wanted."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING

import pytest

from lsp_codex.terminal.paint import Paint, can_write, columns, wrapped

if TYPE_CHECKING:
    from collections.abc import Mapping


class Terminal(io.StringIO):
    """A stream that says it is a terminal."""

    def isatty(self) -> bool:
        return True


@pytest.mark.parametrize(
    ("stream", "environ", "coloured"),
    [
        (Terminal(), {}, True),
        (Terminal(), {"NO_COLOR": ""}, True),
        (Terminal(), {"NO_COLOR": "1"}, False),
        (Terminal(), {"TERM": "dumb"}, False),
        (io.StringIO(), {}, False),
    ],
)
def test_colours_only_on_a_terminal_that_wants_them(
    stream: io.StringIO, environ: Mapping[str, str], coloured: bool
) -> None:
    """NO_COLOR counts when it is not empty (no-color.org); a pipe never gets escape sequences."""
    assert Paint.of(stream, environ).coloured is coloured


def test_plain_paint_changes_nothing() -> None:
    """Without colours the text stays as it is."""
    plain = Paint(coloured=False)
    assert plain.dim("a") + plain.bold("b") + plain.good("c") + plain.ghost("d\ne") == "abcd\ne"


def test_ghost_text_is_dimmed_line_by_line() -> None:
    """Each line carries its own sequence and its own end; an empty line carries none."""
    assert Paint(coloured=True).ghost("a\n\nb") == "\x1b[2;3ma\x1b[0m\n\n\x1b[2;3mb\x1b[0m"


@pytest.mark.parametrize("width", [40, 80, 200])
def test_sentences_are_wrapped_and_addresses_are_not(width: int) -> None:
    """What has to be copied stays in one piece; empty lines stay."""
    address = "  https://example.invalid/" + "x" * 210
    shown = wrapped(
        f"Open this address in a browser to sign in, if you will be so kind:\n\n{address}\n\nThanks.", width
    )
    assert address in shown.split("\n")
    assert all(len(line) <= width for line in shown.split("\n") if line != address)
    assert shown.count("\n\n") == 2


def test_what_goes_to_a_file_is_not_wrapped() -> None:
    """A program reads lines as they are meant."""
    assert columns(None) is None
    assert columns(io.StringIO()) is None
    assert wrapped("word " * 100, None) == "word " * 100


@pytest.mark.parametrize(("encoding", "can"), [("utf-8", True), ("ascii", False), ("latin-1", False)])
def test_signs_are_for_encodings_that_have_them(encoding: str, can: bool) -> None:
    """Elsewhere words stand for them."""
    assert can_write("✓", io.TextIOWrapper(io.BytesIO(), encoding)) is can
