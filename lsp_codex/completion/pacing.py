"""Whether to ask at all and how long to wait before: by the typing rhythm, the place and the client; pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from lsp_codex.completion.context import CompletionContext

USUAL_INTERVAL = 0.12
"""Seconds between two keys of a fluent typist; what is assumed before anything was measured."""
SHORTEST, LONGEST = 0.075, 0.4
PAUSE = 1.0
"""Longer than this between two keys is a pause to think and says nothing about the rhythm."""
SAME_KEY = 0.005
"""Sooner than this the editor asked twice for one key."""

_WEIGHT = 0.2
_IN_WORD, _AFTER_WORD = 1.6, 1.25
_OF_LATENCY = 0.15


@dataclass(frozen=True, slots=True)
class Rhythm:
    """How fast the user types, as a moving mean of seconds between keys; ``last`` is when the last one came."""

    last: float | None = None
    interval: float = USUAL_INTERVAL

    def key(self, now: float) -> Rhythm:
        """The rhythm after a key at ``now``, in seconds on any clock that only goes forward."""
        if self.last is None or not SAME_KEY < now - self.last < PAUSE:
            return Rhythm(now, self.interval)
        return Rhythm(now, self.interval + _WEIGHT * (now - self.last - self.interval))


def wanted(place: CompletionContext) -> bool:
    """Whether to ask unasked: not inside a word, where whatever is inserted would tear it apart."""
    return not place.mid_word


def wait(
    place: CompletionContext, rhythm: Rhythm, fixed_ms: float | None, client_wait: float, latency: float = 0.0
) -> float:
    """Seconds to wait for the next key before asking, after the ``client_wait`` seconds that the client has waited.

    Adaptive if ``fixed_ms`` is None: a little more than the time between two keys, and more inside a word that may
    still grow than after it. A client that waits itself shows pauses only, so its rhythm is not used. Where the model
    takes long (``latency``, seconds to its first piece), a longer wait is hardly felt and saves requests in vain.
    """
    if fixed_ms is not None:
        return max(0.0, fixed_ms / 1_000 - client_wait)
    interval = USUAL_INTERVAL if client_wait else rhythm.interval
    adaptive = max(interval * (_IN_WORD if place.after_word else _AFTER_WORD), _OF_LATENCY * latency)
    return max(0.0, min(max(adaptive, SHORTEST), LONGEST) - client_wait)
