"""``lsp-codex usage``: the windows of the plan as bars, with the local time at which each starts anew."""

from __future__ import annotations

import json
import os
import shutil
import sys
import time
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from lsp_codex.server.status import whole_usage
from lsp_codex.server.world import World
from lsp_codex.terminal.paint import Paint, can_write, visible
from lsp_codex.terminal.question import ask

if TYPE_CHECKING:
    from lsp_codex.backend.limits import RateLimits, Usage

WIDEST_BAR = 30
NARROWEST_BAR = 5
FULL_FROM = 80.0
"""Percent of use from which a bar is drawn in bold: automatic completion is about to pause."""


def run(*, as_json: bool, world: World | None = None) -> int:
    """Ask and print. Raises an ``LspCodexError`` with what to do."""
    found = ask(lambda client: client.usage(), world or World(environ=os.environ))
    if as_json:
        print(json.dumps(whole_usage(found), indent=2))
        return 0
    width = shutil.get_terminal_size().columns
    print(picture(found, Paint.of(sys.stdout), width, time.time(), blocks=can_write("█░", sys.stdout)))
    return 0


def picture(found: Usage, paint: Paint, width: int, now: float, *, blocks: bool = True) -> str:
    """The windows, each in a line of at most ``width`` columns, or with the time beneath where that is too narrow."""
    plan = visible(found.main.plan or "")
    lines = [paint.bold(f"Usage of your ChatGPT plan{f' ({plan})' if plan else ''}")]
    rows = [row for each in (found.main, *found.others) for row in _rows(each, now)]
    names = max((len(row.name) for row in rows), default=0)
    beside = width - names - max((len(row.when) for row in rows), default=0) - len("      100 %  ")
    beneath = beside < NARROWEST_BAR
    columns = width - names - len("      100 %") if beneath else beside
    columns = min(max(columns, NARROWEST_BAR), WIDEST_BAR)
    for row in rows:
        bar = _bar(row.percent, columns, "█░" if blocks else "#.")
        bar = paint.bold(bar) if row.percent >= FULL_FROM else paint.good(bar)
        when = paint.dim(row.when)
        lines.append(
            f"  {row.name:{names}}  {bar}  {row.percent:3.0f} %{f'  {when}' if when and not beneath else ''}"
        )
        lines += [f"    {when}"] if when and beneath else []
    if not rows:
        lines.append("No window is in use.")
    if found.main.reached:
        lines.append(f"A limit is reached: {visible(found.main.reached).replace('_', ' ')}.")
    if (bought := found.main.credits) is not None:
        balance = "unlimited" if bought.unlimited else bought.balance if bought.has_credits else None
        lines += [f"Credits: {visible(balance)}"] if balance else []
    return "\n".join(lines)


LONGEST_WINDOW = 10 * 366 * 1_440
"""Minutes; what is longer is a mistake of the service, or a joke of somebody else's."""


@dataclass(frozen=True, slots=True)
class Row:
    """One window in words; ``when`` is empty if the service did not say."""

    name: str
    percent: float
    when: str


def _rows(limits: RateLimits, now: float) -> list[Row]:
    of = f"{visible(limits.name or limits.limit_id)}, " if limits.limit_id != "codex" else ""
    windows = [window for window in (limits.primary, limits.secondary) if window is not None]
    return [
        Row(
            f"{of}{length(window.minutes)}",
            min(max(window.used_percent, 0.0), 100.0),
            f"starts anew {moment(window.resets_at, now)}" if window.resets_at else "",
        )
        for window in windows
    ]


def _bar(percent: float, columns: int, signs: str) -> str:
    # What is used shows from the first percent, and what is left until the last.
    full = round(columns * percent / 100)
    full = min(max(full, 1 if percent > 0 else 0), columns - (1 if percent < 100 else 0))
    return signs[0] * full + signs[1] * (columns - full)


def length(minutes: int | None) -> str:
    """The length of a window in words."""
    if minutes is None or minutes > LONGEST_WINDOW:
        return "window"
    for unit, size in (("week", 10_080), ("day", 1_440), ("hour", 60), ("minute", 1)):
        if minutes % size == 0 and minutes >= size:
            count = minutes // size
            return f"{count} {unit}{'' if count == 1 else 's'}"
    return "window"


def moment(seconds: float, now: float) -> str:
    """``seconds`` (Unix) as local time: the hour for today, else the day with it."""
    try:
        then, today = datetime.fromtimestamp(seconds).astimezone(), datetime.fromtimestamp(now).astimezone()
    except (ValueError, OverflowError, OSError):
        return "at a time that cannot be read"  # the number came from the service
    return f"at {then:%H:%M}" if then.date() == today.date() else f"on {then:%a %d %b at %H:%M}"
