"""How much of the plan is used: RateLimits from response headers or an event, Usage from GET wham/usage; pure.

Windows are positional: a plan may have one weekly window and nothing else, and that one is then ``primary``
(spec/backend.md 5.1, 5.2). Everything is optional on the wire; what is missing or odd is None, never an error.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

MAIN = "codex"


@dataclass(frozen=True, slots=True)
class Window:
    """One window: use in percent, length in minutes, ``resets_at`` in Unix seconds."""

    used_percent: float
    minutes: int | None = None
    resets_at: float | None = None


@dataclass(frozen=True, slots=True)
class Credits:
    """Credits bought on top of the plan; ``balance`` is the service's own text."""

    has_credits: bool
    unlimited: bool
    balance: str | None = None


@dataclass(frozen=True, slots=True)
class SpendCap:
    """What one person may spend: ``limit`` and ``used`` are the service's own texts, ``resets_at`` Unix seconds."""

    limit: str
    used: str
    remaining_percent: float
    resets_at: float


@dataclass(frozen=True, slots=True)
class ResetCredits:
    """How many windows can be begun anew, and by what, as the service lists it."""

    available: int
    rows: tuple[Mapping[str, object], ...] = ()


@dataclass(frozen=True, slots=True)
class RateLimits:
    """A snapshot of one limit; ``reached`` is the service's word for which limit stopped a request, if one did.

    ``spend`` says whether a spend cap is reached, ``own`` is the person's own cap in a workspace.
    """

    limit_id: str = MAIN
    name: str | None = None
    plan: str | None = None
    primary: Window | None = None
    secondary: Window | None = None
    credits: Credits | None = None
    reached: str | None = None
    spend: bool | None = None
    own: SpendCap | None = None

    @property
    def used_percent(self) -> float:
        """The use of the fullest window, 0 if none is known."""
        return max((window.used_percent for window in (self.primary, self.secondary) if window), default=0.0)


@dataclass(frozen=True, slots=True)
class Usage:
    """The answer of GET wham/usage: the main limit, and those of single models; whom it is about, if it says so."""

    main: RateLimits
    others: tuple[RateLimits, ...] = ()
    allowed: bool | None = None
    account_id: str | None = None
    user_id: str | None = None


def from_headers(headers: Mapping[str, str], family: str = MAIN) -> RateLimits | None:
    """The snapshot in ``x-{family}-*`` headers (spec/backend.md 5.2), or None if they say nothing."""

    def get(name: str) -> str | None:
        return headers.get(f"x-{family}-{name}", "").strip() or None

    def window(which: str) -> Window | None:
        return _window(get(f"{which}-used-percent"), get(f"{which}-window-minutes"), get(f"{which}-reset-at"))

    has_credits, unlimited = _flag(get("credits-has-credits")), _flag(get("credits-unlimited"))
    found = RateLimits(
        limit_id=family.replace("-", "_"),
        name=get("limit-name"),
        plan=get("plan-type"),
        primary=window("primary"),
        secondary=window("secondary"),
        credits=None if has_credits is None else Credits(has_credits, bool(unlimited), get("credits-balance")),
        reached=get("rate-limit-reached-type"),
    )
    said_something = found.primary or found.secondary or found.credits or found.reached
    return found if said_something else None


def from_event(event: Mapping[str, object]) -> RateLimits:
    """The snapshot in a ``codex.rate_limits`` event (spec/backend.md 5.3)."""
    limits = _table(event.get("rate_limits"))

    def window(which: str) -> Window | None:
        row = _table(limits.get(which))
        return _window(row.get("used_percent"), row.get("window_minutes"), row.get("reset_at"))

    return RateLimits(
        limit_id=_text(event.get("metered_limit_name")) or MAIN,
        name=_text(event.get("limit_name")),
        plan=_text(event.get("plan_type")),
        primary=window("primary"),
        secondary=window("secondary"),
        credits=_credits(event.get("credits")),
    )


def from_usage(answer: Mapping[str, object]) -> Usage:
    """The answer of GET wham/usage (spec/backend.md 5.1)."""
    plan = _text(answer.get("plan_type"))
    main = RateLimits(
        plan=plan,
        primary=_usage_window(answer.get("rate_limit"), "primary_window"),
        secondary=_usage_window(answer.get("rate_limit"), "secondary_window"),
        credits=_credits(answer.get("credits")),
        reached=_text(_table(answer.get("rate_limit_reached_type")).get("type")),
        spend=_bool(_table(answer.get("spend_control")).get("reached")),
        own=_spend_cap(_table(answer.get("spend_control")).get("individual_limit")),
    )
    rows = answer.get("additional_rate_limits")
    others = tuple(
        RateLimits(
            limit_id=feature,
            name=_text(row.get("limit_name")),
            plan=plan,
            primary=_usage_window(row.get("rate_limit"), "primary_window"),
            secondary=_usage_window(row.get("rate_limit"), "secondary_window"),
        )
        for row in map(_table, rows if isinstance(rows, list) else ())
        if (feature := _text(row.get("metered_feature")))
    )
    return Usage(
        main,
        others,
        allowed=_bool(_table(answer.get("rate_limit")).get("allowed")),
        account_id=_text(answer.get("account_id")),
        user_id=_text(answer.get("user_id")),
    )


def reset_credits(answer: Mapping[str, object]) -> ResetCredits | None:
    """The answer of GET wham/rate-limit-reset-credits; None if it cannot be read."""
    available, rows = number(answer.get("available_count")), answer.get("credits")
    if available is None:
        return None
    return ResetCredits(int(available), tuple(map(_table, rows if isinstance(rows, list) else ())))


def number(value: object) -> float | None:
    """A finite number, written as number or text, or None; a flag is not a number."""
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return None
    try:
        found = float(value)
    except (ValueError, OverflowError):
        return None
    return found if math.isfinite(found) else None


def _window(used: object, minutes: object, resets_at: object) -> Window | None:
    # An all-zero window is how the service writes "this plan has no such window" (spec/backend.md 5.2).
    percent, length, reset = number(used), number(minutes), number(resets_at)
    if not (percent or length or reset):
        return None
    return Window(percent or 0.0, math.ceil(length) if length else None, reset or None)


def _usage_window(limit: object, which: str) -> Window | None:
    row = _table(_table(limit).get(which))
    seconds = number(row.get("limit_window_seconds"))
    return _window(row.get("used_percent"), seconds / 60 if seconds else None, row.get("reset_at"))


def _credits(value: object) -> Credits | None:
    row = _table(value)
    if not isinstance(row.get("has_credits"), bool):
        return None
    return Credits(row["has_credits"] is True, row.get("unlimited") is True, _text(row.get("balance")))


def _spend_cap(value: object) -> SpendCap | None:
    row = _table(value)
    remaining, at = number(row.get("remaining_percent")), number(row.get("reset_at"))
    limit, used = row.get("limit"), row.get("used")
    if remaining is None or at is None or limit is None or used is None:
        return None
    return SpendCap(str(limit), str(used), remaining, at)


def _bool(value: object) -> bool | None:
    return value if isinstance(value, bool) else None


def _flag(text: str | None) -> bool | None:
    # Seen live with a capital letter: "False".
    return {"true": True, "1": True, "false": False, "0": False}.get((text or "").lower())


def _table(value: object) -> Mapping[str, object]:
    return value if isinstance(value, dict) else {}


def _text(value: object) -> str | None:
    return value if isinstance(value, str) and value else None
