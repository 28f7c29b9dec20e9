"""What the live backend takes of a body for the Responses API: the schema every body of every feature is held to.

Sources: spec/backend.md 1.2 (keys and values), 1.4 (lite), 1.7 (what is refused), field-notes pain 11.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

KEYS = frozenset(
    {
        "model", "stream", "service_tier", "instructions", "input", "tools", "tool_choice", "parallel_tool_calls",
        "reasoning", "store", "include", "prompt_cache_key", "text",
    }
)  # fmt: skip
ROLES = frozenset({"user", "assistant", "developer"})
PARTS = (("assistant", "output_text"), ("user", "input_text"), ("developer", "input_text"))
LITE = "ws_request_header_x_openai_internal_codex_responses_lite"
VERBOSITIES = frozenset({"low", "medium", "high"})


def faults(body: Any) -> list[str]:
    """What the backend would refuse of ``body``, or might; empty for a good one."""
    if not isinstance(body, dict):
        return ["the body is no object"]
    return [*_top(body), *_input(body.get("input")), *_settings(body)]


def frame_faults(frame: Any) -> list[str]:
    """The same for a frame of a WebSocket: a body, its type, and what stands for a header (spec/backend.md 2.6)."""
    if not isinstance(frame, dict):
        return ["the frame is no object"]
    body = {name: value for name, value in frame.items() if name not in {"type", "client_metadata", "generate"}}
    if "generate" in frame and not body.get("input"):
        body["input"] = [{"type": "message", "role": "user", "content": []}]  # nothing to read ahead but instructions
    found = faults(body)
    if frame.get("type") != "response.create":
        found.append("the type is not response.create")
    if frame.get("client_metadata", {LITE: "true"}) != {LITE: "true"}:
        found.append("client_metadata says more than that the model is lite")
    if frame.get("generate", False) is not False:
        found.append("generate is there and not false")
    return found


def _top(body: Mapping[str, Any]) -> Iterator[str]:
    yield from (f"unknown or refused key {name}" for name in body.keys() - KEYS)
    if body.get("store") is not False:
        yield "store is not false"
    if body.get("stream") is not True:
        yield "stream is not true"
    for name in ("model", "instructions", "prompt_cache_key"):
        if not isinstance(body.get(name), str) or not body[name].strip():
            yield f"{name} is empty"
    if body.get("service_tier", "priority") in ("auto", "", None):
        yield "service_tier is one that is refused"
    if body.get("parallel_tool_calls") is not False:
        yield "parallel_tool_calls is not false"


def _input(items: Any) -> Iterator[str]:
    if not isinstance(items, list) or not items:
        yield "input is no list, or empty"
        return
    for item, following in zip(items, [*items[1:], {}], strict=True):
        if isinstance(item, dict) and item.get("type") == "reasoning":
            yield from _reasoning(item, following)
            continue
        if not isinstance(item, dict) or item.get("type") != "message" or item.get("role") not in ROLES:
            yield f"an item is no message of a role that is allowed: {item}"
            continue
        for part in item["content"]:
            if (item["role"], part["type"]) not in PARTS or not isinstance(part["text"], str):
                yield f"a part of a {item['role']} message is {part['type']}"


def _reasoning(item: Mapping[str, Any], following: Mapping[str, Any]) -> Iterator[str]:
    """What goes back of what the model thought (1.3), and the message that it led to right after it."""
    if item.keys() - {"type", "summary", "content", "encrypted_content"} or not item.get("encrypted_content"):
        yield "a reasoning item has unknown keys, or nothing that the service could read"
    if following.get("type") != "reasoning" and following.get("role") != "assistant":
        yield "a reasoning item is not followed by what it led to"


def _settings(body: Mapping[str, Any]) -> Iterator[str]:
    reasoning = body.get("reasoning", {})
    if not isinstance(reasoning, dict) or reasoning.keys() - {"effort", "summary", "context"}:
        yield "reasoning has unknown keys"
    elif reasoning.get("effort") == "ultra":
        yield "ultra is a preset of clients and no effort"
    if body.get("text", {"verbosity": "low"}).get("verbosity") not in VERBOSITIES:
        yield "text.verbosity is not one of three"
    if body.get("include", ["reasoning.encrypted_content"]) != ["reasoning.encrypted_content"]:
        yield "include is not what the reference client sends"
