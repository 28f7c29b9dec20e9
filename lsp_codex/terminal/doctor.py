"""``lsp-codex doctor``: the findings, each on its line as it comes, and what to do beneath those that need it."""

from __future__ import annotations

import asyncio
import json
import os
import shutil
import sys
import textwrap
from types import MappingProxyType
from typing import TYPE_CHECKING

from lsp_codex import __version__
from lsp_codex.doctor import CHECKS, examine
from lsp_codex.doctor.patient import Patient
from lsp_codex.doctor.report import Verdict
from lsp_codex.server.world import World
from lsp_codex.terminal.paint import Paint, visible

if TYPE_CHECKING:
    from lsp_codex.doctor.report import Finding

SIGNS = MappingProxyType({Verdict.GOOD: "✓", Verdict.WARNING: "!", Verdict.FAILED: "✗", Verdict.UNKNOWN: "?"})
WORDS = MappingProxyType(
    {Verdict.GOOD: "ok", Verdict.WARNING: "warning", Verdict.FAILED: "FAILED", Verdict.UNKNOWN: "unknown"}
)
COLUMN = max(len(check.id) for check in CHECKS)
NARROWEST = 30


def run(*, as_json: bool, world: World | None = None) -> int:
    """Look and tell; 1 if a check failed."""
    return asyncio.run(_run(world or World(environ=os.environ), as_json=as_json))


async def _run(world: World, *, as_json: bool) -> int:
    found: dict[str, Finding] = {}
    width, paint = shutil.get_terminal_size().columns, Paint.of(sys.stdout)
    async for name, finding in examine(Patient.of(world)):
        found[name] = finding
        if not as_json:
            print(lines(name, finding, paint, width, signs=_can_write(sys.stdout.encoding)), flush=True)
    if as_json:
        print(json.dumps({"version": __version__, "checks": [_row(*each) for each in found.items()]}, indent=2))
    else:
        print(f"\n{summary(found)}")
    return 1 if any(each.verdict is Verdict.FAILED for each in found.values()) else 0


def lines(name: str, finding: Finding, paint: Paint, width: int, *, signs: bool = True) -> str:
    """Sign, id and evidence in at most ``width`` columns, and the next step beneath with an arrow."""
    word = (SIGNS if signs else WORDS)[finding.verdict]
    gap = " " * (len(word) + COLUMN + 3)
    room = max(width, len(gap) + NARROWEST)
    told = textwrap.wrap(
        visible(finding.evidence), room, initial_indent=gap, subsequent_indent=gap, break_on_hyphens=False
    )
    first = f"{_painted(finding.verdict, word, paint)} {paint.bold(f'{name:{COLUMN}}')}  {told[0].strip()}"
    rest = [*told[1:]]
    if finding.next_step:
        arrow = f"{gap}{'→' if signs else '->'} "
        rest += textwrap.wrap(
            visible(finding.next_step),
            room,
            initial_indent=arrow,
            subsequent_indent=" " * len(arrow),
            break_on_hyphens=False,
            break_long_words=False,  # a command that is cut cannot be copied
        )
    return "\n".join([first, *rest])


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


def _can_write(encoding: str | None) -> bool:
    try:
        "✓✗→".encode(encoding or "ascii")
    except (UnicodeEncodeError, LookupError):
        return False
    return True
