"""Restriction: which logins may be used here, as an administrator says it in the settings; pure, fails closed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

NOBODY: tuple[str, ...] = ()
"""What an unreadable list of workspaces means: no workspace is allowed."""

NO_METHOD = "none"
"""What an unreadable method means: no kind of login is allowed."""


NOBODY_SIGNS_IN = "Every sign-in is refused until it is corrected."


class FailsClosed(ValueError):
    """A value is not allowed and the old one must not stay in force either; ``instead`` is what holds now."""

    consequence = NOBODY_SIGNS_IN

    def __init__(self, instead: object) -> None:
        super().__init__("not allowed")
        self.instead = instead


@dataclass(frozen=True, slots=True)
class Workspaces:
    """The kind of the setting ``auth.forcedWorkspaceId``: one workspace id or several.

    An empty text or list says that there is no restriction (spec/account-api.md 12): it is what is left of a setting
    that somebody has cleared. An id that is missing where one should be, ``[""]``, says nothing, and fails closed.
    """

    allowed: str = "a workspace id, a list of them, or null"

    def parse(self, value: object) -> object:
        if value in ("", []):
            return None
        given = [value] if isinstance(value, str) else value
        if isinstance(given, list) and given and all(isinstance(each, str) and _is_id(each) for each in given):
            return tuple(dict.fromkeys(each.strip() for each in given))
        raise FailsClosed(NOBODY)

    def schema(self) -> dict[str, object]:
        return {"anyOf": [{"type": ["string", "null"]}, {"type": "array", "items": {"type": "string"}}]}


@dataclass(frozen=True, slots=True)
class LoginMethod:
    """The kind of the setting ``auth.forcedLoginMethod``: one of two words."""

    words: tuple[str, ...] = ("chatgpt", "api")
    allowed: str = 'one of "chatgpt", "api", or null'

    def parse(self, value: object) -> object:
        if isinstance(value, str) and value in self.words:
            return value
        raise FailsClosed(NO_METHOD)

    def schema(self) -> dict[str, object]:
        return {"type": ["string", "null"], "enum": [*self.words, None]}


@dataclass(frozen=True, slots=True)
class Restriction:
    """``workspaces`` and ``method`` (``chatgpt`` or ``api``) are ``None`` where everything is allowed.

    ``closed`` says why no login of any kind may be used, kept or made, and is empty where one may.
    """

    workspaces: tuple[str, ...] | None = None
    method: str | None = None
    closed: str = ""

    @property
    def asked(self) -> str | None:
        """``allowed_workspace_id`` of the authorize address: the ids joined by commas (spec/auth.md 1.1)."""
        return ",".join(self.workspaces) if self.workspaces else None

    def bars_chatgpt(self) -> str | None:
        """Why no ChatGPT login may be used at all, as a clause for a person; ``None`` if one may."""
        if self.closed:
            return self.closed
        if self.workspaces == NOBODY:
            return "the setting codex.auth.forcedWorkspaceId has a value that is not allowed; correct it"
        if self.method == NO_METHOD:
            return "the setting codex.auth.forcedLoginMethod has a value that is not allowed; correct it"
        if self.method == "api":
            return "the setting codex.auth.forcedLoginMethod allows an API key only"
        return None

    def bars_workspaces(self, ids: Iterable[str | None]) -> str | None:
        """Why a ChatGPT login that names the workspaces ``ids`` may not be used; each has to be allowed."""
        if (why := self.bars_chatgpt()) is not None or self.workspaces is None:
            return why
        named = frozenset(each for each in ids if each)
        if named and named <= frozenset(self.workspaces):
            return None
        allowed = " or ".join(self.workspaces)
        found = " and ".join(sorted(named - frozenset(self.workspaces))) or "no workspace"
        return (
            f"the setting codex.auth.forcedWorkspaceId allows the workspace {allowed}, and this login is for {found}"
        )

    def bars_api_key(self) -> str | None:
        """Why no API key may be used; it belongs to no workspace, so only an unreadable list of them bars it."""
        if self.closed or self.workspaces == NOBODY or self.method == NO_METHOD:
            return self.bars_chatgpt()
        if self.method == "chatgpt":
            return "the setting codex.auth.forcedLoginMethod allows a ChatGPT sign-in only"
        return None


def _is_id(text: str) -> bool:
    """A comma would be two ids in the authorize address."""
    return bool(text.strip()) and "," not in text and text.isprintable()
