"""README's picture is what the real Neovim shows, and needs nothing from anywhere else."""

from __future__ import annotations

import re
from html import escape
from typing import TYPE_CHECKING
from xml.etree import ElementTree as ET

import pytest

from tests.harness.papers import README
from tests.harness.picture import PICTURE, picture

if TYPE_CHECKING:
    from pathlib import Path

    from tests.editors.driver.neovim import Editors

GHOST = ("while i * i <= n:", "return True")
SVG = "{http://www.w3.org/2000/svg}"


def lines(drawn: str) -> list[str]:
    """The picture's texts by their height: what is read on each line."""
    rows: dict[str, str] = {}
    for text in ET.fromstring(drawn).iter(f"{SVG}text"):  # noqa: S314 — our own picture
        rows[text.get("y", "")] = rows.get(text.get("y", ""), "") + (text.text or "")
    return [row.replace("\xa0", " ").strip() for row in rows.values()]


def colour(drawn: str, text: str) -> str:
    """The colour in which ``text`` is drawn."""
    kind = re.search(rf'class="(codex-r\d+)"[^>]*>(?:&#160;)*{re.escape(escape(text).replace(" ", "&#160;"))}', drawn)
    assert kind, f"{text!r} is not in one piece"
    rule = re.search(rf"\.{kind[1]} {{ fill: (#\w+)", drawn)
    assert rule
    return rule[1]


def stands_alone(drawn: str) -> bool:
    """Whether no font, image or style sheet would be fetched, and no script run."""
    addresses = set(re.findall(r"https?://[^\s\"')]+", drawn))
    return addresses == {"http://www.w3.org/2000/svg"} and not re.search(r"@import|@font-face|<image|<script", drawn)


@pytest.mark.editors
@pytest.mark.real_time
@pytest.mark.timeout(60, func_only=True)
async def test_the_script_makes_a_picture_with_ghost_text(editors: Editors, tmp_path: Path) -> None:
    """The ghost can be read in it, in a colour that no code has."""
    drawn = await picture(editors, tmp_path / "desk")
    shown = lines(drawn)
    for line in GHOST:
        assert line in shown
    grey = colour(drawn, GHOST[0])
    assert grey == colour(drawn, GHOST[1])
    assert grey not in {colour(drawn, "def"), colour(drawn, "is_prime")}
    assert stands_alone(drawn)


def test_readme_shows_a_picture_that_stands_alone() -> None:
    """The picture that was kept is on README's first screen and was made by the script."""
    drawn = PICTURE.read_text("utf-8")
    assert stands_alone(drawn)
    assert set(GHOST) <= set(lines(drawn))
    first = README.read_text("utf-8").splitlines()[:12]
    assert any(f'<img src="{PICTURE.relative_to(README.parent)}" ' in line and ' alt="' in line for line in first)
