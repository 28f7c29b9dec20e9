"""Which failures are met with another try, and after how many seconds; pure (spec/backend.md 2.5, 3.4)."""

from __future__ import annotations

from lsp_codex.errors import LspCodexError, Overloaded, ResponseFailed, TimedOut

TRIES = 4
"""Requests at most for one question, the first one included."""

FIRST_DELAY = 0.5
JITTER = 0.2
LONGEST_WAIT = 30.0
"""Seconds that a person is kept waiting for one more try; a longer Retry-After is told instead."""


def delay(error: LspCodexError, tries: int, chance: float) -> float | None:
    """Seconds to wait after the try number ``tries`` has ended with ``error``; None: that was the last one.

    ``chance`` is from 0 to 1 and spreads the tries of many clients by 20 % either way.
    """
    if tries >= TRIES or not _may_pass(error):
        return None
    asked_for = error.retry_after if isinstance(error, Overloaded) else None
    if asked_for is not None and asked_for > LONGEST_WAIT:
        return None
    spread = 1 - JITTER + 2 * JITTER * chance
    if asked_for is not None:
        return asked_for * max(1.0, spread)
    return FIRST_DELAY * 2.0 ** (tries - 1) * spread


def _may_pass(error: LspCodexError) -> bool:
    match error:
        case Overloaded(status=429, retry_after=None):
            return False  # final with the reference client too: nobody has said that waiting helps
        case TimedOut():
            return False  # the person has waited for a minute already
        case ResponseFailed(code="server_error"):
            return True
        case _:
            return error.retryable
