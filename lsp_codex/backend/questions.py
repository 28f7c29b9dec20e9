"""Small questions: one GET, one JSON object back, within a limit of time and size; errors as in ``failures``."""

from __future__ import annotations

import json
from contextlib import AsyncExitStack, aclosing
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from lsp_codex.backend import failures
from lsp_codex.errors import BackendError, Unreadable

if TYPE_CHECKING:
    from collections.abc import Mapping

    import httpx2

LISTING = 5.0
"""Seconds for the model list (spec/backend.md 2.5), and for the routing of the workspace, which a request awaits."""

ASKING = 15.0
"""Seconds for what nobody types meanwhile."""

ERROR_BODY = 5.0
"""Seconds for the body of an error; what is there by then has to do."""

LARGEST_ERROR = 64 * 1024

LARGEST_ANSWER = 16 * 1024 * 1024
"""Bytes of an answer, unpacked: the model list of the reference client has 0.3 million."""


@dataclass(frozen=True, slots=True)
class Answer:
    """The JSON object, and the headers that came with it."""

    json: Mapping[str, Any]
    headers: Mapping[str, str]


async def ask(http: httpx2.AsyncClient, url: str, auth: httpx2.Auth, seconds: float, now: float) -> Answer:
    """GET ``url``; ``now`` is Unix seconds. Raises an ``AuthError`` or ``BackendError``."""
    async with failures.guarded(seconds), AsyncExitStack() as closing:
        response = await http.send(http.build_request("GET", url), auth=auth, stream=True)
        closing.push_async_callback(response.aclose)
        content = await _body(response, LARGEST_ANSWER)
    if response.status_code != 200:
        refused = failures.from_answer(response.status_code, response.headers, content, now)
        refused.http_status = response.status_code
        raise refused
    try:
        found = json.loads(content)
    except (ValueError, RecursionError):
        found = None
    if not isinstance(found, dict):
        error = Unreadable("The Codex backend's answer is not what was asked for")
        error.request_id = failures.request_id(response.headers)
        raise error
    return Answer(found, response.headers)


async def error_body(response: httpx2.Response) -> bytes:
    """The beginning of the body of an error, as far as it comes in time."""
    body = bytearray()
    try:
        async with failures.guarded(ERROR_BODY):
            await _body(response, LARGEST_ERROR, body)
    except BackendError:
        pass
    return bytes(body)


async def _body(response: httpx2.Response, most: int, body: bytearray | None = None) -> bytes:
    """The first ``most`` bytes of the body, unpacked; ``body`` shows meanwhile how far it came."""
    body = bytearray() if body is None else body
    async with aclosing(response.aiter_bytes()) as chunks:
        async for chunk in chunks:
            body += chunk[: most - len(body)]
            if len(body) >= most:
                break
    return bytes(body)
