"""Plain JSON values out of what pygls makes of untyped JSON."""

from __future__ import annotations

from typing import Any


def plain(value: Any) -> Any:
    """``value`` as dict, list, str, number, bool or ``None``; pygls hands untyped objects as named tuples."""
    if isinstance(value, dict):
        return {key: plain(item) for key, item in value.items()}
    if isinstance(value, tuple) and hasattr(value, "_asdict"):
        return {key: plain(item) for key, item in value._asdict().items()}
    if isinstance(value, list | tuple):
        return [plain(item) for item in value]
    return value
