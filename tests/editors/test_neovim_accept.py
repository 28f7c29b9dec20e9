"""The accept key in the real Neovim, where the text has changed since the ghost was asked for (neovim 36529)."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.editors.driver.neovim import Neovim, neovim
from tests.editors.driver.run import eventually

if TYPE_CHECKING:
    from tests.editors.driver.desk import Desk
    from tests.editors.driver.neovim import Editors

pytestmark = [pytest.mark.editors, pytest.mark.real_time, pytest.mark.timeout(60, func_only=True)]

BAR = {"text": "bar"}
CLOSED = {"text": "x, y)", "after": 1}

CASES = {
    "at once": ("foo|", BAR, [], "foobar"),
    "typed through": ("foo|", BAR, ["b", "a"], "foobar"),
    "typed to its end": ("foo|", BAR, ["b", "a", "r"], "foobar"),
    "something else typed": ("foo|", BAR, ["q"], "fooq"),
    "taken back": ("foo|", BAR, ["BSpace"], "fo"),
    "gone to another line": ("foo|", BAR, ["Enter"], "foo\n"),
    "after an emoji": ("😀 foo|", BAR, ["b"], "😀 foobar"),
    "in brackets, at once": ("f(|)", CLOSED, [], "f(x, y)"),
    "in brackets, typed through": ("f(|)", CLOSED, ["x", ","], "f(x, y)"),
    "in brackets, something else typed": ("f(|)", CLOSED, ["z"], "f(z)"),
    "two lines": ("if a:|", {"text": " b\nc"}, [" "], "if a: b\nc"),
    "in the middle": ("a| d", {"text": " b c"}, [" ", "b"], "a b c d"),
}


@pytest.mark.parametrize("case", CASES)
async def test_accept(editors: Editors, desk: Desk, case: str) -> None:
    """The text is there once and where it belongs, or not at all."""
    line, item, keys, expected = CASES[case]
    init, text = Path(__file__).with_name("one_item.lua").read_text(), line.replace("|", "") + "\n"
    async with neovim(editors, desk, init, "a.txt", {"ITEM": json.dumps(item)}, text) as editor:
        await editor.attached()
        await editor.terminal.press("0", *["Right"] * (line.index("|")), "i" if line[-1] != "|" else "A")
        await eventually(editor.ghost, "ghost text")
        await editor.terminal.press(*keys, "Tab")
        await eventually(lambda: no_ghost(editor), "the ghost is gone")
        assert await editor.text() == expected


async def no_ghost(editor: Neovim) -> bool:
    """Whether nothing is offered any more: the accept key has done its work."""
    return not await editor.ghost()
