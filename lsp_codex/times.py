"""Words for times: the local time of a moment, and the name of a window of the plan; pure."""

from __future__ import annotations

from datetime import datetime


def window(minutes: float | None) -> str:
    """What a window of this length is called, with a space after it: "weekly ", "5-hour "; "" for an unknown one."""
    match minutes:
        case None:
            return ""
        case 10_080:
            return "weekly "
        case _ if minutes % 1_440 == 0:
            return f"{minutes / 1_440:.0f}-day "
        case _ if minutes % 60 == 0:
            return f"{minutes / 60:.0f}-hour "
        case _:
            return f"{minutes:.0f}-minute "


def local_time(seconds: float) -> datetime | None:
    """The moment in the time zone of this machine, from Unix seconds; None for a number that is none."""
    try:
        return datetime.fromtimestamp(seconds).astimezone()
    except (ValueError, OverflowError, OSError):
        return None  # the number came from the service
