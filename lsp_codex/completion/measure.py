"""Counts owns the running numbers of the engine: how many requests, how they were saved, how long they took."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field

MEASURED = 20
"""How many of the last requests the times speak about."""


@dataclass(slots=True)
class Counts:
    """The numbers so far; the times are in seconds from sending the request."""

    requests: int = 0
    joined: int = 0
    from_cache: int = 0
    shown: int = 0
    model: str | None = None
    first_token: deque[float] = field(default_factory=lambda: deque(maxlen=MEASURED))
    total: deque[float] = field(default_factory=lambda: deque(maxlen=MEASURED))


def median_ms(seconds: deque[float]) -> float | None:
    """The median in milliseconds; None if nothing was measured."""
    if not seconds:
        return None
    from statistics import median  # 6 ms, none of them at the start

    return round(median(seconds) * 1_000, 1)
