"""Where we deviate from the recorded program on purpose, and which recordings are about something else."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Deviation:
    """In transcripts that begin like ``where``, a recorded message like ``recorded`` where ours is like ``ours``."""

    where: str
    recorded: str
    ours: str
    reason: str


DEVIATIONS: tuple[Deviation, ...] = ()
NOT_OURS: tuple[tuple[str, str], ...] = ()
