"""A response over a WebSocket: the frame that asks for it and the events that come back (spec/backend.md 2.6)."""

from __future__ import annotations

import json
from itertools import takewhile
from typing import TYPE_CHECKING, Any

from lsp_codex.backend import failures
from lsp_codex.backend.events import (
    Completed,
    ErrorSeen,
    Failed,
    Ignored,
    Incomplete,
    RateLimitsSeen,
    ResponseEvent,
    parse,
)
from lsp_codex.backend.websocket import Ended

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping

    from lsp_codex.backend.limits import RateLimits
    from lsp_codex.backend.request import ResponsesRequest
    from lsp_codex.backend.websocket import WebSocket
    from lsp_codex.errors import BackendError, LspCodexError

HANDSHAKE = (("openai-beta", "responses_websockets=2026-02-06"),)
"""What the upgrade says beside who we are and the credential."""

LITE = "ws_request_header_x_openai_internal_codex_responses_lite"

LIMIT_REACHED = "websocket_connection_limit_reached"
"""The connection is 60 minutes old: the same frame is welcome on a new one."""


def create(body: Mapping[str, Any], *, lite: bool) -> str:
    """The frame that asks for a response; ``lite`` as the request says, since a frame has no headers."""
    frame = {"type": "response.create", **body}
    if lite:
        frame["client_metadata"] = {LITE: "true"}
    return json.dumps(frame, ensure_ascii=False, separators=(",", ":"))


def prewarm(body: Mapping[str, Any], *, lite: bool) -> str:
    """The frame that lets the service read what comes before the user's words, and generate nothing."""
    leading = list(takewhile(lambda item: item.get("role") != "user", body["input"]))
    return create({**body, "input": leading, "generate": False}, lite=lite)


def prewarmed_size(request: ResponsesRequest) -> int:
    """How many characters a prewarm frame lets the service read ahead."""
    leading = takewhile(lambda message: message.role != "user", request.input)
    return len(request.instructions) + sum(len(message.text) for message in leading)


TELLING = ("delta", ".done", ".completed", ".failed", ".incomplete", "error", "rate_limits", "commentary")
"""What stands in every event that matters: the others are large, and come before the first word."""

_IGNORED = Ignored()


class Told(Exception):
    """The service answered with an error frame; ``error`` is what that means, as for an HTTP answer."""

    def __init__(self, status: int, code: str, error: LspCodexError) -> None:
        super().__init__(f"{status} {code}")
        self.status = status
        self.code = code
        self.error = error


class SocketAnswer:
    """The events of one response; its connection is free again after the last, and given up otherwise.

    **Why a response that nobody reads on is not drained:** while it runs the connection is busy, the model generates
    on, and what it generates counts on the user's plan; nobody knows for how long, as there is no limit to set.
    Closing ends all of it at once and costs a handshake, which runs beside the user's typing: a spare is kept open
    (:mod:`lsp_codex.backend.held`).
    """

    def __init__(
        self,
        socket: WebSocket,
        idle: float,
        now: Callable[[], float],
        on_limits: Callable[[RateLimits], None],
        free: Callable[[WebSocket], Awaitable[None]],
    ) -> None:
        self._socket = socket
        self._idle = idle
        self._now = now
        self._on_limits = on_limits
        self._free = free
        self._first: ResponseEvent | None = None
        self._whole = False

    async def begin(self, frame: str, patience: float | None = None) -> None:
        """Ask, and wait ``patience`` seconds for the first event, else as long as for any other.

        Raises :class:`Told`, ``Ended`` and what guards a stream.
        """
        self._skip_what_is_old()
        async with failures.guarded(self._idle if patience is None else patience):
            await self._socket.send(frame)
            self._first = self._read(await self._socket.receive())

    def named(self, error: BackendError) -> BackendError:
        """``error`` with the service's name for this connection: a frame has none of its own."""
        error.request_id = error.request_id or failures.request_id(self._socket.headers)
        return error

    async def events(self) -> AsyncGenerator[ResponseEvent, None]:
        """Each event until the last of the response or the end of the connection. Errors as ``EventStream``'s."""
        event, self._first = self._first, None
        while not self._whole:
            if event is None:
                try:
                    event = self._read(self._socket.waiting() or await self._next())
                except Ended:
                    return
                except Told as told:
                    raise told.error from None
            self._whole = isinstance(event, Completed | Failed | Incomplete)
            yield event
            event = None

    async def aclose(self) -> None:
        """Free the connection after a whole response, else close it at once."""
        if self._whole and not self._socket.over:
            await self._free(self._socket)
        else:
            await self._socket.aclose()

    def _skip_what_is_old(self) -> None:
        """What came while nobody asked belongs to no question of ours. Raises ``Ended`` if it could be an answer."""
        while (text := self._socket.waiting()) is not None:
            try:
                event = self._read(text)
            except Told as told:
                raise Ended from told
            if not isinstance(event, Ignored | RateLimitsSeen):
                raise Ended

    async def _next(self) -> str:
        async with failures.guarded(self._idle):
            return await self._socket.receive()

    def _read(self, text: str) -> ResponseEvent:
        if not any(word in text for word in TELLING):
            return _IGNORED
        event = parse(text)
        if isinstance(event, RateLimitsSeen):
            self._on_limits(event.limits)
        elif isinstance(event, ErrorSeen | Failed):
            told = _error_frame(text, self._now())
            if told is not None:
                raise told
        return event


def _error_frame(text: str, now: float) -> Told | None:
    """The error frame as an HTTP answer with its status; None for an ``error`` event without one."""
    frame: dict[str, Any] = json.loads(text)
    status = frame.get("status")
    if frame.get("type") != "error" or not isinstance(status, int):
        return None
    error = frame.get("error")
    code = error.get("code") if isinstance(error, dict) else None
    told = failures.from_answer(status, _headers(frame.get("headers")), json.dumps({"error": error}).encode(), now)
    return Told(status, code if isinstance(code, str) else "", told)


def _headers(value: object) -> Mapping[str, str]:
    rows = value if isinstance(value, dict) else {}
    return {str(name).lower(): str(text) for name, text in rows.items() if isinstance(text, str | int | float)}
