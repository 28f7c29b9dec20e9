"""Markdown in a terminal: whole blocks, printed once, whatever the pieces; plain where nothing can be drawn."""

from __future__ import annotations

import io
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from lsp_codex.terminal.markdown import Plain, Rendered, split, writer

TEXT = """\
# Title

A *paragraph* with `code`
over two lines.

- one
- two

  still two
- three

```python
def f():

    return 1
```

| a | b |
|---|---|
| 1 | 2 |

The end."""


class Terminal(io.StringIO):
    """Says that it is one."""

    def isatty(self) -> bool:
        return True


def left_on_screen(output: str) -> str:
    """What a terminal shows of ``output`` in the end: only lines, returns, erasures and upward moves are played."""
    rows, row = [""], 0
    for token in re.findall(r"\x1b\[\??[\d;]*[a-zA-Z]|\r|\n|[^\x1b\r\n]+", output):
        if token == "\n":
            row += 1
            rows += [""] * (row + 1 - len(rows))
        elif token.endswith("A") and token[0] == "\x1b":
            row -= int(token[2:-1] or 1)
        elif token == "\x1b[2K":
            rows[row] = ""
        elif token[0] != "\x1b" and token != "\r":
            rows[row] += token
    return "\n".join(line.rstrip() for line in rows).strip("\n")


def rendered(pieces: list[str]) -> str:
    """The screen after ``pieces``."""
    stream = Terminal()
    with Rendered(stream, 60) as shown:
        for piece in pieces:
            shown.write(piece)
    return left_on_screen(stream.getvalue())


def test_every_block_is_rendered_and_nothing_of_the_drawing_is_left() -> None:
    """Heading, list, code and table; the same from one piece as from one for each character."""
    whole = rendered([TEXT])
    assert "Title" in whole
    assert "#" not in whole
    assert "A paragraph with code over two lines." in whole
    assert " • two" in whole
    assert "```" not in whole
    assert whole.endswith("The end.")
    assert rendered(list(TEXT)) == whole
    assert rendered(re.findall(r"\s*\S+", TEXT)) == whole


@given(st.lists(st.text(alphabet="ab *`#-|>\n1.", max_size=12), max_size=12))
def test_splitting_loses_nothing(pieces: list[str]) -> None:
    """The whole blocks and the rest are the text, however it comes."""
    parser, given_away, pending = MarkdownIt().enable("table"), "", ""
    for piece in pieces:
        whole, pending = split(pending + piece, parser)
        given_away += "".join(whole)
    joined = given_away + pending
    assert joined.replace("\n", "") == "".join(pieces).replace("\n", "")


def test_an_answer_that_breaks_off_is_shown_as_far_as_it_came() -> None:
    """Also when Ctrl-C ends it."""
    stream = Terminal()
    with pytest.raises(KeyboardInterrupt), Rendered(stream, 60) as shown:
        shown.write("One.\n\nTwo and a ha")
        raise KeyboardInterrupt
    assert left_on_screen(stream.getvalue()) == "One.\n\nTwo and a ha"
    assert stream.getvalue().endswith("\n")
    assert stream.getvalue().count("\x1b[?25l") == stream.getvalue().count("\x1b[?25h"), "the cursor is back"


def test_a_terminal_obeys_nothing_that_the_model_says() -> None:
    """Escape sequences are shown as pictures; links are not hidden behind words."""
    for shown in (rendered(["a\x1b]52;c;x\x07b\n"]), _plain("a\x1b[2Jb", Terminal())):
        assert "\x1b" not in shown
        assert "␛" in shown
    stream = Terminal()
    with Rendered(stream, 80) as out:
        out.write("[here](https://example.com/x)\n")
    assert "\x1b]8" not in stream.getvalue()
    assert "https://example.com/x" in stream.getvalue()


def _plain(text: str, stream: io.StringIO) -> str:
    with Plain(stream) as shown:
        shown.write(text)
    return stream.getvalue()


def test_a_pipe_gets_the_text_to_the_letter_and_a_last_newline() -> None:
    """So that files and programs can use it."""
    assert _plain("# a\n\x1b[1mb", io.StringIO()) == "# a\n\x1b[1mb\n"
    assert _plain("a\n", io.StringIO()) == "a\n"
    assert _plain("", io.StringIO()) == ""


@pytest.mark.parametrize(
    ("stream", "environ", "kind"),
    [
        (io.StringIO(), {"TERM": "xterm"}, Plain),
        (Terminal(), {"TERM": "dumb"}, Plain),
        (Terminal(), {}, Plain),
        (Terminal(), {"TERM": "xterm-256color"}, Rendered),
    ],
)
def test_only_a_terminal_is_drawn_on(stream: io.StringIO, environ: dict[str, str], kind: type) -> None:
    """And only one that can be."""
    assert isinstance(writer(stream, environ), kind)


def test_no_ground_is_painted(monkeypatch: pytest.MonkeyPatch) -> None:
    """The terminal's own may be light or dark: nothing of a text, code neither, brings another."""
    monkeypatch.setenv("TERM", "xterm-256color")
    monkeypatch.delenv("NO_COLOR", raising=False)
    screen = Terminal()
    with Rendered(screen, 60) as shown:
        shown.write(TEXT)
    painted = {code for run in re.findall(r"\x1b\[([\d;]*)m", screen.getvalue()) for code in run.split(";")}
    assert painted & {"1", "36"}
    assert not painted & {str(code) for code in (*range(40, 49), *range(100, 108))}
