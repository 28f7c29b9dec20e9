"""Notices: what the user was already told, so that every matter is told once until it works again."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable


class Notices:
    """Passes a message on the first time its matter comes up, and again only after :meth:`settled`."""

    def __init__(self, tell: Callable[[str], None]) -> None:
        self._tell = tell
        self._told: set[str] = set()
        self._lasting: set[str] = set()

    def once(self, matter: str, message: str) -> None:
        """Tell ``message`` unless this ``matter`` was told and is not settled."""
        if matter not in self._told:
            self._told.add(matter)
            self._tell(message)

    def lasting(self, matter: str, message: str) -> None:
        """As :meth:`once`, for a matter that success elsewhere does not settle: only :meth:`forget` does."""
        self._lasting.add(matter)
        self.once(matter, message)

    def forget(self, matter: str) -> None:
        """``matter`` may be told anew."""
        self._told.discard(matter)
        self._lasting.discard(matter)

    def settled(self) -> None:
        """Everything works again: each matter may be told anew."""
        self._told &= self._lasting
