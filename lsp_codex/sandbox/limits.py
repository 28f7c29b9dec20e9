"""The sandbox's usage windows: as response headers (spec/backend.md 5.2) and as ``wham/usage`` (5.1)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Window:
    """One window of use: how much is used, how long it is, and when it starts anew."""

    used_percent: float
    minutes: int
    resets_in: float

    def payload(self, now: float) -> dict[str, Any]:
        """The window as ``wham/usage`` says it."""
        return {
            "used_percent": round(self.used_percent),
            "limit_window_seconds": self.minutes * 60,
            "reset_after_seconds": int(self.resets_in),
            "reset_at": int(now + self.resets_in),
        }


@dataclass(frozen=True, slots=True)
class Limits:
    """Both windows of a plan; either may be absent."""

    primary: Window | None = Window(12.5, 300, 3_600.0)
    secondary: Window | None = Window(40.0, 10_080, 86_400.0)

    @property
    def reached(self) -> Window | None:
        """The first window that is used up, if any."""
        windows = (self.primary, self.secondary)
        return next((window for window in windows if window is not None and window.used_percent >= 100), None)

    def headers(self, now: float, plan: str) -> dict[str, str]:
        """The ``x-codex-*`` set seen on the live service on 2026-09-24, an absent window being all zero."""
        headers = {
            "x-codex-active-limit": "codex",
            "x-codex-plan-type": plan,
            "x-codex-credits-has-credits": "False",
            "x-codex-credits-unlimited": "False",
            "x-codex-credits-balance": "0",
            "x-codex-primary-over-secondary-limit-percent": "0",
        }
        for name, window in (("primary", self.primary), ("secondary", self.secondary)):
            used, minutes, after, at = "0", "0", "0", ""
            if window is not None:
                used, minutes = f"{window.used_percent:g}", str(window.minutes)
                after, at = str(int(window.resets_in)), str(int(now + window.resets_in))
            headers[f"x-codex-{name}-used-percent"] = used
            headers[f"x-codex-{name}-window-minutes"] = minutes
            headers[f"x-codex-{name}-reset-after-seconds"] = after
            headers[f"x-codex-{name}-reset-at"] = at
        return headers

    def event(self, now: float, plan: str) -> dict[str, Any]:
        """The ``codex.rate_limits`` event of a WebSocket (5.3)."""

        def window(found: Window | None) -> dict[str, Any] | None:
            if found is None:
                return None
            at = {"reset_at": int(now + found.resets_in), "reset_after_seconds": int(found.resets_in)}
            return {"used_percent": found.used_percent, "window_minutes": found.minutes, **at}

        reached = self.reached is not None
        return {
            "type": "codex.rate_limits",
            "plan_type": plan,
            "rate_limits": {
                "allowed": not reached,
                "limit_reached": reached,
                "primary": window(self.primary),
                "secondary": window(self.secondary),
            },
            "credits": {"has_credits": False, "unlimited": False, "balance": "0"},
        }

    def usage(self, now: float, plan: str) -> dict[str, Any]:
        """The answer of ``GET wham/usage``."""
        reached = self.reached is not None
        return {
            "plan_type": plan,
            "rate_limit": {
                "allowed": not reached,
                "limit_reached": reached,
                "primary_window": self.primary and self.primary.payload(now),
                "secondary_window": self.secondary and self.secondary.payload(now),
            },
            "additional_rate_limits": None,
            "credits": {
                "has_credits": False,
                "unlimited": False,
                "balance": "0",
                "approx_local_messages": [0, 0],
                "approx_cloud_messages": [0, 0],
            },
            "rate_limit_reached_type": None,
            "spend_control": {"reached": False},
        }
