"""Finding: what one check saw, in words, and the one thing to do about it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

SEE_SETTINGS = "Mend first what the check settings says"


class Verdict(Enum):
    """How a check ended; the value is the word in the JSON document."""

    GOOD = "ok"
    WARNING = "warning"  # works, but not as well as it could, or not for much longer
    FAILED = "failed"
    UNKNOWN = "unknown"  # could not be looked at


@dataclass(frozen=True, slots=True)
class Finding:
    """``evidence`` says what was seen, ``next_step`` what to do (empty if nothing); neither holds a secret."""

    verdict: Verdict
    evidence: str
    next_step: str = ""


def good(evidence: str) -> Finding:
    """All is well."""
    return Finding(Verdict.GOOD, evidence)


def warning(evidence: str, next_step: str) -> Finding:
    """Worth knowing."""
    return Finding(Verdict.WARNING, evidence, next_step)


def failed(evidence: str, next_step: str) -> Finding:
    """Something does not work because of this."""
    return Finding(Verdict.FAILED, evidence, next_step)


def unknown(evidence: str, next_step: str = "") -> Finding:
    """Nothing can be said."""
    return Finding(Verdict.UNKNOWN, evidence, next_step)
