"""ResponsesRequest and its form on the wire: body and headers of POST codex/responses; pure.

Two shapes exist (spec/backend.md 1.4): *classic*, and *lite* for the models that the catalogue marks. What the live
backend refuses (1.7) has no field here, so no caller can send it: token limits, temperature, ``system`` messages.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    from collections.abc import Mapping

Role = Literal["user", "assistant", "developer"]
Verbosity = Literal["low", "medium", "high"]

LITE_HEADER = "x-openai-internal-codex-responses-lite"

_HEADER_SAFE = re.compile(r"[A-Za-z0-9._-]{1,64}")


class Purpose(Enum):
    """Who waits for the answer; decides what is repeated and what goes out during a pause, never what is sent."""

    AUTOMATIC = "ghost text while typing: nobody asked, so nothing is repeated and a pause keeps it here"
    INVOKED = "ghost text asked for by hand: not repeated, the next key asks anew"
    QUESTION = "somebody waits for this answer: trouble that may pass is met with a few tries more"


@dataclass(frozen=True, slots=True)
class Message:
    """One message of the input. There is no ``system`` role: the backend refuses it (spec/backend.md 1.7).

    ``phase`` and ``reasoning`` are an assistant's, and go back as they came (1.3): what kind of message it is, and
    the reasoning items that led to it, as JSON, their content encrypted.
    """

    role: Role
    text: str
    phase: str | None = None
    reasoning: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ResponsesRequest:
    """One question to the model.

    ``cache_key`` names the prompt cache lane, one for each document, and travels in the headers ``session-id`` and
    ``thread-id`` too, hence letters, digits, ``._-`` only and at most 64 of them. ``effort`` and ``service_tier`` are
    words of the catalogue. ``account`` is whose the input is (``CodexClient.account``): sent in nobody else's name.
    Raises ``ValueError`` for an empty model or instructions, and for a cache key that no header can carry.
    """

    model: str
    instructions: str
    input: tuple[Message, ...]
    cache_key: str
    effort: str | None = None
    service_tier: str | None = None
    lite: bool = False
    verbosity: Verbosity | None = "low"
    purpose: Purpose = Purpose.QUESTION
    account: object = None

    def __post_init__(self) -> None:
        if not self.model:
            raise ValueError("a request names its model")
        if not self.instructions.strip():
            raise ValueError("the backend demands instructions")
        if not _HEADER_SAFE.fullmatch(self.cache_key):
            raise ValueError("a cache key is 1 to 64 letters, digits, dots, dashes or underscores")


def body(request: ResponsesRequest) -> dict[str, Any]:
    """The JSON body, keys in the order of the reference client (spec/backend.md 1.2)."""
    reasoning: dict[str, str] = {}
    if request.effort:
        reasoning["effort"] = request.effort
    if request.lite:
        reasoning["context"] = "all_turns"
    made: dict[str, Any] = {"model": request.model, "stream": True}
    if request.service_tier:
        made["service_tier"] = request.service_tier
    made["instructions"] = request.instructions
    made["input"] = [item for message in request.input for item in _items(message)]
    made["tool_choice"] = "auto"
    made["parallel_tool_calls"] = False
    if reasoning:
        made["reasoning"] = reasoning
    made["store"] = False
    made["include"] = ["reasoning.encrypted_content"]
    made["prompt_cache_key"] = request.cache_key
    if request.verbosity:
        made["text"] = {"verbosity": request.verbosity}
    return made


def encode(made: Mapping[str, Any]) -> bytes:
    """A body as UTF-8; a lone surrogate, which an editor may send and UTF-8 cannot say, becomes ``?``."""
    return json.dumps(made, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "replace")


def headers(request: ResponsesRequest) -> dict[str, str]:
    """The headers that depend on the request; who we are and the credential are added by ``backend.http``."""
    made = {
        "accept": "text/event-stream",
        # A compressed stream may be held back by whoever compresses it; the reference client asks for none either.
        "accept-encoding": "identity",
        "content-type": "application/json",
        "session-id": request.cache_key,
        "thread-id": request.cache_key,
    }
    if request.lite:
        made[LITE_HEADER] = "true"
    return made


def _items(message: Message) -> list[dict[str, Any]]:
    kind = "output_text" if message.role == "assistant" else "input_text"
    item: dict[str, Any] = {"type": "message", "role": message.role}
    item["content"] = [{"type": kind, "text": message.text}]
    if message.phase:
        item["phase"] = message.phase
    return [*map(json.loads, message.reasoning), item]
