"""Secret owns a string that must never be printed: a token, an authorization code, a verifier, a key."""

from __future__ import annotations

import hmac
from typing import NoReturn, Self


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
        # surrogatepass, because an encoding error would carry the value
        theirs = other._value.encode("utf-8", "surrogatepass")
        return hmac.compare_digest(self._value.encode("utf-8", "surrogatepass"), theirs)

    def __hash__(self) -> int:
        return hash(self._value)

    def __repr__(self) -> str:
        return "Secret(…)"

    def __copy__(self) -> Self:
        return self

    def __deepcopy__(self, _memo: object) -> Self:
        return self

    def __reduce_ex__(self, _protocol: object) -> NoReturn:
        raise TypeError("a Secret cannot be pickled")
