"""``lsp-codex models``: every model with what may be set for it, in lines that fit."""

from __future__ import annotations

import json

import pytest

from lsp_codex.backend.models import BUNDLED, choose_fast, overview, parse
from lsp_codex.terminal import models
from lsp_codex.terminal.models import picture
from lsp_codex.terminal.paint import Paint
from tests.terminal.test_usage import world


def test_a_model_a_line_and_its_facts_beneath() -> None:
    """The two that are taken unasked are marked."""
    lines = picture(overview(BUNDLED, choose_fast(BUNDLED)), Paint(coloured=False), 80).split("\n")
    assert lines[:3] == [
        "gpt-6.1-sol  default",
        "    effort: low medium high xhigh max ultra; tiers: priority; context:",
        "    272k tokens",
    ]
    assert "gpt-6-luna  ghost text" in lines


@pytest.mark.parametrize("width", [20, 40, 80, 200])
def test_no_line_is_wider_than_the_terminal(width: int) -> None:
    """Facts are wrapped."""
    shown = picture(overview(BUNDLED, choose_fast(BUNDLED)), Paint(coloured=False), max(width, 30))
    assert max(map(len, shown.split("\n"))) <= max(width, 30)


@pytest.mark.real_time
def test_as_picture_and_as_json(capsys: pytest.CaptureFixture[str]) -> None:
    """``--json`` is the object of ``codex.models``."""
    assert models.run(as_json=False, world=world()) == 0
    assert "gpt-6-luna  ghost text" in capsys.readouterr().out
    assert models.run(as_json=True, world=world()) == 0
    assert json.loads(capsys.readouterr().out)["default"] == "gpt-6.1-sol"


def test_the_terminal_obeys_nobody_s_model_list() -> None:
    """A compatible server writes the list, and may write orders for the terminal into it."""
    order = "\x1b[2J\x9b"
    row = {"slug": order, "description": order, "service_tiers": [{"id": order}]}
    found = parse({"models": [row | {"supported_reasoning_levels": [{"effort": order}]}]})
    shown = picture(overview(found, choose_fast(found)), Paint(coloured=False), 80)
    assert "\x1b" not in shown
    assert "\x9b" not in shown
