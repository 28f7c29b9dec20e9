"""The quota guard: what is switched off, and when automatic ghost text pauses so that the plan lasts; pure."""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass
from typing import TYPE_CHECKING

from lsp_codex.errors import CompletionPaused
from lsp_codex.times import window as window_name

if TYPE_CHECKING:
    from collections.abc import Sequence

    from lsp_codex import config

HOUR = 3_600.0


@dataclass(frozen=True, slots=True)
class Used:
    """How much of a window of the plan is used: percent, its length in minutes, ``resets_at`` in Unix seconds."""

    percent: float
    minutes: float | None = None
    resets_at: float | None = None


def switched_off(settings: config.Completion, language: str, *, invoked: bool) -> str | None:
    """What switches ghost text off here, as the end of a sentence; None if nothing does."""
    if settings.trigger == "off":
        return "it is switched off (codex.completion.trigger, codex.toggleCompletion)"
    switches = dict(settings.languages)
    if not switches.get(language, switches.get("*", True)):
        return f"it is switched off for {language or 'this language'} (codex.completion.languages)"
    if settings.trigger == "manual" and not invoked:
        return "it is offered only when you ask for it by hand (codex.completion.trigger)"
    return None


def pause(
    settings: config.Completion, windows: Sequence[Used], sent: Sequence[float], now: float
) -> CompletionPaused | None:
    """Why automatic requests wait, and until when; None if one may go out.

    ``sent`` is when the requests of this session went out, oldest first; all times are Unix seconds. Requests that
    somebody asked for by hand count, and are not held back.
    """
    full = [
        window
        for window in windows
        if window.percent > settings.pause_at_usage_percent
        # What was known of a window that has reset meanwhile says nothing about the new one.
        and (window.resets_at is None or window.resets_at > now)
    ]
    if full:
        # All of them must have reset; one whose end nobody knows comes last.
        last = max(full, key=lambda window: float("inf") if window.resets_at is None else window.resets_at)
        limit = settings.pause_at_usage_percent
        return CompletionPaused(
            f"{last.percent:.0f} % of your plan's {window_name(last.minutes)}usage is used, "
            f"more than {limit} % (codex.completion.pauseAtUsagePercent)",
            last.resets_at,
        )
    most = settings.max_requests_per_hour
    recent = sent[bisect_right(sent, now - HOUR) :]
    if len(recent) >= most:
        number = "1 request" if len(recent) == 1 else f"{len(recent)} requests"
        why = f"{number} went out within an hour (codex.completion.maxRequestsPerHour: {most})"
        return CompletionPaused(why, recent[len(recent) - most] + HOUR)
    return None
