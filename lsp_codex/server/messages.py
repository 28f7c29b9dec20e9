"""A JSON-RPC 2.0 body as what it is: request, notification, response, batch, or why it is none of them."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Any

MessageId = int | str

PARSE_ERROR = -32700
INVALID_REQUEST = -32600
METHOD_NOT_FOUND = -32601
INVALID_PARAMS = -32602
INTERNAL_ERROR = -32603
NOT_INITIALISED = -32002
REQUEST_CANCELLED = -32800

MOST_DIGITS = 4_300  # what CPython converts without being told otherwise (sys.get_int_max_str_digits)


@dataclass(frozen=True, slots=True)
class Request:
    """Wants one answer, whatever happens. ``params`` is JSON as it came, ``None`` if there is none.

    Not printed: a key or the user's source may stand there, and asyncio prints what hangs on a task.
    """

    id: MessageId
    method: str
    params: Any = field(repr=False)


@dataclass(frozen=True, slots=True)
class Notification:
    """Wants no answer."""

    method: str
    params: Any = field(repr=False)


@dataclass(frozen=True, slots=True)
class Response:
    """The answer to a request of ours; ``message`` is all of it."""

    id: MessageId
    message: dict[str, Any] = field(repr=False)


@dataclass(frozen=True, slots=True)
class Invalid:
    """JSON, but no message. ``id`` is what can be made out of it."""

    id: MessageId | None
    reason: str


Message = Request | Notification | Response | Invalid


@dataclass(frozen=True, slots=True)
class Batch:
    """Several messages whose answers go back together (JSON-RPC 2.0 section 6); never empty."""

    messages: tuple[Message, ...]


class NotJson(ValueError):
    """The body is not JSON in UTF-8, or nested deeper than anything a client sends."""


def read(body: bytes) -> Message | Batch:
    """What ``body`` is. Raises :class:`NotJson`."""
    try:
        data = json.loads(body.decode("utf-8"))
    except UnicodeDecodeError:
        raise NotJson("the content is not UTF-8") from None
    except RecursionError:
        raise NotJson("the content is nested too deeply") from None
    except ValueError:
        return _with_a_long_number(body.decode("utf-8"))
    if isinstance(data, list) and data:
        return Batch(tuple(_message(member) for member in data))
    return _message(data)


def dump(message: object) -> str:
    """``message`` as JSON in ASCII, so that lone surrogates survive. Raises ``TypeError`` or ``ValueError``."""
    return json.dumps(message, separators=(",", ":"))


def answer(message_id: MessageId, result: object) -> str:
    """A successful answer as JSON text. Raises ``TypeError`` or ``ValueError`` if ``result`` is not JSON."""
    return dump({"jsonrpc": "2.0", "id": message_id, "result": result})


def refusal(message_id: MessageId | None, code: int, reason: str, data: object = None) -> str:
    """An error answer as JSON text; ``message_id`` is ``None`` where no request could be made out."""
    error: dict[str, object] = {"code": code, "message": reason}
    if data is not None:
        error["data"] = data
    return dump({"jsonrpc": "2.0", "id": message_id, "error": error})


def is_id(value: object) -> bool:
    """Whether ``value`` can be the id of a message."""
    return isinstance(value, int | str) and not isinstance(value, bool)


def _with_a_long_number(text: str) -> Invalid | Batch:
    """JSON but for an integer of more digits than Python reads: whose it is can be said. Raises ``NotJson``."""
    try:
        data = json.loads(text, parse_int=lambda digits: int(digits) if len(digits) <= MOST_DIGITS else None)
    except (ValueError, RecursionError):
        raise NotJson("the content is not JSON") from None
    members = data if isinstance(data, list) else [data]
    found = tuple(Invalid(_request_id(member), "a number has too many digits") for member in members)
    return Batch(found) if isinstance(data, list) and found else found[0]


def _request_id(data: Any) -> MessageId | None:
    number = data.get("id") if isinstance(data, dict) and "method" in data else None
    return number if is_id(number) else None


def _message(data: Any) -> Message:
    if not isinstance(data, dict):
        return Invalid(None, "a message is a JSON object")
    given = data.get("id")
    known = given if is_id(given) else None
    if data.get("jsonrpc") != "2.0":
        return Invalid(known, 'a message says "jsonrpc": "2.0"')
    if "id" in data and known is None and "method" in data:
        return Invalid(None, "an id is a number or a string")
    if "method" in data:
        method = data["method"]
        if not isinstance(method, str):
            return Invalid(known, "a method is a string")
        params = data.get("params")
        return Notification(method, params) if known is None else Request(known, method, params)
    if "result" in data or "error" in data:
        # A null id says that a message of ours could not be read; there is nothing to match it with.
        return Response("" if known is None else known, data)
    return Invalid(known, "a message has a method, a result or an error")
