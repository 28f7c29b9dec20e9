"""The events of one streamed answer, in the order of recorded/backend-responses-sse-lite.json, and their framing."""

from __future__ import annotations

import asyncio
import json
from typing import TYPE_CHECKING, Any, assert_never

from lsp_codex.sandbox.exchange import CutOff
from lsp_codex.sandbox.replies import Completed, Cut, Failed, Incomplete

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Iterator

    from lsp_codex.sandbox.exchange import Seen
    from lsp_codex.sandbox.replies import End, Stream

TERMINAL = frozenset({"response.completed", "response.failed", "response.incomplete"})
CHARACTERS_PER_TOKEN = 4


async def chunks(
    reply: Stream, request: Seen, number: int, pace: float, created: float
) -> AsyncGenerator[bytes, None]:
    """The body of an answer over SSE, one event per chunk; arguments and errors as for :func:`frames`."""
    try:
        async for kind, data in _paced(reply, request, pace, _events(reply, request, number, int(created))):
            yield f"event: {kind}\ndata: {data}\n\n".encode()
    except CutOff as cut:
        if not cut.clean:
            raise


async def frames(
    reply: Stream, request: Seen, number: int, pace: float, created: float, limits: dict[str, Any]
) -> AsyncGenerator[bytes, None]:
    """The answer over WebSocket: the same events, one per text frame, and ``limits`` near the start.

    ``number`` makes the ids, ``pace`` is the delay in seconds between deltas unless the reply has its own.
    Raises :class:`CutOff` where the reply says that the connection is lost.
    """
    first, *rest = _events(reply, request, number, int(created))
    async for _, data in _paced(reply, request, pace, iter([first, limits, *rest])):
        yield data.encode()


async def _paced(
    reply: Stream, request: Seen, pace: float, events: Iterator[dict[str, Any]]
) -> AsyncGenerator[tuple[str, str], None]:
    """Kind and JSON of every event in its time; sets ``request.answered`` with the last one."""
    delay = pace if reply.per_delta is None else reply.per_delta
    deltas = 0
    for position, event in enumerate(events):
        if event["type"] == "response.output_text.delta":
            await asyncio.sleep(delay if deltas else reply.first_after)
            deltas += 1
        elif event["type"] in TERMINAL and not deltas:
            await asyncio.sleep(reply.first_after)
        request.answered = event["type"] in TERMINAL
        yield event["type"], json.dumps(event | {"sequence_number": position}, ensure_ascii=False)
    request.answered = True
    if isinstance(reply.end, Cut):
        raise CutOff(clean=reply.end.clean)


def _events(reply: Stream, request: Seen, number: int, created: int) -> Iterator[dict[str, Any]]:
    """Every event but for its sequence number."""
    body = request.json() or {}
    whole = "".join(reply.pieces)
    response: dict[str, Any] = {
        "id": f"resp_sandbox_{number}",
        "object": "response",
        "created_at": created,
        "status": "in_progress",
        "model": body.get("model"),
        "output": [],
    }
    yield {"type": "response.created", "response": response}
    yield {"type": "response.in_progress", "response": response}
    # A prewarm frame (``generate: false``) is answered without an item (spec/backend.md 2.6).
    for index, encrypted in enumerate(reply.reasoning):
        yield from _reasoning(f"rs_sandbox_{number}_{index}", encrypted, index)
    if body.get("generate") is not False and (reply.pieces or isinstance(reply.end, Completed)):
        yield from _message(reply, f"msg_sandbox_{number}", whole)
    if (last := _last(reply.end, response, _usage(request, whole))) is not None:
        yield last


def _reasoning(item_id: str, encrypted: str, index: int) -> Iterator[dict[str, Any]]:
    """A reasoning item, as they come before the message that they lead to (spec/backend.md 2.2)."""
    item = {"id": item_id, "type": "reasoning", "summary": []}
    yield {"type": "response.output_item.added", "output_index": index, "item": item}
    done = item | {"encrypted_content": encrypted}
    yield {"type": "response.output_item.done", "output_index": index, "item": done}


def _message(reply: Stream, item_id: str, whole: str) -> Iterator[dict[str, Any]]:
    """The one item of the answer: added, its deltas, and unless the stream breaks off, done."""
    item = {"id": item_id, "type": "message", "status": "in_progress", "content": [], "role": "assistant"}
    at = {"item_id": item_id, "output_index": 0, "content_index": 0}
    part = {"type": "output_text", "annotations": [], "text": whole}
    yield {"type": "response.output_item.added", "output_index": 0, "item": item}
    yield {"type": "response.content_part.added", **at, "part": part | {"text": ""}}
    for piece in reply.pieces:
        yield {"type": "response.output_text.delta", **at, "delta": piece}
    if isinstance(reply.end, Completed):
        yield {"type": "response.output_text.done", **at, "text": whole}
        yield {"type": "response.content_part.done", **at, "part": part}
        done = item | {"status": "completed", "content": [part]}
        yield {"type": "response.output_item.done", "output_index": 0, "item": done}


def _last(end: End, response: dict[str, Any], usage: dict[str, Any]) -> dict[str, Any] | None:
    """The event that ends the stream, if it ends properly."""
    match end:
        case Completed():
            return {"type": "response.completed", "response": response | {"status": "completed", "usage": usage}}
        case Failed(code, message):
            broken = {"status": "failed", "error": {"code": code, "message": message}}
            return {"type": "response.failed", "response": response | broken}
        case Incomplete(reason):
            short = {"status": "incomplete", "incomplete_details": {"reason": reason}, "usage": usage}
            return {"type": "response.incomplete", "response": response | short}
        case Cut():
            return None
        case _:
            assert_never(end)


def _usage(request: Seen, whole: str) -> dict[str, Any]:
    """Token counts, estimated from the number of characters."""
    given, made = len(request.body) // CHARACTERS_PER_TOKEN, -(-len(whole) // CHARACTERS_PER_TOKEN)
    return {
        "input_tokens": given,
        "input_tokens_details": {"cached_tokens": 0},
        "output_tokens": made,
        "output_tokens_details": {"reasoning_tokens": 0},
        "total_tokens": given + made,
    }
