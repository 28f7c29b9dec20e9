"""Holdoff: until when no request goes out, and why; the one owner of every pause that the service has asked for."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from lsp_codex.errors import (
    BackendError,
    Blocked,
    Overloaded,
    PlanRefused,
    RegionRefused,
    RequestRefused,
    UsageLimitReached,
)

if TYPE_CHECKING:
    from collections.abc import Callable

MINUTE, HOUR, DAY = 60.0, 3_600.0, 86_400.0


@dataclass(frozen=True, slots=True)
class Hold:
    """Nothing goes out until ``until`` (Unix seconds) because of ``error``; ``everyone``: nor what a person asks."""

    error: BackendError
    until: float
    everyone: bool


def hold(error: BackendError, now: float) -> Hold | None:
    """The pause after ``error``, the table of all of them; None for what the next request may mend."""
    match error:
        case UsageLimitReached(resets_at=None):
            # Nobody said when: one try each quarter of an hour.
            return Hold(error, now + 15 * MINUTE, everyone=False)
        case UsageLimitReached(resets_at=float() | int() as at):
            # By hand it may still be tried: credits can be bought, and a clock can be wrong.
            return Hold(error, min(max(at, now + MINUTE), now + 8 * DAY), everyone=False)
        case Blocked():
            return Hold(error, now + 30.0, everyone=True)
        case Overloaded(retry_after=None):
            return Hold(error, now + 5.0, everyone=False)
        case Overloaded(retry_after=float() | int() as seconds):
            return Hold(error, now + min(seconds, HOUR), everyone=True)
        case PlanRefused() | RegionRefused():
            return Hold(error, now + 5 * MINUTE, everyone=False)
        case RequestRefused(status=403):
            return Hold(error, now + 30.0, everyone=False)
        case _:
            return None


class Holdoff:
    """The pauses of one account; ``now`` gives Unix seconds. A clock that is set back ends them."""

    def __init__(self, now: Callable[[], float]) -> None:
        self._now = now
        self._holds: tuple[Hold, ...] = ()
        self._noted = float("-inf")

    def note(self, error: BackendError) -> None:
        """A request has failed with ``error``; one that was kept here has said nothing new."""
        if any(held.error is error for held in self._running()):
            return
        if (new := hold(error, self._now())) is not None:
            self._noted = self._now()
            self._holds = (*(held for held in self._running() if held.everyone != new.everyone), new)

    def check(self, *, automatic: bool) -> None:
        """Raises the error that began a pause if it keeps this request here."""
        for held in self._running():
            if held.everyone or automatic:
                raise held.error.with_traceback(None)

    @property
    def reason(self) -> BackendError | None:
        """What keeps automatic requests here now."""
        return next((held.error for held in self._running()), None)

    def clear(self) -> None:
        """A request has gone well: whatever was said before is over."""
        self._holds = ()

    def _running(self) -> tuple[Hold, ...]:
        now = self._now()
        if now < self._noted - MINUTE:
            # Until then it would now be longer than anybody has asked for.
            self._holds = ()
        return tuple(held for held in self._holds if now < held.until)
