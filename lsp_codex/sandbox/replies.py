"""Named replies for :meth:`SandboxCodex.script`: what the service says next, good or bad, as plain values."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Mapping

RESPONSES = "codex/responses"


@dataclass(frozen=True, slots=True)
class Completed:
    """The stream ends as it should."""


@dataclass(frozen=True, slots=True)
class Cut:
    """The stream ends early: as a lost connection, or cleanly but without ``response.completed``."""

    clean: bool = False


@dataclass(frozen=True, slots=True)
class Failed:
    """The stream ends with ``response.failed`` (spec/backend.md 2.4)."""

    code: str
    message: str


@dataclass(frozen=True, slots=True)
class Incomplete:
    """The stream ends with ``response.incomplete``."""

    reason: str


End: TypeAlias = Completed | Cut | Failed | Incomplete


@dataclass(frozen=True, slots=True)
class Stream:
    """Status 200 and server-sent events: text in pieces, then an end. Times in seconds; None: the sandbox's pace."""

    pieces: tuple[str, ...]
    end: End = Completed()
    first_after: float = 0.0
    per_delta: float | None = None
    headers: Mapping[str, str] = field(default_factory=dict)
    endpoint: str = RESPONSES
    reasoning: tuple[str, ...] = ()
    """What is thought before the text: encrypted content, an item each."""


@dataclass(frozen=True, slots=True)
class Plain:
    """An answer whose body is known at once."""

    status: int
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""
    endpoint: str = RESPONSES


@dataclass(frozen=True, slots=True)
class Silent:
    """The request is taken and never answered."""

    endpoint: str = RESPONSES


Reply: TypeAlias = Stream | Plain | Silent


def pieces(text: str) -> tuple[str, ...]:
    """``text`` in deltas as a model sends them: about a word each, none longer than twelve characters."""
    return tuple(re.findall(r"\s*\S{1,12} ?|\s+", text))


def text(content: str, **headers: str) -> Stream:
    """``content`` as the model's answer; header names are given with ``_`` for ``-``."""
    return Stream(pieces(content), headers={name.replace("_", "-"): value for name, value in headers.items()})


def slow(content: str, first_after: float, per_delta: float = 0.0) -> Stream:
    """``content``, the first delta after ``first_after`` seconds and then one each ``per_delta`` seconds."""
    return Stream(pieces(content), first_after=first_after, per_delta=per_delta)


def cut_off(content: str, after_deltas: int, *, clean: bool = False) -> Stream:
    """The first deltas of ``content``; then the connection is lost, or with ``clean`` simply ends."""
    return Stream(pieces(content)[:after_deltas], Cut(clean))


def failed(code: str, message: str, content: str = "") -> Stream:
    """``content``, if any, then ``response.failed``."""
    return Stream(pieces(content), Failed(code, message))


def incomplete(reason: str, content: str = "") -> Stream:
    """``content``, if any, then ``response.incomplete``; reasons are ``max_output_tokens``, ``content_filter``."""
    return Stream(pieces(content), Incomplete(reason))


def raw(status: int, headers: Mapping[str, str], body: bytes | str | object, *, endpoint: str = RESPONSES) -> Plain:
    """Any answer at any endpoint; a body that is neither bytes nor text is sent as JSON."""
    if isinstance(body, bytes):
        return Plain(status, headers, body, endpoint)
    if isinstance(body, str):
        return Plain(status, headers, body.encode(), endpoint)
    return Plain(status, {"content-type": "application/json", **headers}, json.dumps(body).encode(), endpoint)


def usage_limit(resets_at: float | None, *, resets_in: float | None = None, plan: str = "plus") -> Plain:
    """429 ``usage_limit_reached`` (spec/backend.md 3.4); ``resets_at`` in Unix seconds or not said."""
    error: dict[str, object] = {
        "type": "usage_limit_reached",
        "message": "The usage limit has been reached",
        "plan_type": plan,
    }
    headers = {
        "x-codex-primary-used-percent": "100",
        "x-codex-primary-window-minutes": "300",
        "x-codex-plan-type": plan,
    }
    if resets_at is not None:
        error["resets_at"] = int(resets_at)
        headers["x-codex-primary-reset-at"] = str(int(resets_at))
    if resets_in is not None:
        error["resets_in_seconds"] = int(resets_in)
    return raw(429, headers, {"error": error})


def overloaded(status: int = 503, retry_after: str | None = None) -> Plain:
    """The service has too much to do: 503 ``server_is_overloaded``, or another status with an error of its kind."""
    headers = {} if retry_after is None else {"retry-after": retry_after}
    if status == 429:
        return raw(status, headers, {"error": {"type": "rate_limit_exceeded", "message": "Too many requests"}})
    code, kind = ("server_is_overloaded", "service_unavailable_error") if status == 503 else (None, "server_error")
    return raw(status, headers, {"error": {"code": code, "message": "The sandbox is overloaded.", "type": kind}})


TOKEN_MESSAGES: tuple[tuple[str, str], ...] = (
    ("token_expired", "Provided authentication token is expired. Please try signing in again."),
    ("token_invalidated", "Your authentication token has been invalidated. Please try signing in again."),
)


def unauthorised(code: str = "token_expired", *, endpoint: str = RESPONSES) -> Plain:
    """401 in the shape of the live service (spec/backend.md 3.2): ``token_expired`` or ``token_invalidated``."""
    error = {"message": dict(TOKEN_MESSAGES)[code], "type": "invalid_request_error", "code": code, "param": None}
    return raw(401, {}, {"error": error, "status": 401}, endpoint=endpoint)


def html_403(*, endpoint: str = RESPONSES) -> Plain:
    """403 with a page of the network in front of the service, not of the service itself."""
    page = "<html><head><title>Just a moment...</title></head><body>Cloudflare: you have been blocked</body></html>"
    return raw(403, {"content-type": "text/html; charset=UTF-8", "cf-ray": "ray-sandbox"}, page, endpoint=endpoint)


def silent(*, endpoint: str = RESPONSES) -> Silent:
    """The request is taken and never answered."""
    return Silent(endpoint)
