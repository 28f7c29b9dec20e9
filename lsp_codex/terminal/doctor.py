"""``lsp-codex doctor``: the findings, each on its line as it comes, and what to do beneath those that need it."""

from __future__ import annotations

import asyncio
import json
import os
import shutil
import sys
import textwrap
from contextlib import aclosing
from types import MappingProxyType
from typing import TYPE_CHECKING

from lsp_codex import __version__
from lsp_codex.doctor import CHECKS, examine
from lsp_codex.doctor.patient import Patient
from lsp_codex.doctor.report import Verdict
from lsp_codex.doctor.unawaited import Unawaited
from lsp_codex.server.world import World
from lsp_codex.terminal.paint import Paint, can_write, visible, wrapped
from lsp_codex.terminal.waiting import waiting

if TYPE_CHECKING:
    from lsp_codex.doctor.report import Finding

SIGNS = MappingProxyType({Verdict.GOOD: "✓", Verdict.WARNING: "!", Verdict.FAILED: "✗", Verdict.UNKNOWN: "?"})
WORDS = MappingProxyType(
    {Verdict.GOOD: "ok", Verdict.WARNING: "warning", Verdict.FAILED: "FAILED", Verdict.UNKNOWN: "unknown"}
)
WIDEST_WORD = max(map(len, WORDS.values()))
COLUMN = max(len(check.id) for check in CHECKS)
NARROWEST = 30
NARROWEST_TEXT = 16
"""Columns: for evidence beside its check's name, and for text at all."""


def run(*, as_json: bool, world: World | None = None) -> int:
    """Look and tell; 1 if a check failed."""
    return asyncio.run(_run(world or World(environ=os.environ), as_json=as_json))


async def _run(world: World, *, as_json: bool) -> int:
    # A look-up of a name that nobody answers goes on for long after its check has been told.
    asyncio.get_running_loop().set_default_executor(Unawaited())
    found: dict[str, Finding] = {}
    width, paint = shutil.get_terminal_size().columns, Paint.of(sys.stdout)
    async with aclosing(examine(Patient.of(world))) as examination:
        while True:
            async with waiting("Looking"):
                row = await anext(examination, None)
            if row is None:
                break
            name, finding = row
            found[name] = finding
            if not as_json:
                print(lines(name, finding, paint, width, signs=can_write("✓✗→", sys.stdout)), flush=True)
    if as_json:
        print(json.dumps({"version": __version__, "checks": [_row(*each) for each in found.items()]}, indent=2))
    else:
        print(f"\n{wrapped(summary(found), width)}")
    return 1 if any(each.verdict is Verdict.FAILED for each in found.values()) else 0


def lines(name: str, finding: Finding, paint: Paint, width: int, *, signs: bool = True) -> str:
    """Sign, id and evidence in at most ``width`` columns, and the next step beneath with an arrow.

    Where that leaves little room, the evidence stands beneath too.
    """
    word = (SIGNS if signs else WORDS)[finding.verdict]
    beside = " " * ((len(word) if signs else WIDEST_WORD) + COLUMN + 3)
    beneath = width < len(beside) + NARROWEST
    gap = "  " if beneath else beside
    arrow = f"{gap}{'→' if signs else '->'} "
    pad = "" if signs or beneath else " " * (WIDEST_WORD - len(word))
    head = f"{_painted(finding.verdict, word, paint)}{pad} {paint.bold(name if beneath else f'{name:{COLUMN}}')}"
    told = _lines(finding.evidence, gap, gap, width)
    if not beneath:
        head += f"  {told.pop(0).strip()}"
    return "\n".join([head, *told, *_lines(finding.next_step, arrow, " " * len(arrow), width)])


def _lines(text: str, first: str, others: str, width: int) -> list[str]:
    return textwrap.wrap(
        visible(text),
        max(width, len(first) + NARROWEST_TEXT),
        initial_indent=first,
        subsequent_indent=others,
        break_on_hyphens=False,
        break_long_words=False,  # a command or a path that is cut cannot be copied
    )


def summary(found: dict[str, Finding]) -> str:
    """What it comes to."""
    failed = [name for name, each in found.items() if each.verdict is Verdict.FAILED]
    if failed:
        return f"Not well: {', '.join(failed)}. Begin with the first."
    if any(each.verdict is Verdict.WARNING for each in found.values()):
        return "It works; what is marked with ! is worth a look."
    return "All is well."


def _painted(verdict: Verdict, word: str, paint: Paint) -> str:
    match verdict:
        case Verdict.GOOD:
            return paint.good(word)
        case Verdict.WARNING | Verdict.UNKNOWN:
            return paint.warn(word)
        case Verdict.FAILED:
            return paint.bad(word)


def _row(name: str, finding: Finding) -> dict[str, str]:
    return {
        "id": name,
        "verdict": finding.verdict.value,
        "evidence": finding.evidence,
        "nextStep": finding.next_step,
    }
