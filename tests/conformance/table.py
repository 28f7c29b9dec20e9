"""The table of the replay as text: per transcript what is the same, what deviates and why, what is not ours."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from tests.conformance.rows import DEVIATES, ELSEWHERE, SAME, UNEXPLAINED

if TYPE_CHECKING:
    from collections.abc import Iterable

    from tests.conformance.rows import Row


def section(rows: Iterable[Row]) -> str:
    """One transcript: its numbers, and below them one line for each row that deviates."""
    mine = list(rows)
    counted = Counter(row.kind for row in mine)
    lines = [f"{mine[0].name:46}{counted[SAME]:6}{counted[DEVIATES]:10}{counted[ELSEWHERE]:10}"]
    reasons = Counter((row.index, row.what, row.reason) for row in mine if row.kind in (DEVIATES, UNEXPLAINED))
    for (index, what, reason), number in sorted(reasons.items()):
        times = f" ({number} times)" if number > 1 else ""
        lines.append(f"    {what if index < 0 else f'#{index} {what}'}: {reason or UNEXPLAINED}{times}")
    return "\n".join(lines) + "\n"


def rendered(rows: Iterable[Row]) -> str:
    """All transcripts by name, and the sums at the end."""
    found = list(rows)
    made = f"{'transcript':46}{SAME:>6}{DEVIATES:>10}{ELSEWHERE:>10}\n"
    made += "".join(section(row for row in found if row.name == name) for name in sorted({row.name for row in found}))
    sums = Counter(row.kind for row in found)
    made += f"{'all':46}{sums[SAME]:6}{sums[DEVIATES]:10}{sums[ELSEWHERE]:10}\n"
    elsewhere = Counter(row.reason for row in found if row.kind == ELSEWHERE)
    return made + "".join(f"not ours: {number} × {reason}\n" for reason, number in sorted(elsewhere.items()))
