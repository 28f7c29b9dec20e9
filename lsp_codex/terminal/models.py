"""``lsp-codex models``: the models of the account, and which two are taken when none is named."""

from __future__ import annotations

import json
import os
import shutil
import sys
import textwrap
from typing import TYPE_CHECKING, Any

from lsp_codex import config as settings
from lsp_codex.backend.models import choose_fast, overview
from lsp_codex.server.world import World
from lsp_codex.terminal.paint import Paint, visible
from lsp_codex.terminal.question import ask

if TYPE_CHECKING:
    from collections.abc import Mapping

INDENT = "    "
TOGETHER = "\N{NO-BREAK SPACE}"


def run(*, as_json: bool, world: World | None = None) -> int:
    """Ask and print. Raises an ``LspCodexError`` with what to do."""
    world = world or World(environ=os.environ)
    found = ask(lambda client: client.models(), world)
    completion = settings.parse((), world.environ)[0].completion
    shown = overview(found, choose_fast(found, completion.model, completion.reasoning_effort))
    if as_json:
        print(visible(json.dumps(shown, indent=2, ensure_ascii=False)))
    else:
        print(picture(shown, Paint.of(sys.stdout), shutil.get_terminal_size().columns))
    return 0


def picture(shown: Mapping[str, Any], paint: Paint, width: int) -> str:
    """A line for each model and what it takes beneath it, no line longer than ``width`` columns."""
    lines = []
    for row in shown["models"]:
        marks = [
            row["slug"] == shown["default"] and "default",
            row["slug"] == shown["completion"]["model"] and "ghost text",
        ]
        used = ", ".join(mark for mark in marks if mark)
        lines.append(paint.bold(visible(row["slug"])) + (f"  {paint.good(used)}" if used else ""))
        lines += [paint.dim(line) for line in _facts(row, width)]
    return "\n".join(lines)


def _facts(row: Mapping[str, Any], width: int) -> list[str]:
    efforts = " ".join(row["efforts"])
    window = row["contextWindow"]
    facts = [
        row["description"].rstrip("."),
        f"effort: {efforts}" if efforts else "",
        f"tiers: {' '.join(row['serviceTiers'])}" if row["serviceTiers"] else "",
        f"context: {window // 1000}k tokens" if window else "",
    ]
    text = visible("; ".join(fact for fact in facts if fact)).replace("k tokens", f"k{TOGETHER}tokens")
    room = max(width, 20)
    lines = textwrap.wrap(text, room, initial_indent=INDENT, subsequent_indent=INDENT, break_on_hyphens=False)
    return [line.replace(TOGETHER, " ") for line in lines]
