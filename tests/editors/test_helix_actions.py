"""editors/helix in the real Helix: code actions."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.editors.test_emacs_answers import AREA, DOCUMENTED
from tests.editors.test_helix import start as start

if TYPE_CHECKING:
    from tests.editors.test_helix import Start

pytestmark = [pytest.mark.editors, pytest.mark.real_time, pytest.mark.timeout(90, func_only=True)]


async def test_a_code_action(start: Start) -> None:
    """``Space a`` shows what can be done; the function is documented and nothing else changed."""
    async with start("languages-sandbox.toml", AREA) as editor:
        await editor.attached()
        await editor.terminal.press("Space", "a")
        screen = await editor.seen("Codex: Document area")
        await editor.capture("actions")
        entries = [line.strip() for line in screen.splitlines() if "Codex: " in line]
        down = next(index for index, entry in enumerate(entries) if "Document area" in entry)
        await editor.terminal.press(*["Down"] * down)
        await editor.capture("chosen")
        await editor.terminal.press("Enter")
        await editor.seen("Return the area of width and height")
        await editor.capture("documented")
        assert await editor.written() == DOCUMENTED
