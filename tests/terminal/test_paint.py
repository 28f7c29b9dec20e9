"""Colours only where they are wanted."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING

import pytest

from lsp_codex.terminal.paint import Paint

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
