"""Secret owns a string that must never be printed: a token, an authorization code, a verifier, a key."""

from __future__ import annotations

import hmac


class Secret:
    """A string that shows itself only to who calls :meth:`reveal`, which ``test_architecture.py`` counts."""

    __slots__ = ("_value",)

    def __init__(self, value: str) -> None:
        self._value = value

    def reveal(self) -> str:
        """The string itself; for the wire and the store only."""
        return self._value

    def __bool__(self) -> bool:
        return bool(self._value)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Secret):
            return NotImplemented
        return hmac.compare_digest(self._value.encode(), other._value.encode())

    def __hash__(self) -> int:
        return hash(self._value)

    def __repr__(self) -> str:
        return "Secret(…)"
