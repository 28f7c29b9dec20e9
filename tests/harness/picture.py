"""README's picture: ghost text in the real Neovim, as an SVG; ``python -m tests.harness.picture`` makes it anew."""

from __future__ import annotations

import asyncio
import io
import os
import re
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from rich._export_format import CONSOLE_SVG_FORMAT
from rich.console import Console
from rich.style import Style
from rich.terminal_theme import TerminalTheme
from rich.text import Text

from tests.editors.conftest import SETUP, find
from tests.editors.driver.desk import ROOT, Desk
from tests.editors.driver.neovim import EXAMPLES, neovim
from tests.editors.driver.run import eventually

if TYPE_CHECKING:
    from tests.editors.driver.neovim import Editors, Neovim

PICTURE = ROOT / "editors" / "neovim" / "ghost-text.svg"
COLUMNS, ROWS = 64, 18

# The sandbox's lines of the README, and a look that needs no explanation.
INIT = f"""\
{(EXAMPLES / "init-sandbox.lua").read_text()}
vim.o.termguicolors = true
vim.cmd.colorscheme('catppuccin')
vim.api.nvim_set_hl(0, 'ComplHint', {{ fg = '#7f849c' }})
vim.opt.fillchars = {{ eob = ' ' }}
vim.o.laststatus = 0
vim.o.number = true
vim.o.ruler = false
vim.o.shortmess = vim.o.shortmess .. 'F'
"""
CODE = '''\
"""Numbers that everybody knows."""


def is_even(n: int) -> bool:
    return n % 2 == 0


def is_prime(n: int) -> bool
'''
TYPED = ":\n"
FONTS = 'ui-monospace, SFMono-Regular, Menlo, Consolas, "DejaVu Sans Mono", monospace'

# The colours of catppuccin mocha; the text brings its own, these are for what has none.
THEME = TerminalTheme(
    (30, 30, 46),
    (205, 214, 244),
    [
        *((69, 71, 90), (243, 139, 168), (166, 227, 161), (249, 226, 175)),
        *((137, 180, 250), (245, 194, 231), (148, 226, 213), (186, 194, 222)),
    ],
)
CURSOR = Style(color="#1e1e2e", bgcolor="#f5e0dc")


async def picture(editors: Editors, folder: Path) -> str:
    """The SVG of a Neovim in ``folder``, which must be empty, that has just been typed into."""
    desk = Desk(folder)
    async with neovim(editors, desk, INIT, "primes.py", {"COLORTERM": "truecolor"}, CODE) as editor:
        await editor.attached()
        await editor.terminal.resize(COLUMNS, ROWS)
        await editor.terminal.press("G", "A")
        await editor.terminal.type(TYPED)
        ghost = await eventually(editor.ghost, "ghost text")
        shown = await eventually(lambda: _drawn(editor, ghost), "ghost text on the screen")
        return svg(shown, await editor.terminal.cursor())


async def _drawn(editor: Neovim, ghost: str) -> str:
    """The screen with its colours, once each line of ``ghost`` can be read on it."""
    plain = await editor.terminal.screen()
    return await editor.terminal.screen(colours=True) if all(line in plain for line in ghost.splitlines()) else ""


def svg(screen: str, cursor: tuple[int, int]) -> str:
    """What a terminal shows (text with escape sequences) as a picture that stands alone: no font, no address."""
    console = Console(
        record=True,
        width=COLUMNS,
        file=io.StringIO(),
        force_terminal=True,
        color_system="truecolor",
        legacy_windows=False,
    )
    column, row = cursor
    for number, line in enumerate(screen.rstrip("\n").split("\n")):
        text = Text.from_ansi(line)
        if number == row:
            text.pad_right(max(0, column + 1 - len(text)))
            text.stylize(CURSOR, column, column + 1)
        console.print(text, no_wrap=True, crop=True)
    drawn = console.export_svg(title="primes.py", theme=THEME, code_format=_format(), unique_id="codex")
    return re.sub(r"[ \t]+$", "", drawn, flags=re.MULTILINE)


def _format() -> str:
    """Rich's own frame with the fonts of the reader's machine instead of those of a server."""
    own = re.sub(r"\s*@font-face \{\{.*?\}\}", "", CONSOLE_SVG_FORMAT, flags=re.DOTALL)
    own = re.sub(r"\s*<!--.*?-->", "", own)
    return own.replace("Fira Code, monospace", FONTS).replace("font-family: arial", f"font-family: {FONTS}")


def main() -> int:
    """Write the picture."""
    editors = find(os.environ)
    if editors is None:
        print(f"no Neovim >= 0.12 with tmux; {SETUP} gets both", file=sys.stderr)  # noqa: T201 — a program
        return 1
    with tempfile.TemporaryDirectory(prefix="codex-picture-") as folder:
        PICTURE.write_text(asyncio.run(picture(editors, Path(folder) / "desk")), "utf-8")
    print(PICTURE)  # noqa: T201 — a program
    return 0


if __name__ == "__main__":
    sys.exit(main())
