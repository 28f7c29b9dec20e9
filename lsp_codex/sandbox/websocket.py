"""The sandbox's WebSocket: one conversation on an upgraded connection, whatever carries its bytes.

Written from spec/backend.md 2.6. Checked against recorded/backend-responses-websocket.json: the handshake and the
frames of codex-cli 0.169.0 are accepted; what goes back are the event objects of SSE, one per text frame, and errors
as ``error`` frames with a status.
"""

from __future__ import annotations

import asyncio
import json
from typing import TYPE_CHECKING, Any, TypeAlias

from lsp_codex.sandbox.exchange import Body, CutOff, Seen, json_answer
from lsp_codex.sandbox.frames import Broken, Frames, Message, Op, accept, frame

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from lsp_codex.sandbox.exchange import Answer, Wire

BETA = "responses_websockets=2026-02-06"
LITE = "ws_request_header_x_openai_internal_codex_responses_lite"
LITE_HEADER = "x-openai-internal-codex-responses-lite"
NORMAL, BROKEN = 1000, 1002
CHUNK = 64 * 1024


Respond: TypeAlias = "Callable[[Seen], Awaitable[Answer]]"


def refusal(request: Seen) -> Answer | None:
    """Why the upgrade is refused, if it is; 426 for a GET that does not ask for one."""
    headers = request.headers
    if headers.get("upgrade", "").lower() != "websocket" or "upgrade" not in headers.get("connection", "").lower():
        return json_answer(426, {"detail": "Upgrade Required"})
    if headers.get("sec-websocket-version") != "13" or "sec-websocket-key" not in headers:
        return json_answer(400, {"detail": "Not a WebSocket handshake of RFC 6455."})
    if headers.get("openai-beta") != BETA:
        # That the header is needed is our guess; the reference client always sends it.
        return json_answer(400, {"detail": f"The header openai-beta does not say {BETA}."})
    return None


def agreed(request: Seen) -> dict[str, str]:
    """The headers that make it a WebSocket; the offered compression is declined."""
    key = request.headers["sec-websocket-key"]
    return {"upgrade": "websocket", "connection": "Upgrade", "sec-websocket-accept": accept(key)}


class Conversation:
    """What follows the upgrade: each ``response.create`` is answered by ``respond``, one at a time.

    ``life``: seconds after which the connection takes no further request (60 minutes on the live service).
    """

    def __init__(self, upgrade: Seen, respond: Respond, life: float) -> None:
        self._upgrade = upgrade
        self._respond = respond
        self._life = life
        self._answering: asyncio.Task[None] | None = None
        self._ended = False

    async def run(self, wire: Wire) -> None:
        """Until either side ends it; what is being answered then ends with it."""
        born = asyncio.get_running_loop().time()
        frames = Frames()
        try:
            while not self._ended and (data := await wire.read(CHUNK)):
                for message in frames.feed(data):
                    expired = asyncio.get_running_loop().time() - born >= self._life
                    await self._take(message, wire, expired=expired)
        except Broken:
            await wire.write(frame(Op.CLOSE, BROKEN.to_bytes(2, "big")))
        finally:
            await self._stop()

    async def _take(self, message: Message, wire: Wire, *, expired: bool) -> None:
        if message.op is Op.PING:
            await wire.write(frame(Op.PONG, message.data))
        elif message.op is Op.CLOSE:
            await self._stop()
            await wire.write(frame(Op.CLOSE, message.data[:2]))
            self._ended = True
        elif message.op is Op.TEXT:
            busy = self._answering is not None and not self._answering.done()
            text = "one response at a time" if busy else LIMIT_TEXT if expired else None
            if text is not None:
                code = "websocket_connection_limit_reached" if expired else None
                error = {"type": "invalid_request_error", "code": code, "message": text}
                await _say(wire, {"type": "error", "status": 400, "error": error})
            else:
                self._answering = asyncio.create_task(self._answer(message.data, wire), name="sandbox response")

    async def _answer(self, text: bytes, wire: Wire) -> None:
        answer = await self._respond(request_of(self._upgrade, text))
        if not isinstance(answer.body, Body):
            await _say(wire, error_frame(answer))
            return
        try:
            async for event in answer.body:
                await wire.write(frame(Op.TEXT, event))
        except CutOff as cut:
            if cut.clean:
                await wire.write(frame(Op.CLOSE, NORMAL.to_bytes(2, "big")))
            wire.end()
        finally:
            await answer.body.aclose()

    async def _stop(self) -> None:
        if self._answering is not None:
            self._answering.cancel()
            await asyncio.gather(self._answering, return_exceptions=True)


LIMIT_TEXT = (
    "Responses websocket connection limit reached (60 minutes). Create a new websocket connection to continue."
)


def request_of(upgrade: Seen, text: bytes) -> Seen:
    """A frame as the request that it stands for: the headers of the upgrade, and those that it names itself."""
    request = Seen("POST", upgrade.path, upgrade.headers, text, framed=True)
    told = request.json()
    metadata = told.get("client_metadata") if isinstance(told, dict) else None
    if isinstance(metadata, dict) and metadata.get(LITE) == "true":
        request.headers = {**upgrade.headers, LITE_HEADER: "true"}
    return request


def error_frame(answer: Answer) -> dict[str, Any]:
    """An HTTP answer as the frame that stands for it (spec/backend.md 2.6)."""
    assert isinstance(answer.body, bytes)  # noqa: S101  (for the checker)
    try:
        told = json.loads(answer.body)
    except ValueError:
        told = {"message": answer.body.decode("utf-8", "replace")}
    error = told.get("error") if isinstance(told.get("error"), dict) else None
    made = {"type": "error", "status": answer.status, "error": error or {"message": told.get("detail", "")}}
    extra = {name: value for name, value in answer.headers.items() if name != "content-type"}
    return made | ({"headers": extra} if extra else {})


async def _say(wire: Wire, value: dict[str, Any]) -> None:
    await wire.write(frame(Op.TEXT, json.dumps(value).encode()))
