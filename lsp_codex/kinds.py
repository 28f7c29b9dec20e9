"""The kinds of values that settings take: what a person may write, how it is kept, its JSON schema."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol
from urllib.parse import urlsplit

# White space and control characters, backslashes, user-info, query, fragment: none belongs in a base address.
_NOT_IN_ENDPOINTS = re.compile(r"[\s\x00-\x1f\x7f\\@?#]")


NOWHERE = Path()
"""What the folder of a login is that was named in a way that is not allowed."""


class Kind(Protocol):
    """What values a setting takes."""

    @property
    def allowed(self) -> str:
        """What a person may write."""
        ...

    def parse(self, value: object) -> object:
        """The value as we keep it. Raises ``ValueError`` if it is not allowed."""
        ...

    def schema(self) -> dict[str, object]:
        """The JSON schema of the value, for editors."""
        ...


@dataclass(frozen=True, slots=True)
class Choice:
    """One of a few words."""

    words: tuple[str, ...]

    @property
    def allowed(self) -> str:
        return "one of " + ", ".join(f'"{word}"' for word in self.words)

    def parse(self, value: object) -> object:
        if isinstance(value, str) and value in self.words:
            return value
        raise ValueError

    def schema(self) -> dict[str, object]:
        return {"type": "string", "enum": list(self.words)}


@dataclass(frozen=True, slots=True)
class Text:
    """A string, or null for none."""

    allowed: str = "a string, or null"

    def parse(self, value: object) -> object:
        if isinstance(value, str) and value.strip():
            return value.strip()
        raise ValueError

    def schema(self) -> dict[str, object]:
        return {"type": ["string", "null"]}


@dataclass(frozen=True, slots=True)
class Name:
    """A word that is safe as the name of a folder on every system."""

    allowed: str = "1 to 64 of the characters A-Z a-z 0-9 - _ . (the dot not first)"

    def parse(self, value: object) -> object:
        if isinstance(value, str) and re.fullmatch(r"[A-Za-z0-9_-][A-Za-z0-9._-]{0,63}", value):
            return value
        raise ValueError

    def schema(self) -> dict[str, object]:
        return {"type": "string", "pattern": r"^[A-Za-z0-9_-][A-Za-z0-9._-]{0,63}$"}


@dataclass(frozen=True, slots=True)
class Flag:
    """True or false."""

    allowed: str = "true or false"

    def parse(self, value: object) -> object:
        if isinstance(value, bool):
            return value
        raise ValueError

    def schema(self) -> dict[str, object]:
        return {"type": "boolean"}


@dataclass(frozen=True, slots=True)
class Folder:
    """A path; ``~`` is the user's home."""

    allowed: str = "an absolute path (~ is your home), or null"

    def parse(self, value: object) -> object:
        if isinstance(value, str) and value.strip() and "\0" not in value:
            try:
                path = Path(value).expanduser()
            except RuntimeError as error:  # ~ of a user that does not exist
                raise ValueError from error
            if path.is_absolute():
                return path
        raise ValueError

    def schema(self) -> dict[str, object]:
        return {"type": ["string", "null"]}


@dataclass(frozen=True, slots=True)
class Home(Folder):
    """The folder where a login lives; ``nowhere`` is what a value means that is not allowed, for it was not this."""

    nowhere: Path = NOWHERE


@dataclass(frozen=True, slots=True)
class Endpoint:
    """The address of a service: https, or http on this machine only, so that no token leaves in clear text.

    ``nowhere`` is what a value means that is not allowed: somebody wanted another service than the usual one.
    """

    allowed: str = "an https address, or http on a loopback address"
    nowhere: str = ""

    def parse(self, value: object) -> object:
        if not isinstance(value, str):
            raise ValueError  # noqa: TRY004 — one exception for "not allowed", whatever the reason
        if _NOT_IN_ENDPOINTS.search(value):
            raise ValueError
        parts = urlsplit(value)
        loopback = parts.hostname in {"127.0.0.1", "::1", "localhost"}
        if not parts.hostname or parts.port == 0 or parts.netloc.endswith(":"):
            raise ValueError
        if parts.scheme != "https" and not (parts.scheme == "http" and loopback):
            raise ValueError
        return value.rstrip("/")

    def schema(self) -> dict[str, object]:
        return {"type": ["string", "null"]}


@dataclass(frozen=True, slots=True)
class Globs:
    """A list of patterns in gitignore syntax."""

    allowed: str = "a list of patterns in gitignore syntax"

    def parse(self, value: object) -> object:
        if isinstance(value, list | tuple) and all(isinstance(row, str) and row.strip() for row in value):
            from lsp_codex import exclusion  # few have patterns of their own, and nobody else needs it at the start

            exclusion.check(value)
            return tuple(value)
        raise ValueError

    def schema(self) -> dict[str, object]:
        return {"type": "array", "items": {"type": "string"}}


@dataclass(frozen=True, slots=True)
class Milliseconds:
    """A number of milliseconds, or the word ``adaptive``."""

    most: int
    word: str = "adaptive"

    @property
    def allowed(self) -> str:
        return f'"{self.word}", or a number from 0 to {self.most}'

    def parse(self, value: object) -> object:
        if value == self.word:
            return None
        if isinstance(value, int | float) and not isinstance(value, bool) and 0 <= value <= self.most:
            return float(value)
        raise ValueError

    def schema(self) -> dict[str, object]:
        return {"anyOf": [{"enum": [self.word]}, {"type": "number", "minimum": 0, "maximum": self.most}]}


@dataclass(frozen=True, slots=True)
class Count:
    """A whole number within bounds."""

    least: int
    most: int

    @property
    def allowed(self) -> str:
        return f"a whole number from {self.least} to {self.most}"

    def parse(self, value: object) -> object:
        # A client that knows one kind of number only (Lua) may write 80 as 80.0.
        if isinstance(value, float) and value.is_integer():
            value = int(value)
        if isinstance(value, int) and not isinstance(value, bool) and self.least <= value <= self.most:
            return value
        raise ValueError

    def schema(self) -> dict[str, object]:
        return {"type": "integer", "minimum": self.least, "maximum": self.most}


@dataclass(frozen=True, slots=True)
class Switches:
    """Names, each on or off; kept as pairs, in the order in which they are written."""

    allowed: str = 'an object such as {"*": true, "markdown": false}'

    def parse(self, value: object) -> object:
        pairs = tuple(value.items()) if isinstance(value, dict) else value
        if isinstance(pairs, tuple) and all(isinstance(on, bool) for _, on in pairs):
            return pairs
        raise ValueError

    def schema(self) -> dict[str, object]:
        return {"type": "object", "additionalProperties": {"type": "boolean"}}
